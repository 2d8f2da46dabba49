import { etagOf, matchesStrongly, matchesWeakly } from "../../../api/etag.ts";

const etag = etagOf(3, 1);

describe("entity tags", () => {
  it("are strong, quoted, and differ where a part does", () => {
    expect(etag).toBe('"3-1"');
    const tags = [etagOf(3, 1), etagOf(31, 0), etagOf(1, 3), etagOf(3, 11)];
    expect(new Set(tags).size).toBe(4);
  });

  it.each([
    { header: '"3-1"', strong: true, weak: true },
    { header: '"2-0", "3-1"', strong: true, weak: true },
    { header: ' "2-0" ,W/"3-1" ', strong: false, weak: true },
    { header: "*", strong: true, weak: true },
    { header: '"3-11"', strong: false, weak: false },
    { header: "3-1", strong: false, weak: false },
    { header: "", strong: false, weak: false },
    { header: '"*"', strong: false, weak: false },
  ])("matched by $header: If-Match $strong, If-None-Match $weak", ({ header, strong, weak }) => {
    expect(matchesStrongly(header, etag)).toBe(strong);
    expect(matchesWeakly(header, etag)).toBe(weak);
  });
});
