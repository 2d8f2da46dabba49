/** The records of one batch as a segment for detection. */
import { decodeRecord } from "../pipeline/decode.ts";
import { kafkaSource } from "../pipeline/decode-context.ts";
import type { Metrics } from "../runtime/metrics.ts";
import { mapInTurns } from "../runtime/turns.ts";
import type { EventFeedDeps } from "./event-feed.ts";
import { noteGap, type Position } from "./feed-position.ts";
import type { GroupReader } from "./group-reader.ts";
import { type KafkaRecord, rawRecord } from "./kafka-record.ts";
import type { ReadBatch, TopicPartition } from "./membership.ts";
import type { AlignedSegment } from "./time-aligner.ts";

/** Records decoded at one go, some milliseconds. */
const recordsPerTurn = 300;

export interface SegmentDeps
  extends Pick<EventFeedDeps, "decode" | "trail" | "decodedAhead" | "metrics" | "log"> {
  readonly reader: GroupReader;
}

/** Records of a partition that detection has yet to read. */
export function noteLag(
  metrics: Pick<Metrics, "gauge">,
  { topic, partition }: TopicPartition,
  records: number,
): void {
  metrics.gauge("deskwatch_detect_lag_records", { topic, partition: String(partition) }, records);
}

interface UnscoredBatch extends ReadBatch {
  readonly records: readonly KafkaRecord[];
}

/** Decodes the batch, which goes on from `position` and moves it on. */
export async function segmentOf(
  deps: SegmentDeps,
  batch: UnscoredBatch,
  position: Position,
): Promise<AlignedSegment> {
  const { topic, partition, end, high, records } = batch;
  const first = records[0]?.offset ?? end;
  let start = position.next;
  position.next = end;
  if (first > start) {
    const low = (await deps.reader.bounds(topic)).get(partition)?.low ?? 0;
    const to = Math.min(low, first);
    noteGap(deps, batch, { from: start, to });
    start = Math.max(start, to);
  }
  noteLag(deps.metrics, batch, Math.max(0, high - end));
  const events = await mapInTurns(records, recordsPerTurn, (record) => {
    if (record.undecodable !== undefined) return [];
    const outcome = decodeRecord(rawRecord(record, batch), deps.decode);
    deps.decodedAhead?.offer(batch, record, outcome);
    return outcome.kind === "event" ? [{ offset: record.offset, event: outcome.event }] : [];
  });
  return { source: kafkaSource(topic), partition, start, end, events: events.flat() };
}
