/** Every expression of the dashboard and of the rules, as Prometheus can run it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const folder = join(__dirname, "../../dashboards");

const dashboardShape = z.object({
  panels: z.array(
    z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).optional() }),
  ),
});
const rulesShape = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({ alert: z.string().optional(), record: z.string().optional(), expr: z.string() }),
      ),
    }),
  ),
});

export interface NamedQuery {
  readonly name: string;
  readonly expr: string;
}

/** With all jobs and instances chosen, and `window` (a duration) for Grafana's rate interval. */
export function panelQueries(window: string): readonly NamedQuery[] {
  const file = readFileSync(join(folder, "grafana/dashboards/deskwatch.json"), "utf8");
  return dashboardShape.parse(JSON.parse(file)).panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      name: title,
      expr: expr
        .replaceAll("$__rate_interval", window)
        .replaceAll("$job", ".+")
        .replaceAll("$instance", ".+"),
    })),
  );
}

export interface RuleQueries {
  readonly alerts: readonly NamedQuery[];
  readonly recordings: readonly NamedQuery[];
}

export function ruleQueries(): RuleQueries {
  const file = readFileSync(join(folder, "prometheus/deskwatch.rules.yaml"), "utf8");
  const rules = rulesShape.parse(parse(file)).groups.flatMap((group) => group.rules);
  const named = (kind: "alert" | "record") =>
    rules.flatMap((rule) => {
      const name = rule[kind];
      return name === undefined ? [] : [{ name, expr: rule.expr }];
    });
  return { alerts: named("alert"), recordings: named("record") };
}
