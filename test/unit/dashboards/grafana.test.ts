/**
 * The Grafana dashboard, by the rules of Grafana's own dashboard linter (github.com/grafana/dashboard-linter,
 * docs/rules), which is a Go program; here they are ordinary tests.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { dashboardText } from "../../../dashboards/grafana/pipeline-dashboard.ts";
import { metricCatalogue } from "../../../ingest/runtime/metric-catalogue.ts";
import { type Expression, parseExpression, seriesLabels } from "./promql.ts";

const folder = join(__dirname, "../../../dashboards/grafana");
const committed = readFileSync(join(folder, "dashboards/deskwatch.json"), "utf8");

const datasource = z.object({ type: z.string(), uid: z.string() });
const dashboard = z
  .object({
    uid: z.string(),
    title: z.string(),
    schemaVersion: z.number(),
    editable: z.boolean(),
    templating: z.object({
      list: z.array(
        z.object({
          name: z.string(),
          label: z.string(),
          type: z.string(),
          datasource: datasource.optional(),
          query: z.union([z.string(), z.object({ query: z.string() })]),
          multi: z.boolean().optional(),
          allValue: z.string().optional(),
          refresh: z.number().optional(),
        }),
      ),
    }),
    panels: z.array(
      z.object({
        id: z.number(),
        type: z.string(),
        title: z.string(),
        description: z.string().optional(),
        datasource: datasource.optional(),
        gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
        fieldConfig: z.object({ defaults: z.object({ unit: z.string() }) }).optional(),
        targets: z
          .array(z.object({ expr: z.string(), legendFormat: z.string(), datasource }))
          .optional(),
      }),
    ),
  })
  .parse(JSON.parse(committed));

const panels = dashboard.panels.filter(({ type }) => type !== "row");
const targets = panels.flatMap((panel) =>
  (panel.targets ?? []).map((target) => ({ ...target, panel: panel.title })),
);
const variables = new Map(dashboard.templating.list.map((row) => [row.name, row]));
const parsed = new Map<string, Expression>(
  targets.map(({ expr }) => [expr, parseExpression(expr)] as const),
);
const selectorsOf = (expr: string) => parsed.get(expr)?.selectors ?? [];

describe("the dashboard's file", () => {
  it("is what its source says", () => {
    // To write it anew, from the checkout's top:
    // npx tsx -e 'import("./dashboards/grafana/pipeline-dashboard.ts").then((m) =>
    //   process.stdout.write(m.dashboardText()))' > dashboards/grafana/dashboards/deskwatch.json
    // and npm run format
    expect(JSON.parse(committed)).toEqual(JSON.parse(dashboardText()));
  });

  it("is Classic JSON of schema version 42, with a fixed uid, not editable in place", () => {
    expect(dashboard.schemaVersion).toBe(42);
    expect(dashboard.uid).toMatch(/^[a-z-]{1,40}$/);
    expect(dashboard.editable).toBe(false);
  });

  it("is the only dashboard in the folder that is provisioned", () => {
    expect(readdirSync(join(folder, "dashboards"))).toEqual(["deskwatch.json"]);
  });
});

describe("the dashboard's variables", () => {
  it("hold exactly one data source, called datasource", () => {
    const sources = dashboard.templating.list.filter(({ type }) => type === "datasource");
    expect(sources).toMatchObject([
      { name: "datasource", label: "Data source", query: "prometheus" },
    ]);
  });

  it.each(["job", "instance"])("let the reader choose several of %s", (name) => {
    expect(variables.get(name)).toMatchObject({
      label: name,
      type: "query",
      datasource: { uid: "$datasource" },
      multi: true,
      allValue: ".+",
      refresh: 2,
    });
  });

  it.each(["job", "instance"])("ask for values of %s with a valid query", (name) => {
    const row = variables.get(name)?.query;
    const query = typeof row === "object" ? row.query : "";
    const [, selector = "", label] = /^label_values\((.+), ([a-z]+)\)$/.exec(query) ?? [];
    const expression = parseExpression(selector);
    expect(expression.errors).toBe(0);
    expect(expression.selectors.map(({ metric }) => seriesLabels.has(metric))).toEqual([true]);
    expect(label).toBe(name);
  });
});

describe.each(panels)("the panel $title", (panel) => {
  it("has a description, a unit, targets, and the chosen data source", () => {
    expect(panel.description ?? "").toMatch(/.{20,}\.$/);
    expect(["short", "s", "percentunit", "cps", "reqps", "Bps"]).toContain(
      panel.fieldConfig?.defaults.unit,
    );
    expect(panel.targets?.length).toBeGreaterThan(0);
    const sources = [panel.datasource, ...(panel.targets ?? []).map((target) => target.datasource)];
    expect(new Set(sources.map((source) => source?.uid))).toEqual(new Set(["$datasource"]));
  });
});

describe.each(targets)("$panel: $expr", ({ expr, legendFormat }) => {
  it("is valid PromQL over series and labels that Deskwatch exports", () => {
    expect(parsed.get(expr)?.errors).toBe(0);
    expect(selectorsOf(expr).length).toBeGreaterThan(0);
    for (const { metric, labels } of selectorsOf(expr)) {
      const known = seriesLabels.get(metric) ?? [];
      expect({ metric, exported: seriesLabels.has(metric) }).toEqual({ metric, exported: true });
      expect(
        [...labels, ...(parsed.get(expr)?.grouping ?? [])].filter((l) => !known.includes(l)),
      ).toEqual([]);
    }
  });

  it("is restricted to the chosen job and instance", () => {
    for (const { labels } of selectorsOf(expr)) {
      expect(labels).toEqual(expect.arrayContaining(["job", "instance"]));
    }
  });

  it("reads counters as rates or increases only, and rates over the reader's interval", () => {
    for (const { metric, inside } of selectorsOf(expr)) {
      const counter = /_(total|bucket|count|sum)$/.test(metric);
      expect(counter).toBe(["rate", "increase", "irate"].includes(inside[0] ?? ""));
    }
    const ranges = [...expr.matchAll(/\brate\([^[]*\[([^\]]+)\]/g)].map((match) => match[1]);
    expect(new Set([...ranges, "$__rate_interval"])).toEqual(new Set(["$__rate_interval"]));
  });

  it("names in its legend only labels that the result has", () => {
    const named = [...legendFormat.matchAll(/{{([a-z_]+)}}/g)].map((match) => match[1]);
    expect(parsed.get(expr)?.grouping ?? []).toEqual(expect.arrayContaining(named));
  });
});

describe("the dashboard as a whole", () => {
  it("shows every metric of the catalogue", () => {
    const shown = new Set(
      [...parsed.keys()].flatMap((expr) => selectorsOf(expr).map((s) => s.metric)),
    );
    const missing = Object.keys(metricCatalogue).filter(
      (name) => !shown.has(name) && !shown.has(`${name}_bucket`),
    );
    expect(missing).toEqual([]);
  });

  it("has panels that neither overlap nor leave the grid, each with its own id", () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(
      24,
    );
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

describe("Grafana's provisioning", () => {
  const read = (path: string): unknown =>
    parse(readFileSync(join(folder, "provisioning", path), "utf8"));

  it("names a data source of a fixed uid", () => {
    const shape = z.strictObject({
      apiVersion: z.literal(1),
      datasources: z.tuple([
        z.strictObject({
          name: z.string(),
          uid: z.string().regex(/^[a-z-]+$/),
          type: z.literal("prometheus"),
          access: z.literal("proxy"),
          url: z.url(),
          isDefault: z.boolean(),
          jsonData: z.strictObject({ timeInterval: z.string().regex(/^\d+s$/) }),
        }),
      ]),
    });
    expect(shape.safeParse(read("datasources/prometheus.yaml")).error).toBeUndefined();
  });

  it("loads dashboards from a folder, read-only", () => {
    const shape = z.strictObject({
      apiVersion: z.literal(1),
      providers: z.tuple([
        z.strictObject({
          name: z.string(),
          orgId: z.number(),
          folder: z.string(),
          type: z.literal("file"),
          disableDeletion: z.boolean(),
          updateIntervalSeconds: z.number().positive(),
          allowUiUpdates: z.literal(false),
          options: z.strictObject({
            path: z.string().startsWith("/"),
            foldersFromFilesStructure: z.boolean(),
          }),
        }),
      ]),
    });
    expect(shape.safeParse(read("dashboards/deskwatch.yaml")).error).toBeUndefined();
  });
});
