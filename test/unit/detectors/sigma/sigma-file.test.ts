import { compileSigma } from "../../../../detectors/sigma/sigma-file.ts";
import { ConfigError } from "../../../../ingest/runtime/config.ts";
import { access } from "../../../helpers/support-desk.ts";
import { sigmaText } from "./sigma-text.ts";

function problemsOf(text: string): readonly string[] {
  try {
    compileSigma([{ file: "own.yml", text }]);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe("a file of analysts' rules", () => {
  it("is compiled to what the engine counts, by what, and when it alerts", () => {
    const [rule, ...others] = compileSigma([{ file: "own.yml", text: sigmaText() }]);
    expect(others).toEqual([]);
    expect(rule).toMatchObject({
      id: "sigma:many_searched",
      expected: "at least 3",
      timespan: { text: "1h", ms: 3_600_000 },
      meta: { severity: "high", attack: ["T1213.004"] },
    });
    expect(rule?.counted?.name).toBe("subjects.token");
    expect(rule?.groupBy.map(({ name }) => name)).toEqual(["agent.id"]);
  });

  it.each([
    ["agent.id: 007", "007"],
    ["agent.id: [1, 0x10]", "0x10"],
    ["agent.id|startswith: 00", "007"],
    ["justification.ticket_id: 12345678901234567890", "12345678901234567890"],
    ["justification.ticket_id|contains: 1e3", "t-1e3"],
  ])("takes %s as it is written, though YAML takes it for a number", (search, id) => {
    const text = sigmaText({ "search: { action: search }": `search: { ${search} }` });
    const [rule] = compileSigma([{ file: "own.yml", text }]);
    expect(rule?.matches(access({ id: "e", at: 1, agent: id, ticket: id }))).toBe(true);
  });

  it("finds a rule of another file, by its id, too", () => {
    const [correlation = "", selection = ""] = sigmaText().split("---\n");
    const text = correlation.replace("[searched]", "[7d2a]");
    const other = selection.replace("name: searched", "id: 7d2a");
    const rules = compileSigma([
      { file: "a.yml", text },
      { file: "b.yml", text: other },
    ]);
    expect(rules).toHaveLength(1);
  });

  it.each([
    [
      "type: value_count",
      "type: temporal",
      /own\.yml:6: correlation\.type: expected event_count or value_count/,
    ],
    [
      "type: value_count",
      "type: value_sum",
      /own\.yml:6: correlation\.type: expected event_count or value_count/,
    ],
    [
      "timespan: 1h",
      "timespan: 1w",
      /own\.yml:9: correlation\.timespan: expected a whole number with s, m, h or d/,
    ],
    ["timespan: 1h", "timespan: 15d", /own\.yml:9: .*of at most 14 days, found "15d"/],
    [
      "gte: 3",
      "neq: 3",
      /own\.yml:10: correlation\.condition\.neq: no key of Sigma, or one that is not supported/,
    ],
    [
      "gte: 3",
      "gt: 5, lt: 4",
      /own\.yml:10: correlation\.condition: expected a condition that some number/,
    ],
    ["gte: 3", "gt: 1001", /own\.yml:10: .*1000/],
    [
      ", gte: 3",
      "",
      /own\.yml:10: correlation\.condition: expected at least one of gt, gte, lt, lte, eq/,
    ],
    ["field: subjects.token, ", "", /own\.yml:10: correlation\.condition\.field/],
    ["[agent.id]", "[agent]", /own\.yml:8: correlation\.group-by\.0: agent: no such field/],
    ["[agent.id]", "[]", /own\.yml:8: correlation\.group-by/],
    [
      "[agent.id]",
      "[subjects.token, fields]",
      /own\.yml:8: .*at most one field that has several values/,
    ],
    [
      "[searched]",
      "[another]",
      /own\.yml:7: correlation\.rules\.0: no rule of that name or id.*"another"/,
    ],
    [
      "[searched]",
      "[many_searched]",
      /own\.yml:7: correlation\.rules\.0: no rule of that name or id/,
    ],
    ["name: many_searched", "name: many searched", /own\.yml:2: name: expected a name/],
    [
      "name: searched",
      "name: many_searched",
      /own\.yml:2: name: expected one that no other rule has/,
    ],
    [
      "timespan: 1h",
      "timespan: 1h\n  aliases: { x: { searched: agent.id } }",
      /aliases: no key of Sigma, or one that is not supported/,
    ],
    ["timespan: 1h", "timespan: 1h\n  generate: true", /own\.yml:10: correlation\.generate/],
    ["product: support_console", "product: windows", /own\.yml:14: logsource\.product/],
    [
      "condition: search",
      "condition: serch",
      /own\.yml:17: detection\.condition: "serch" where one of search is expected/,
    ],
    ["action: search", "action|re: s.*", /own\.yml:16: .*modifier re is not supported/],
    [
      "condition: search",
      "condition: search\n  timeframe: 5m",
      /own\.yml:18: detection\.timeframe/,
    ],
    ["title: Searched", "title: Searched\nfilter: {}", /own\.yml:13: filter: no key of Sigma/],
    ["action: search", "action: *searches", /own\.yml:16: Unresolved alias .*searches/],
  ])("refuses %j as %j with file, line and reason", (before, after, told) => {
    expect(sigmaText()).toContain(before);
    expect(problemsOf(sigmaText().replace(before, after)).join("\n")).toMatch(told);
  });

  it("takes a rule whose id is its name", () => {
    const name = "name: many_searched";
    expect(problemsOf(sigmaText({ [name]: `${name}\nid: many_searched` }))).toEqual([]);
  });

  it("says of no rule that it is unused for a correlation that cannot be read", () => {
    const told = problemsOf(sigmaText().replace("timespan: 1h", "timespan: 15d"));
    expect(told).toEqual([expect.stringMatching(/^own\.yml:9: correlation\.timespan: /)]);
  });

  it("refuses a rule that no correlation refers to, and more correlations than it runs", () => {
    const [correlation = "", selection = ""] = sigmaText().split("---\n");
    expect(problemsOf(selection).join()).toContain("no correlation refers to this rule");
    const many = Array.from({ length: 65 }, (_, n) =>
      correlation.replace("name: many_searched", `name: many_${n}`),
    );
    expect(problemsOf([...many, selection].join("---\n")).join()).toContain(
      "at most 64 correlations",
    );
  });
});
