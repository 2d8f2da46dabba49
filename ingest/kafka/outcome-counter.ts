/** Counts stored outcomes by kind and reason, and how late events are. */
import type { PositionedOutcome } from "../pipeline/audit-store.ts";
import type { Metrics } from "../runtime/metrics.ts";

/** Call once per range, when it is stored. */
export type OutcomeCounter = (outcomes: readonly PositionedOutcome[]) => void;

export function createOutcomeCounter(metrics: Metrics): OutcomeCounter {
  const newestBySource = new Map<string, number>();
  let newest = 0;
  const countTime = (source: string, at: number): void => {
    const known = newestBySource.get(source) ?? 0;
    if (at < known) metrics.count("deskwatch_ingest_late_events_total", {});
    else newestBySource.set(source, at);
    newest = Math.max(newest, at);
  };
  return (outcomes) => {
    for (const { position, outcome } of outcomes) {
      const { kind } = outcome;
      const reason = outcome.kind === "event" ? "" : outcome.reason;
      metrics.count("deskwatch_ingest_outcomes_total", { kind, reason });
      if (outcome.kind !== "event") continue;
      metrics.count("deskwatch_ingest_events_total", { event_kind: outcome.event.kind });
      countTime(position.source, outcome.event.at);
    }
    metrics.gauge("deskwatch_ingest_newest_event_timestamp_seconds", {}, newest / 1000);
  };
}
