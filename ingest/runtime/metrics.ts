/**
 * The metrics of one process: the catalogue as live prom-client objects behind three typed verbs.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { type LabelsOf, type MetricName, metricCatalogue } from "./metric-catalogue.ts";

type NamesOf<Kind extends string> = {
  [Name in MetricName]: (typeof metricCatalogue)[Name]["kind"] extends Kind ? Name : never;
}[MetricName];

export interface Metrics {
  readonly registry: Registry;
  /** Adds `by` (default 1, never negative) to a counter. */
  readonly count: <Name extends NamesOf<"counter">>(
    name: Name,
    labels: LabelsOf<Name>,
    by?: number,
  ) => void;
  readonly gauge: <Name extends NamesOf<"gauge">>(
    name: Name,
    labels: LabelsOf<Name>,
    value: number,
  ) => void;
  /** Adds one observation, in the unit of the metric's name. */
  readonly observe: <Name extends NamesOf<"histogram">>(
    name: Name,
    labels: LabelsOf<Name>,
    value: number,
  ) => void;
}

/** prom-client's default metrics whose names break the naming rules of Prometheus. */
const unfitDefaults = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

/** Registers the whole catalogue and the process's own metrics in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of unfitDefaults) registry.removeSingleMetric(name);
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, row] of Object.entries(metricCatalogue)) {
    const options = { name, help: row.help, labelNames: [...row.labels], registers: [registry] };
    if (row.kind === "counter") counters.set(name, new Counter(options));
    else if (row.kind === "gauge") gauges.set(name, new Gauge(options));
    else histograms.set(name, new Histogram({ ...options, buckets: [...row.buckets] }));
  }
  return {
    registry,
    count: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    gauge: (name, labels, value) => gauges.get(name)?.set(labels, value),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
  };
}
