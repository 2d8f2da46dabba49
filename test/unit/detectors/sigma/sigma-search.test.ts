import fc from "fast-check";
import { compileCondition } from "../../../../detectors/sigma/sigma-condition.ts";
import { matcherOf } from "../../../../detectors/sigma/sigma-pattern.ts";
import { compileSearch } from "../../../../detectors/sigma/sigma-search.ts";
import type { AccessEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, subject } from "../../../helpers/support-desk.ts";

const event: AccessEvent = {
  ...access({
    id: "e",
    at: 1_000,
    agent: "Ag-1",
    session: "s-1",
    action: "view",
    fields: ["phone", "sms_code"],
  }),
  subjects: [subject("a"), subject("b")],
  bytes: 2_048,
  session: {
    ...{ id: undefined, deviceId: undefined, asn: 64_500, authFactor: undefined },
    ...{ ip: "192.0.2.17", country: "DE", userAgent: "Mozilla/5.0 (X11*)" },
  },
};

function searched(search: unknown) {
  const problems: string[] = [];
  const matches = compileSearch(search, [], {
    refuse: (path, told) => problems.push(`${path.map(String).join(".")}: ${told}`),
    writtenAt: () => undefined,
  });
  return { isMatch: matches(event), problems };
}

describe("a Sigma search", () => {
  it.each([
    { why: "a value without case", search: { "agent.id": "ag-1" }, isMatch: true },
    { why: "a value with case", search: { "agent.id|cased": "ag-1" }, isMatch: false },
    { why: "one of a list", search: { action: ["list", "view"] }, isMatch: true },
    { why: "none of a list", search: { action: ["list", "export"] }, isMatch: false },
    { why: "all fields of a map", search: { action: "view", outcome: "success" }, isMatch: true },
    {
      why: "not all fields of a map",
      search: { action: "view", outcome: "denied" },
      isMatch: false,
    },
    { why: "one map of a list", search: [{ action: "list" }, { action: "view" }], isMatch: true },
    { why: "one of several values", search: { fields: "sms_code" }, isMatch: true },
    {
      why: "all of several values",
      search: { "fields|all": ["sms_code", "phone"] },
      isMatch: true,
    },
    {
      why: "not all of several values",
      search: { "fields|all": ["sms_code", "address"] },
      isMatch: false,
    },
    { why: "a part", search: { "session.user_agent|contains": "5.0" }, isMatch: true },
    { why: "a beginning", search: { "session.user_agent|startswith": "mozilla" }, isMatch: true },
    {
      why: "an end with a literal star",
      search: { "session.user_agent|endswith": "X11\\*)" },
      isMatch: true,
    },
    { why: "a wildcard", search: { "session.user_agent": "moz?lla/*" }, isMatch: true },
    { why: "a number", search: { "session.asn": 64_500 }, isMatch: true },
    { why: "a larger number", search: { "bytes|gt": 2_048 }, isMatch: false },
    { why: "a number at least", search: { "bytes|gte": 2_048 }, isMatch: true },
    { why: "a network", search: { "session.ip|cidr": "192.0.2.0/28" }, isMatch: false },
    {
      why: "a wider network",
      search: { "session.ip|cidr": ["10.0.0.0/8", "192.0.2.0/24"] },
      isMatch: true,
    },
    { why: "absence", search: { "justification.ticket_id": null }, isMatch: true },
    { why: "absence of what is there", search: { "session.ip": null }, isMatch: false },
    { why: "existence", search: { "session.country|exists": true }, isMatch: true },
    { why: "no existence", search: { "session.id|exists": false }, isMatch: true },
    { why: "how it exposed", search: { exposure: "displayed" }, isMatch: true },
    { why: "a token", search: { "subjects.token": subject("b").token }, isMatch: true },
  ])("finds $why: $isMatch", ({ search, isMatch }) => {
    expect(searched(search)).toEqual({ isMatch, problems: [] });
  });

  it.each([
    {
      why: "an unknown field",
      search: { agentid: "x" },
      told: /agentid: no such field.*agent\.id/,
    },
    {
      why: "a raw identifier",
      search: { "subjects.id": "+1" },
      told: /never stored, expected subjects\.token/,
    },
    {
      why: "a value that there is not",
      search: { action: "serch" },
      told: /expected one of login/,
    },
    {
      why: "a beginning that no value has",
      search: { "action|startswith": "serch" },
      told: /expected one of login/,
    },
    { why: "a wildcard for none of the values", search: { fields: "sms?" }, told: /one of / },
    {
      why: "a network of what is no address",
      search: { "session.asn|cidr": "192.0.2.0/24" },
      told: /cidr: expected a field that holds an address/,
    },
    {
      why: "a regular expression",
      search: { "agent.id|re": ".*" },
      told: /modifier re is not supported/,
    },
    {
      why: "a placeholder",
      search: { "agent.id|expand": "%x%" },
      told: /modifier expand is not supported/,
    },
    {
      why: "two modifiers",
      search: { "agent.id|contains|endswith": "x" },
      told: /exclude each other/,
    },
    {
      why: "a comparison of texts",
      search: { "agent.id|gt": 1 },
      told: /field that holds a number/,
    },
    { why: "a text for a number", search: { bytes: "many" }, told: /expected a number/ },
    {
      why: "no network",
      search: { "session.ip|cidr": "192.0.2.0" },
      told: /cidr: expected a network/,
    },
    {
      why: "too long a network",
      search: { "session.ip|cidr": "192.0.2.0/33" },
      told: /cidr: expected/,
    },
    {
      why: "keywords",
      search: ["mimikatz"],
      told: /keywords over a whole event are not supported/,
    },
    { why: "nothing", search: {}, told: /found none/ },
    { why: "an empty list of values", search: { action: [] }, told: /1 to 1000 values, found 0/ },
  ])("refuses $why", ({ search, told }) => {
    const { problems, isMatch } = searched(search);
    expect(problems).toEqual([expect.stringMatching(told)]);
    expect(isMatch).toBe(false);
  });

  it("takes wildcards as a regular expression would", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(
        text,
        fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 }),
        (pattern, value) => {
          const source = pattern.replaceAll("*", ".*").replaceAll("?", ".");
          expect(matcherOf(pattern, "whole", true)(value)).toBe(
            new RegExp(`^${source}$`).test(value),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("takes no longer for a pattern of many stars", () => {
    const matches = matcherOf("*a".repeat(50), "contains", true);
    expect(matches("a".repeat(49) + "b".repeat(463))).toBe(false);
  });
});

describe("a Sigma condition", () => {
  const searches = new Map(
    ["a", "b", "filter_a", "_hidden"].map((name) => [
      name,
      (given: ReadonlySet<string>) => given.has(name),
    ]),
  );
  it.each([
    ["a and b", ["a"], false],
    ["a or b and b", ["a"], true],
    ["(a or b) and b", ["a"], false],
    ["not a or b", [], true],
    ["not (a or b)", ["b"], false],
    ["a AND NOT filter_a", ["a"], true],
    ["1 of them", ["_hidden"], false],
    ["1 of _hid*", ["_hidden"], true],
    ["all of them", ["a", "b", "filter_a"], true],
    ["all of filter_* and not 1 of b*", ["filter_a"], true],
    ["not not a", ["a"], true],
  ] as const)("%s of %j is %s", (text, given, expected) => {
    const found = compileCondition<ReadonlySet<string>>(text, searches);
    expect(typeof found === "function" && found(new Set(given))).toBe(expected);
  });

  it.each([
    ["a | count() > 5", "an aggregation behind a pipe"],
    ["a and", "the end where a search is expected"],
    ["(a or b", "a bracket that is not closed"],
    ["a b", '"b" where nothing more is expected'],
    ["c", '"c" where one of a, b, filter_a, _hidden is expected'],
    ["2 of them", '"2 of", expected 1 of or all of'],
    ["1 of c*", "which names no search"],
    ["1 of", "which names no search"],
    ["and", '"and" where one of'],
    [`${"(".repeat(40)}a${")".repeat(40)}`, "more than 32 brackets"],
    ["", "the end where a search is expected"],
  ])("refuses %s", (text, told) => {
    const found = compileCondition<ReadonlySet<string>>(text, searches);
    expect(typeof found === "function" ? "" : found.refused).toContain(told);
  });
});
