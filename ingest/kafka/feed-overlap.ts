/**
 * Whether a partition goes on where detection left it: some records before that place are read again and compared
 * with what is stored under their offsets. A topic that was made anew would otherwise be scored from the middle, and
 * the audit trail would never hold what was scored.
 */

import type { Reader } from "../clickhouse/define-query.ts";
import { contentOf } from "../clickhouse/event-rows.ts";
import { type DecodeContext, decodeRecord } from "../pipeline/decode.ts";
import { kafkaSource } from "../pipeline/decode-context.ts";
import { KafkaError } from "./kafka-error.ts";
import { type KafkaRecord, kafkaRecord, rawRecord } from "./kafka-record.ts";
import type { ReadBatch } from "./membership.ts";
import { refuseReusedOffsets } from "./reused-offsets.ts";

/** Records that are read again at most. */
const overlapRecords = 100;

/** Where to begin to read; `low`: the first offset that the broker has. */
export const beginBefore = (next: number, low: number): number =>
  Math.max(low, next - overlapRecords);

export interface OverlapDeps {
  readonly decode: DecodeContext;
  /** Of the audit trail; absent where there is none to compare with. */
  readonly trail?: Reader;
}

export interface Progress {
  /** First offset that was not scored. */
  readonly next: number;
  /** Whether reading has come as far as that. */
  hasArrived: boolean;
}

/** The records that were not scored. Throws `kafka.offsets_reused`, `kafka.offsets_regressed`. */
export async function unscored(
  deps: OverlapDeps,
  batch: ReadBatch,
  progress: Progress,
): Promise<readonly KafkaRecord[]> {
  const records = batch.messages.map(kafkaRecord);
  const again = records.filter(({ offset }) => offset < progress.next);
  if (again.length > 0 && progress.hasArrived) {
    const where = `partition ${batch.partition} of ${batch.topic}`;
    const code = "kafka.offsets_regressed";
    throw new KafkaError(`${where} went back: made anew?`, { code });
  }
  if (again.length > 0 && deps.trail !== undefined) await compare(deps.trail, deps, batch, again);
  progress.hasArrived ||= batch.end >= progress.next;
  return records.filter(({ offset }) => offset >= progress.next);
}

async function compare(
  trail: Reader,
  { decode }: OverlapDeps,
  batch: ReadBatch,
  records: readonly KafkaRecord[],
): Promise<void> {
  const { topic, partition } = batch;
  const source = kafkaSource(topic);
  const decodable = records.filter(({ undecodable }) => undecodable === undefined);
  const outcomes = decodable.map((record) => {
    const outcome = decodeRecord(rawRecord(record, batch), decode);
    const position = { source, partition, offset: record.offset };
    const content = outcome.kind === "event" ? contentOf(outcome.event) : undefined;
    return { position, outcome, bytes: null, ...(content !== undefined && { content }) };
  });
  const start = records[0]?.offset ?? 0;
  const end = (records.at(-1)?.offset ?? 0) + 1;
  await refuseReusedOffsets(trail, { source, partition, start, end }, outcomes);
}
