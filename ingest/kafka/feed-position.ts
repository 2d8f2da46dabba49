/** Where detection goes on in a partition. */
import { kafkaSource } from "../pipeline/decode-context.ts";
import type { Log } from "../runtime/log.ts";
import { beginBefore, type Progress } from "./feed-overlap.ts";
import type { GroupReader } from "./group-reader.ts";
import { KafkaError } from "./kafka-error.ts";
import type { TopicPartition } from "./membership.ts";

/** Where a partition goes on; `undefined`: at the committed offset, or else at the beginning. */
export type StartOffset = (source: string, partition: number) => number | undefined;

export interface Position extends Progress {
  readonly at: TopicPartition;
  next: number;
  /** Where reading begins. */
  readonly from: number;
  /** Records that the broker had when reading began. */
  readonly behind: number;
}

interface PositionDeps {
  readonly reader: GroupReader;
  readonly log: Log;
}

interface Beginning {
  readonly startOf: StartOffset;
  readonly epoch: number;
}

/** `undefined`: the epoch has ended meanwhile. Throws `kafka.log_truncated`. */
export async function positionOf(
  deps: PositionDeps,
  at: TopicPartition,
  { startOf, epoch }: Beginning,
): Promise<Position | undefined> {
  const committed = await deps.reader.committed(at, epoch);
  if (committed === undefined) return undefined;
  const { offset, low, high } = committed;
  const wanted = startOf(kafkaSource(at.topic), at.partition) ?? offset ?? low;
  if (wanted > high) throw cutOff(at);
  noteGap(deps, at, { from: wanted, to: low });
  const next = Math.max(wanted, low);
  const from = beginBefore(next, low);
  return { at, next, from, behind: Math.max(0, high - next), hasArrived: next === from };
}

/** What the broker no longer has was never scored, and nothing can score it any more. */
export function noteGap(
  { log }: Pick<PositionDeps, "log">,
  at: TopicPartition,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  if (from < to) log.error({ ...at, from, to }, "records lost to detection");
}

const cutOff = ({ topic, partition }: TopicPartition): KafkaError =>
  new KafkaError(`partition ${partition} of ${topic} ends before what was scored: made anew?`, {
    code: "kafka.log_truncated",
  });
