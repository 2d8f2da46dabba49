/** The Prometheus rules and their runbooks, by the conventions of monitoring mixins. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { settings } from "../../../ingest/runtime/settings.ts";
import { parseExpression, seriesLabels } from "./promql.ts";

const root = join(__dirname, "../../..");
const textOf = (path: string) => readFileSync(join(root, path), "utf8");

const recording = z.strictObject({ record: z.string(), expr: z.string() });
const alert = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(["critical", "warning", "info"]) }),
  annotations: z.strictObject({
    summary: z.string(),
    description: z.string(),
    runbook_url: z.string(),
  }),
});
const rules = z
  .strictObject({
    groups: z.array(
      z.strictObject({ name: z.string(), rules: z.array(z.union([recording, alert])) }),
    ),
  })
  .parse(parse(textOf("dashboards/prometheus/deskwatch.rules.yaml")))
  .groups.flatMap((group) => group.rules);

const recordings = rules.flatMap((rule) => ("record" in rule ? [rule] : []));
const alerts = rules.flatMap((rule) => ("alert" in rule ? [rule] : []));
const recorded = new Set(recordings.map(({ record }) => record));
const runbooks = readdirSync(join(root, "dashboards/runbooks"));

describe.each(rules)("the rule $alert$record", ({ expr }) => {
  const { errors, selectors, grouping } = parseExpression(expr);

  it("is valid PromQL over recorded series or exported ones and their labels", () => {
    expect(errors).toBe(0);
    expect(selectors.length).toBeGreaterThan(0);
    for (const { metric, labels } of selectors) {
      const known = seriesLabels.get(metric);
      expect({ metric, known: recorded.has(metric) || known !== undefined }).toEqual({
        metric,
        known: true,
      });
      expect(labels.filter((label) => known?.includes(label) === false)).toEqual([]);
    }
  });

  it("groups by labels that its series have", () => {
    const known = new Set(selectors.flatMap(({ metric }) => seriesLabels.get(metric) ?? []));
    expect(grouping.filter((label) => !known.has(label))).toEqual([]);
  });

  it("reads counters as rates, increases or births only", () => {
    for (const { metric, inside } of selectors) {
      const counter = /_(total|bucket|count|sum)$/.test(metric);
      expect({ metric, rate: ["rate", "increase", "unless"].includes(inside[0] ?? "") }).toEqual({
        metric,
        rate: counter,
      });
    }
  });
});

describe.each(recordings)("the recording $record", ({ record, expr }) => {
  it("is called level:metric:operations, without _total, and aggregates with `without`", () => {
    const [level = "", metric = "", operations = "", ...rest] = record.split(":");
    expect(rest).toEqual([]);
    expect(level).toMatch(/^[a-z_]+$/);
    expect(metric).toMatch(/^deskwatch_[a-z_]+$/);
    expect(metric).not.toMatch(/_total/);
    expect(operations).toMatch(/^[a-z0-9_]+$/);
    expect(expr).not.toMatch(/\bby\b/);
  });
});

describe.each(alerts)("the alert $alert", (row) => {
  it("has a name of one family, a static sentence as summary, and a description", () => {
    expect(row.alert).toMatch(/^Deskwatch([A-Z][a-z]+)+$/);
    expect(row.annotations.summary).toMatch(/^[A-Z][^{}]*\.$/);
    expect(row.annotations.description).toMatch(/\.$/);
  });

  it("has a runbook with the four sections, each of them filled", () => {
    expect(row.annotations.runbook_url).toBe(`dashboards/runbooks/${row.alert}.md`);
    const page = textOf(row.annotations.runbook_url);
    expect(page.startsWith(`# ${row.alert}\n`)).toBe(true);
    const sections = page.split(/^## /m).slice(1);
    expect(sections.map((section) => section.split("\n")[0])).toEqual([
      "Meaning",
      "Impact",
      "Diagnosis",
      "Mitigation",
    ]);
    for (const section of sections) expect(section.length).toBeGreaterThan(40);
  });

  it("is shown firing and shown quiet in the rules' own tests", () => {
    const shape = z.object({
      tests: z.array(
        z.object({
          name: z.string(),
          promql_expr_test: z.array(
            z.object({ expr: z.string(), exp_samples: z.array(z.unknown()) }),
          ),
        }),
      ),
    });
    const { tests } = shape.parse(parse(textOf("dashboards/prometheus/deskwatch.rules.test.yaml")));
    const expected = tests
      .flatMap((test) => test.promql_expr_test)
      .filter(({ expr }) => expr.includes(`alertname="${row.alert}"`))
      .map(({ exp_samples }) => exp_samples.length > 0);
    expect(new Set(expected)).toEqual(new Set([true, false]));
  });
});

describe("the runbooks", () => {
  it("belong to an alert each", () => {
    expect(runbooks.toSorted()).toEqual(alerts.map((row) => `${row.alert}.md`).toSorted());
  });

  it.each(runbooks)("%s names only settings and log lines that exist", (page) => {
    const text = textOf(`dashboards/runbooks/${page}`);
    const known = new Set<string>(Object.values(settings).map(({ env }) => env));
    const named = text.match(/`[A-Z]+_[A-Z0-9_]+`/g) ?? [];
    expect(named.filter((name) => !known.has(name.slice(1, -1)))).toEqual([]);
    const quoted = [...text.matchAll(/log lines? `([^`]+)`/g)].map((match) => match[1] ?? "");
    expect(quoted.filter((line) => !sources.includes(`"${line}"`))).toEqual([]);
  });
});

const sources = ["ingest", "detectors", "api"]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => textOf(join(folder, path))),
  )
  .join("\n");
