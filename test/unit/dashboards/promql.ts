/** What the tests of dashboard and rules need to know of a PromQL expression, from its syntax tree. */
import { parser } from "@prometheus-io/lezer-promql";
import { metricCatalogue } from "../../../ingest/runtime/metric-catalogue.ts";

export interface Selector {
  readonly metric: string;
  /** Names of the labels that are matched. */
  readonly labels: readonly string[];
  /** The functions, aggregations and `unless` around the selector, innermost first. */
  readonly inside: readonly string[];
  /** The range in brackets, as written; `undefined`: an instant. */
  readonly range: string | undefined;
}

export interface Expression {
  readonly errors: number;
  readonly selectors: readonly Selector[];
  /** Labels that an aggregation keeps or drops. */
  readonly grouping: readonly string[];
}

/** Grafana's variables are no PromQL: a duration stands in for those of durations. */
export function expandVariables(expr: string): string {
  return expr.replaceAll(/\$__(rate_)?interval/g, "5m").replaceAll(/\$(job|instance)/g, ".+");
}

export function parseExpression(expr: string): Expression {
  const text = expandVariables(expr);
  const tree = parser.parse(text);
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  let errors = 0;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) errors += 1;
      if (node.name === "GroupingLabels") {
        grouping.push(...(text.slice(node.from, node.to).match(/[a-z_]+/g) ?? []));
      }
      if (node.name === "VectorSelector") selectors.push(selectorAt(text, node.node));
    },
  });
  return { errors, selectors, grouping };
}

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

function selectorAt(text: string, node: SyntaxNode): Selector {
  const source = text.slice(node.from, node.to);
  const inside: string[] = [];
  let range: string | undefined;
  for (let above = node.parent; above !== null; above = above.parent) {
    if (above.name === "MatrixSelector")
      range = text.slice(node.to, above.to).replace(/[[\]]/g, "");
    const called =
      above.getChild("FunctionIdentifier") ??
      above.getChild("AggregateOp") ??
      above.getChild("Unless");
    if (called !== null) inside.push(text.slice(called.from, called.to));
  }
  return {
    metric: /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(source)?.[0] ?? "",
    labels: [...source.matchAll(/([a-z_]+)\s*(=~|!~|!=|=)/g)].map((match) => match[1] ?? ""),
    inside,
    range,
  };
}

const suffixes = ["", "_bucket", "_count", "_sum"];

/** Every series name of the catalogue, with the labels that it carries besides those of the target. */
export const seriesLabels: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(metricCatalogue).flatMap(([name, row]) => {
    const used = row.kind === "histogram" ? suffixes.slice(1) : suffixes.slice(0, 1);
    return used.map((suffix) => {
      const bucket = suffix === "_bucket" ? ["le"] : [];
      return [`${name}${suffix}`, [...row.labels, ...bucket, "job", "instance"]] as const;
    });
  }),
);
