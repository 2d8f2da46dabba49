/**
 * Writes one announced range of one partition: one outcome per offset, dead letters to their topic, the rows to
 * the store. Says how it ended; never throws.
 */

import type { AuditStore, PositionedOutcome, Range } from "../pipeline/audit-store.ts";
import type { Clock } from "../runtime/clock.ts";
import { errorFields, type Log } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";
import { deadLetter, skip } from "../vocabulary/outcome.ts";
import type { DeadLetterTopic } from "./dead-letter-topic.ts";
import type { Intent } from "./intent.ts";
import { type KafkaRecord, type Origin, rawRecord, sourceOf } from "./kafka-record.ts";
import type { OutcomeCounter } from "./outcome-counter.ts";
import type { WriteMode } from "./range-state.ts";

export interface RangeWriterDeps {
  readonly auditStore: AuditStore;
  readonly deadLetters: Pick<DeadLetterTopic, "publish">;
  readonly countOutcomes: OutcomeCounter;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  /** From the announcement to the store's refusal. Milliseconds. */
  readonly writeMsMax: number;
}

export interface RangeWrite extends Origin {
  readonly range: Intent;
  readonly records: readonly KafkaRecord[];
  readonly mode: WriteMode;
  readonly announcedAt: EpochMs;
  /** Whether the partition is still ours; asked before every step that others would see. */
  readonly isOurs: () => boolean;
}

/** failed: the outcome is unknown. refused: a person must look. dropped: the partition was lost. */
export type WriteResult = "written" | "failed" | "refused" | "dropped";

/** What the store throws when too many of a source's records are dead letters. */
const shareCode = "ingest.dead_letter_share";

export async function writeRange(deps: RangeWriterDeps, write: RangeWrite): Promise<WriteResult> {
  const { topic, partition, range, mode, isOurs } = write;
  try {
    if (!isOurs()) return "dropped";
    const outcomes = await outcomesOf(deps.auditStore, write);
    if (!isOurs()) return "dropped";
    await deps.deadLetters.publish(write, write.records, outcomes);
    if (!isOurs()) return "dropped";
    const from = deps.clock.now();
    if (mode === "insert") await insert(deps, write, outcomes);
    else await reconcile(deps, write, outcomes);
    countWritten(deps, write, { outcomes, seconds: (deps.clock.now() - from) / 1000 });
    return "written";
  } catch (error) {
    const fields = errorFields(error);
    deps.log.error({ topic, partition, ...range, mode, ...fields }, "range not stored");
    return fields.code === shareCode ? "refused" : "failed";
  }
}

/** One outcome per offset, in order; an offset without a record (compacted, transaction marker) is skipped. */
async function outcomesOf(
  auditStore: AuditStore,
  write: RangeWrite,
): Promise<readonly PositionedOutcome[]> {
  const decodable = write.records.filter((record) => record.undecodable === undefined);
  const decided = await auditStore.decide(decodable.map((record) => rawRecord(record, write)));
  const byOffset = new Map(decided.map((outcome) => [outcome.position.offset, outcome]));
  for (const { offset, undecodable } of write.records) {
    if (undecodable !== undefined)
      byOffset.set(offset, undecodableOutcome(write, offset, undecodable));
  }
  const outcomes: PositionedOutcome[] = [];
  for (let offset = write.range.start; offset < write.range.end; offset += 1) {
    outcomes.push(byOffset.get(offset) ?? noRecord(write, offset));
  }
  return outcomes;
}

const positionOf = ({ topic, partition }: Origin, offset: number) => ({
  source: sourceOf(topic),
  partition,
  offset,
});

const noRecord = (origin: Origin, offset: number): PositionedOutcome => ({
  position: positionOf(origin, offset),
  outcome: skip("no_record"),
  bytes: null,
});

const undecodableOutcome = (origin: Origin, offset: number, detail: string): PositionedOutcome => ({
  position: positionOf(origin, offset),
  outcome: deadLetter("unknown_codec", detail),
  bytes: Buffer.alloc(0),
});

const rangeOf = ({ topic, partition, range }: RangeWrite): Range => ({
  source: sourceOf(topic),
  partition,
  ...range,
});

const deadlineOf = ({ announcedAt }: RangeWrite, { writeMsMax }: RangeWriterDeps): EpochMs =>
  epochMs(announcedAt + writeMsMax);

const insert = (
  deps: RangeWriterDeps,
  write: RangeWrite,
  outcomes: readonly PositionedOutcome[],
): Promise<void> => deps.auditStore.insertRange(rangeOf(write), outcomes, deadlineOf(write, deps));

/** Reads back, writes what is missing, and reads back again. */
async function reconcile(
  deps: RangeWriterDeps,
  write: RangeWrite,
  outcomes: readonly PositionedOutcome[],
): Promise<void> {
  const { auditStore, metrics, log } = deps;
  const range = rangeOf(write);
  const missing = await auditStore.missing(range, outcomes);
  metrics.count("deskwatch_ingest_reconciles_total", { result: missing.extent });
  log.info({ ...range, missing: missing.extent }, "range read back");
  if (missing.extent === "none" || !write.isOurs()) return;
  await auditStore.insertMissing(range, outcomes, missing, deadlineOf(write, deps));
  const still = await auditStore.missing(range, outcomes);
  if (still.extent !== "none")
    throw new UnsettledRangeError("rows missing after a repeated insert");
}

class UnsettledRangeError extends Error {
  readonly code = "ingest.unsettled_range";
}

interface Written {
  readonly outcomes: readonly PositionedOutcome[];
  readonly seconds: number;
}

function countWritten(
  { metrics, countOutcomes }: RangeWriterDeps,
  { records }: RangeWrite,
  { outcomes, seconds }: Written,
): void {
  countOutcomes(outcomes);
  metrics.observe("deskwatch_ingest_batch_rows", {}, outcomes.length);
  metrics.observe("deskwatch_ingest_insert_seconds", {}, seconds);
  const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  metrics.count("deskwatch_ingest_bytes_total", {}, bytes);
}
