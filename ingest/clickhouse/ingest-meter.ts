/** The figures of ingest: counted when stored, not when read. */
import type { PositionedOutcome } from "../pipeline/audit-store.ts";
import { DeadLetterShareError } from "../pipeline/letter-guard.ts";
import { createRecentMap } from "../pipeline/recent-map.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { ConsoleEvent } from "../vocabulary/event.ts";

export interface IngestMeter {
  /** `tookMs`: time that the insert took. */
  readonly stored: (outcomes: readonly PositionedOutcome[], tookMs: number) => void;
  /** Event ids among which duplicates are looked for. */
  readonly knownIds: (ids: number) => void;
  /** Rows found beyond those expected. */
  readonly surplus: (rows: number) => void;
  /** Runs a decision and shows whether ingest stands still because of it. */
  readonly halting: <Value>(decide: () => Promise<Value>) => Promise<Value>;
}

/** Sources whose newest event time is remembered. */
const sourcesMax = 1_000;

export function createIngestMeter(metrics: Metrics): IngestMeter {
  const newestBySource = createRecentMap<string, number>(sourcesMax);
  let newestAt = 0;
  const countEvent = (source: string, event: ConsoleEvent): void => {
    metrics.count("deskwatch_ingest_events_total", { event_kind: event.kind });
    const newest = newestBySource.get(source) ?? 0;
    if (event.at < newest) metrics.count("deskwatch_ingest_late_events_total", {});
    else newestBySource.set(source, event.at);
    newestAt = Math.max(newestAt, event.at);
  };
  return {
    stored: (outcomes, tookMs) => {
      let bytes = 0;
      for (const { outcome, position, bytes: value } of outcomes) {
        bytes += value?.length ?? 0;
        const reason = outcome.kind === "event" ? "" : outcome.reason;
        metrics.count("deskwatch_ingest_outcomes_total", { kind: outcome.kind, reason });
        if (outcome.kind === "event") countEvent(position.source, outcome.event);
      }
      metrics.count("deskwatch_ingest_bytes_total", {}, bytes);
      metrics.observe("deskwatch_ingest_batch_rows", {}, outcomes.length);
      metrics.observe("deskwatch_ingest_insert_seconds", {}, tookMs / 1000);
      metrics.gauge("deskwatch_ingest_newest_event_timestamp_seconds", {}, newestAt / 1000);
    },
    knownIds: (ids) => metrics.gauge("deskwatch_ingest_known_event_ids", {}, ids),
    surplus: (rows) => {
      if (rows > 0) metrics.count("deskwatch_ingest_surplus_rows_total", {}, rows);
    },
    halting: async (decide) => {
      try {
        const value = await decide();
        metrics.gauge("deskwatch_ingest_halted", {}, 0);
        return value;
      } catch (error) {
        if (error instanceof DeadLetterShareError) metrics.gauge("deskwatch_ingest_halted", {}, 1);
        throw error;
      }
    },
  };
}
