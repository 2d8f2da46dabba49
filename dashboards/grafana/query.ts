/**
 * PromQL for the dashboard. Metric and label names are checked against the catalogue by the compiler: a
 * panel that reads a metric or a label that is not exported does not build.
 */
import type { MetricName, metricCatalogue } from "../../ingest/runtime/metric-catalogue.ts";

type Catalogue = typeof metricCatalogue;
type NamesOf<Kind extends string> = {
  [Name in MetricName]: Catalogue[Name]["kind"] extends Kind ? Name : never;
}[MetricName];

type CounterName = NamesOf<"counter">;
type GaugeName = NamesOf<"gauge">;
type HistogramName = NamesOf<"histogram">;
type LabelOf<Name extends MetricName> = Catalogue[Name]["labels"][number];

/** Restricts every selector to what the reader has chosen. */
const scope = 'job=~"$job", instance=~"$instance"';

const by = (labels: readonly string[]) => (labels.length === 0 ? "" : ` by (${labels.join(", ")})`);

/** A counter's increase per second, summed over all but these labels. */
export function rateOf<Name extends CounterName>(
  name: Name,
  labels: readonly LabelOf<Name>[] = [],
): string {
  return `sum${by(labels)} (rate(${name}{${scope}}[$__rate_interval]))`;
}

/** A counter's increase within `window` (a PromQL duration), summed over all but these labels. */
export function increaseOf<Name extends CounterName>(
  name: Name,
  window: string,
  labels: readonly LabelOf<Name>[] = [],
): string {
  return `sum${by(labels)} (increase(${name}{${scope}}[${window}]))`;
}

/** The share of a counter's increase per second that has `label="value"`; 0 while nothing has it. */
export function shareOf<Name extends CounterName>(
  name: Name,
  label: LabelOf<Name>,
  value: string,
): string {
  const part = `sum (rate(${name}{${scope}, ${label}="${value}"}[$__rate_interval]))`;
  return `(${part} or vector(0)) / ${rateOf(name)}`;
}

/** The largest value of a gauge over all but these labels. */
export function maxOf<Name extends GaugeName>(
  name: Name,
  labels: readonly LabelOf<Name>[] = [],
): string {
  return `max${by(labels)} (${name}{${scope}})`;
}

/** The sum of a gauge over all but these labels. */
export function sumOf<Name extends GaugeName>(
  name: Name,
  labels: readonly LabelOf<Name>[] = [],
): string {
  return `sum${by(labels)} (${name}{${scope}})`;
}

/** Seconds since the newest of a gauge of seconds since 1970. */
export const ageOf = (name: GaugeName): string => `time() - ${maxOf(name)}`;

/** The `quantile` (0 to 1) of a histogram, over all but these labels. */
export function quantileOf<Name extends HistogramName>(
  quantile: number,
  name: Name,
  labels: readonly LabelOf<Name>[] = [],
): string {
  const buckets = `sum by (${["le", ...labels].join(", ")})`;
  const rate = `rate(${name}_bucket{${scope}}[$__rate_interval])`;
  return `histogram_quantile(${quantile}, ${buckets} (${rate}))`;
}
