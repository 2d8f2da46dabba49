import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
  defaultParameters,
  detectionParametersSchema,
} from "../../../../detectors/parameters/detection-parameters.ts";
import {
  type DetectionPlan,
  detectionPlan,
  engineOptionsOf,
  withMode,
} from "../../../../detectors/parameters/detection-plan.ts";
import { parseParameters } from "../../../../detectors/parameters/parameter-file.ts";
import { digestOf, printParameters } from "../../../../detectors/parameters/parameter-print.ts";
import { parameterRows } from "../../../../detectors/parameters/parameter-rows.ts";
import { emptyLists } from "../../../../detectors/subject-lists.ts";
import { ConfigError } from "../../../../ingest/runtime/config.ts";

function problemsOf(text: string): readonly string[] {
  try {
    parseParameters("own.yaml", text);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe("the file of detection's parameters", () => {
  it("ships as the code's defaults", () => {
    const shipped = readFileSync(join(__dirname, "../../../../detectors/detection.yaml"), "utf8");
    expect(shipped).toBe(printParameters(defaultParameters));
    expect(parseParameters("detection.yaml", shipped)).toEqual(defaultParameters);
  });

  it("gives what is left out its default, an empty one all of them", () => {
    expect(parseParameters("own.yaml", "")).toEqual(defaultParameters);
    const { learning, ...others } = parseParameters("own.yaml", "learning: { clip_p: 0.01 }");
    expect(learning).toEqual({ ...defaultParameters.learning, clip_p: 0.01 });
    expect(others).toEqual({ ...others });
    expect({ ...others, learning: defaultParameters.learning }).toEqual(defaultParameters);
  });

  it.each([
    {
      why: "an unknown key",
      text: "budget:\n  session_share: 0.4\n  sesion_share: 0.4\n",
      told: [
        /^own\.yaml:3: budget\.sesion_share: no such parameter, expected a group of .*session_share.*, found 0\.4$/,
      ],
    },
    {
      why: "an unknown detector",
      text: "detectors:\n  breath: { mode: shadow }\n",
      told: [/^own\.yaml:2: detectors\.breath: no such parameter, expected .*breadth/],
    },
    {
      why: "a wrong type",
      text: "severity:\n  # a comment\n  searched: many\n",
      told: [/^own\.yaml:3: severity\.searched: expected a number from 0 to 1000, found "many"$/],
    },
    {
      why: "values out of range, every one of them",
      text: "learning:\n  clip_p: 0.5\nwindows:\n  ticket_alive_days: 2.5\n",
      told: [
        /^own\.yaml:2: learning\.clip_p: expected a number from 0\.000001 to 0\.05, found 0\.5$/,
        /^own\.yaml:4: windows\.ticket_alive_days: expected a whole number from 1 to 60, found 2\.5$/,
      ],
    },
    {
      why: "shares of more than the budget",
      text: "\nbudget:\n  session_share: 0.9\n",
      told: [/^own\.yaml:2: budget: expected shares that add up to at most 1, found 1\.4/],
    },
    {
      why: "severities in disorder",
      text: "severity: { high_from: 1000 }",
      told: [/^own\.yaml:1: severity: expected medium_from ≤ high_from ≤ critical_from/],
    },
    {
      why: "a factor of a tenant that is none",
      text: "severity:\n  tenants:\n    acme: 0\n",
      told: [
        /^own\.yaml:3: severity\.tenants\.acme: expected for each name a number from 1 to 1000, found 0$/,
      ],
    },
    {
      why: "a mode that is none",
      text: "detectors:\n  canary:\n    mode: off\n",
      told: [/^own\.yaml:3: .*mode: expected one of alert, shadow, disabled, found "off"$/],
    },
    {
      why: "a stake for a detector that counts nothing",
      text: "detectors:\n  canary:\n    stake: 1\n",
      told: [/^own\.yaml:3: detectors\.canary\.stake: no such parameter/],
    },
    {
      why: "a key given twice",
      text: "alerts: {}\nalerts: {}\n",
      told: [/^own\.yaml:2: .*unique/],
    },
    { why: "no YAML", text: "budget: [\n", told: [/^own\.yaml:2: /] },
    { why: "a list", text: "- 1\n", told: [/^own\.yaml:1: the file: expected a group of budget,/] },
    { why: "two documents", text: "{}\n---\n{}\n", told: [/expected one document/] },
    {
      why: "an alias of nothing",
      text: "budget: *other\n",
      told: [/^own\.yaml:1: Unresolved alias/],
    },
  ])("refuses $why with its line, what was expected and what was found", ({ text, told }) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(told.length);
    for (const [n, pattern] of told.entries()) expect(problems[n]).toMatch(pattern);
  });

  it("names a file that cannot be read", () => {
    const settings = {
      falseAlertsPer100AgentDays: undefined,
      shadowDetectors: [],
      sigmaRules: "",
    };
    const read = () => detectionPlan({ ...settings, detectionFile: "/nowhere/own.yaml" });
    expect(read).toThrow("/nowhere/own.yaml: expected a readable YAML file");
  });

  it("reads back names that nobody knows beforehand", () => {
    const tenants = { "acme: & co": 2, "7": 3.5, ünïcode: 1 };
    const parameters = detectionParametersSchema.parse({ severity: { tenants } });
    expect(parseParameters("own.yaml", printParameters(parameters))).toEqual(parameters);
    expect(digestOf(parameters)).not.toBe(digestOf(defaultParameters));
  });

  it("reads back whatever it prints", () => {
    const leaves = parameterRows().filter(({ path, initial }) => {
      const isFree = !(path[0] === "budget" && path[1]?.endsWith("_share"));
      return typeof initial === "number" && isFree && !path[1]?.endsWith("_from");
    });
    const change = fc.record({
      leaf: fc.constantFrom(...leaves),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const given = changes.reduce<unknown>((before, { leaf, share }) => {
          const [least = 0, greatest = 1] = [...leaf.expected.matchAll(/[\d.]+/g)].map(Number);
          const value = least + share * (greatest - least);
          const isWhole = leaf.expected.startsWith("a whole");
          return withValue(before, leaf.path, isWhole ? Math.round(value) : value);
        }, {});
        const parameters = detectionParametersSchema.parse(given);
        expect(parseParameters("own.yaml", printParameters(parameters))).toEqual(parameters);
        expect(digestOf(parameters) === digestOf(defaultParameters)).toBe(
          JSON.stringify(parameters) === JSON.stringify(defaultParameters),
        );
      }),
      { numRuns: 50 },
    );
  });
});

function withValue(
  before: unknown,
  [key = "", ...rest]: readonly string[],
  value: number,
): unknown {
  const own = Object.fromEntries(Object.entries(before ?? {}));
  return { ...own, [key]: rest.length === 0 ? value : withValue(own[key], rest, value) };
}

describe("the parameters that hold", () => {
  const settings = {
    detectionFile: "",
    falseAlertsPer100AgentDays: undefined,
    shadowDetectors: [],
    sigmaRules: "",
  };
  const optionsOf = (plan: DetectionPlan) => engineOptionsOf(plan, emptyLists);

  it("are those of the configuration where it says something of budget or shadow", () => {
    const options = optionsOf(
      detectionPlan({
        ...settings,
        falseAlertsPer100AgentDays: 3,
        shadowDetectors: ["breadth"],
      }),
    );
    expect(options).toMatchObject({
      falseAlertsPer100AgentDays: 3,
      shadowDetectors: ["breadth"],
      disabledDetectors: [],
    });
  });

  it("keep a disabled detector disabled", () => {
    const text = "detectors: { breadth: { mode: disabled }, fishing: { mode: shadow } }";
    const parameters = parseParameters("own.yaml", text);
    const options = optionsOf(
      withMode({ ...detectionPlan(settings), parameters }, ["breadth"], "shadow"),
    );
    expect(options).toMatchObject({ shadowDetectors: ["fishing"], disabledDetectors: ["breadth"] });
  });

  it("refuse a misspelt shadow", () => {
    expect(() => detectionPlan({ ...settings, shadowDetectors: ["breath"] })).toThrow(
      "DESKWATCH_SHADOW_DETECTORS: there is no breath",
    );
  });
});
