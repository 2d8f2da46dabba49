/**
 * Writes announced ranges, each of one partition: one outcome per offset, dead letters to their topic, the rows to
 * the store. Says how it ended; never throws.
 */
import type { Reader } from "../clickhouse/define-query.ts";
import { storeTime } from "../clickhouse/store-time.ts";
import type { AuditStore, PositionedOutcome, Range } from "../pipeline/audit-store.ts";
import { kafkaSource } from "../pipeline/decode-context.ts";
import type { Clock } from "../runtime/clock.ts";
import { errorFields, type Log } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { EpochMs } from "../vocabulary/brand.ts";
import { deadLetter, skip } from "../vocabulary/outcome.ts";
import type { DeadLetterTopic } from "./dead-letter-topic.ts";
import type { DecodedAhead } from "./decoded-ahead.ts";
import { type Intent, landedBy } from "./intent.ts";
import { type KafkaRecord, type Origin, rawRecord } from "./kafka-record.ts";
import type { WriteMode } from "./range-state.ts";
import { refuseReusedOffsets, reusedCode } from "./reused-offsets.ts";

export interface RangeWriterDeps {
  readonly auditStore: AuditStore;
  /** Absent only where the store is not ClickHouse. */
  readonly reader?: Reader | undefined;
  readonly deadLetters: Pick<DeadLetterTopic, "publish">;
  /** Absent where nobody else in the process decodes the same topics. */
  readonly decodedAhead?: DecodedAhead | undefined;
  /** Makes known what the former owners of fresh partitions have stored: their records may come again. */
  readonly learnForeign: () => Promise<void>;
  /** Throws `ingest.dead_letter_share`. `decide` has one, too, but never sees what no codec could open. */
  readonly guard: (outcomes: readonly PositionedOutcome[]) => void;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
}

export interface RangeWrite extends Origin {
  readonly range: Intent;
  readonly records: readonly KafkaRecord[];
  readonly mode: WriteMode;
  readonly deadline: EpochMs;
  /** Whether the partition is still ours; asked before every step that others would see. */
  readonly isOurs: () => boolean;
}

/**
 * failed: the outcome is unknown. deferred: an earlier write may still land. refused: a person must look.
 * dropped: the partition was lost. unstarted: nothing was tried.
 */
export type WriteResult = "written" | "failed" | "deferred" | "refused" | "dropped" | "unstarted";

/** Too many dead letters; rows stored that the records do not say; offsets that name other records now. */
const refusals = ["ingest.dead_letter_share", "store.altered_range", reusedCode];

/** The first half: what each record of the range is, or why it is not stored. */
export async function decideRange(
  deps: RangeWriterDeps,
  write: RangeWrite,
): Promise<readonly PositionedOutcome[] | WriteResult> {
  if (!write.isOurs()) return "dropped";
  return orFailure(deps, [write], async () => {
    await deps.learnForeign();
    const outcomes = await outcomesOf(deps, write);
    deps.guard(outcomes);
    return outcomes;
  });
}

export interface DecidedWrite {
  readonly write: RangeWrite;
  readonly outcomes: readonly PositionedOutcome[];
}

/** The second half, of new ranges that are stored together: one result each, in their order. */
export async function storeRanges(
  deps: RangeWriterDeps,
  decided: readonly DecidedWrite[],
): Promise<readonly WriteResult[]> {
  const results = new Map<DecidedWrite, WriteResult>();
  for (const one of decided) {
    const fate = await publishLetters(deps, one);
    if (fate !== "published") results.set(one, fate);
  }
  const ours = decided.filter((one) => !results.has(one) && one.write.isOurs());
  const result = await insertTogether(deps, ours);
  for (const one of ours) results.set(one, result);
  return decided.map((one) => results.get(one) ?? "dropped");
}

async function insertTogether(
  deps: RangeWriterDeps,
  decided: readonly DecidedWrite[],
): Promise<WriteResult> {
  if (decided.length === 0) return "written";
  const contents = decided.map(({ write, outcomes }) => ({
    range: rangeOf(write),
    outcomes,
    deadline: write.deadline,
  }));
  const writes = decided.map(({ write }) => write);
  return orFailure(deps, writes, async (): Promise<WriteResult> => {
    await deps.auditStore.insertRanges(contents);
    return "written";
  });
}

/** The second half, of a range of which some may be stored. */
export async function reconcileRange(
  deps: RangeWriterDeps,
  decided: DecidedWrite,
): Promise<WriteResult> {
  const fate = await publishLetters(deps, decided);
  if (fate !== "published") return fate;
  const { write, outcomes } = decided;
  if (!write.isOurs()) return "dropped";
  return orFailure(deps, [write], () => reconcile(deps, write, outcomes));
}

async function publishLetters(
  deps: RangeWriterDeps,
  { write, outcomes }: DecidedWrite,
): Promise<WriteResult | "published"> {
  if (!write.isOurs()) return "dropped";
  return orFailure(deps, [write], async () => {
    await deps.deadLetters.publish(write, write.records, outcomes);
    return "published" as const;
  });
}

async function orFailure<Value>(
  { log }: RangeWriterDeps,
  writes: readonly RangeWrite[],
  work: () => Promise<Value>,
): Promise<Value | WriteResult> {
  try {
    return await work();
  } catch (error) {
    const fields = errorFields(error);
    for (const { topic, partition, range, mode } of writes) {
      log.error({ topic, partition, ...range, mode, ...fields }, "range not stored");
    }
    return refusals.includes(fields.code) ? "refused" : "failed";
  }
}

/** One outcome per offset, in order; an offset without a record (compacted, transaction marker) is skipped. */
async function outcomesOf(
  { auditStore, decodedAhead }: RangeWriterDeps,
  write: RangeWrite,
): Promise<readonly PositionedOutcome[]> {
  const decodable = write.records.filter((record) => record.undecodable === undefined);
  const raw = decodable.map((record) => {
    const decoded = decodedAhead?.take(write, record);
    return { ...rawRecord(record, write), ...(decoded !== undefined && { decoded }) };
  });
  decodedAhead?.follow(write, write.range.end);
  const decided = await auditStore.decide(raw);
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
  source: kafkaSource(topic),
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

const rangeOf = ({ topic, partition, range: { start, end } }: RangeWrite): Range => ({
  source: kafkaSource(topic),
  partition,
  start,
  end,
});

/**
 * Reads back, writes what is missing, and reads back again. Writes only when no earlier write of the range can
 * land any more: a late one would double what is written here.
 */
async function reconcile(
  { auditStore, reader, metrics, log, clock }: RangeWriterDeps,
  write: RangeWrite,
  outcomes: readonly PositionedOutcome[],
): Promise<WriteResult> {
  const range = rangeOf(write);
  // Asked before the look: what lands after it is not seen, however late it is by the time of the answer. And asked
  // of the clock that holds writes to their deadlines: one that was put ahead would say so too soon.
  const now = reader === undefined ? clock.now() : await storeTime(reader);
  const hasLanded = now >= landedBy(write.range);
  const missing = await auditStore.missing(range, outcomes);
  metrics.count("deskwatch_ingest_reconciles_total", { result: missing.extent });
  log.info({ ...range, missing: missing.extent }, "range read back");
  if (missing.extent !== "all" && reader !== undefined) {
    await refuseReusedOffsets(reader, range, outcomes);
  }
  if (missing.extent === "none") return "written";
  if (!write.isOurs()) return "dropped";
  if (!hasLanded) return "deferred";
  const deadline = write.deadline;
  if (await auditStore.insertMissing(range, outcomes, missing, deadline)) return "written";
  const still = await auditStore.missing(range, outcomes);
  if (still.extent === "none") return "written";
  throw new UnsettledRangeError("rows missing after a repeated insert");
}

class UnsettledRangeError extends Error {
  readonly code = "ingest.unsettled_range";
}
