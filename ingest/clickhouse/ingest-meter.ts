/** The figures of ingest: counted when stored, not when read. */
import type { PositionedOutcome } from "../pipeline/audit-store.ts";
import { DeadLetterShareError } from "../pipeline/letter-guard.ts";
import { createRecentMap } from "../pipeline/recent-map.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { ConsoleEvent } from "../vocabulary/event.ts";
import type { Outcome } from "../vocabulary/outcome.ts";

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
  const isLate = ({ outcome, position }: PositionedOutcome): boolean => {
    if (outcome.kind !== "event") return false;
    const { at } = outcome.event;
    newestAt = Math.max(newestAt, at);
    if (at < (newestBySource.get(position.source) ?? 0)) return true;
    newestBySource.set(position.source, at);
    return false;
  };
  return {
    stored: (outcomes, tookMs) => {
      const tally = createTally();
      let bytes = 0;
      let late = 0;
      for (const positioned of outcomes) {
        bytes += positioned.bytes?.length ?? 0;
        if (isLate(positioned)) late += 1;
        tally.add(positioned.outcome);
      }
      // Added up first: a labelled count costs about 1 µs.
      tally.countIn(metrics);
      if (late > 0) metrics.count("deskwatch_ingest_late_events_total", {}, late);
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

/** Outcomes by kind and reason, events by kind. */
function createTally() {
  const events = new Map<ConsoleEvent["kind"], number>();
  const others = new Map<string, { readonly outcome: Refusal; rows: number }>();
  return {
    add: (outcome: Outcome): void => {
      if (outcome.kind === "event") {
        const { kind } = outcome.event;
        events.set(kind, (events.get(kind) ?? 0) + 1);
        return;
      }
      const key = `${outcome.kind} ${outcome.reason}`;
      const other = others.get(key) ?? { outcome, rows: 0 };
      other.rows += 1;
      others.set(key, other);
    },
    countIn: (metrics: Metrics): void => {
      for (const [kind, rows] of events) {
        metrics.count("deskwatch_ingest_outcomes_total", { kind: "event", reason: "" }, rows);
        metrics.count("deskwatch_ingest_events_total", { event_kind: kind }, rows);
      }
      for (const { outcome, rows } of others.values()) {
        const { kind, reason } = outcome;
        metrics.count("deskwatch_ingest_outcomes_total", { kind, reason }, rows);
      }
    },
  };
}

type Refusal = Exclude<Outcome, { kind: "event" }>;
