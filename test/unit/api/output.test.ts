import { tableOf } from "../../../api/output.ts";

describe("a table", () => {
  it("is as wide as its cells, and says when it is empty", () => {
    expect(tableOf([{ id: "a", name: null }])).toBe("id  name\na");
    expect(tableOf([])).toBe("(none)");
  });

  it("shows what would steer a terminal, break a line or turn a text round as escapes", () => {
    const table = tableOf([{ name: "a\u001b[2J\nb\u202ec", role: "viewer" }]);
    expect(table.split("\n")).toEqual([
      "name                      role",
      "a\\u001b[2J\\u000ab\\u202ec  viewer",
    ]);
  });
});
