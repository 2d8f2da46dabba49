/** What the metrics show from the start on. */
import { severities } from "../detectors/alert.ts";
import { templates } from "../detectors/engine/explained.ts";
import { openRegistry } from "../detectors/registry.ts";
import { sigmaLabel } from "../detectors/sigma/sigma-book.ts";
import { sigmaBounds } from "../detectors/sigma/sigma-groups.ts";
import { verdictResults } from "../detectors/verdict.ts";
import type { Metrics } from "../ingest/runtime/metrics.ts";
import { version } from "./version.ts";

/**
 * Counters that exist before they first count: Prometheus' `increase` sees no step from nothing to 1, so the
 * first alert of its kind would never show.
 */
export function announce(metrics: Metrics): void {
  metrics.gauge("deskwatch_build_info", { version }, 1);
  const combinations = openRegistry().flatMap(({ meta, policy, counting }) =>
    severities.flatMap((severity) => [
      ...(policy === undefined ? [] : [{ detector: meta.id, lane: "policy", severity }]),
      ...(counting === undefined ? [] : [{ detector: meta.id, lane: "statistical", severity }]),
    ]),
  );
  for (const labels of combinations) metrics.count("deskwatch_detect_alerts_total", labels, 0);
  for (const { meta } of openRegistry()) {
    metrics.count("deskwatch_detect_suppressed_total", { detector: meta.id }, 0);
  }
  for (const severity of severities) {
    const labels = { detector: sigmaLabel, lane: "policy", severity };
    metrics.count("deskwatch_detect_alerts_total", labels, 0);
  }
  metrics.count("deskwatch_detect_suppressed_total", { detector: sigmaLabel }, 0);
  for (const bound of sigmaBounds)
    metrics.count("deskwatch_detect_sigma_bounds_total", { bound }, 0);
  for (const result of verdictResults) {
    metrics.count("deskwatch_detect_verdicts_total", { result }, 0);
  }
  for (const template of templates) {
    metrics.count("deskwatch_detect_accesses_total", { template }, 0);
  }
}
