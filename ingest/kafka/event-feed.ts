/**
 * The topics as detection reads them: a consumer group of its own, one owner, decoded events in order of arrival.
 *
 * The owner says from which offset each partition goes on (what it has recorded), and when offsets are worth
 * committing. The audit trail never waits for this reader, nor this one for the audit trail.
 */
import type { Reader } from "../clickhouse/define-query.ts";
import type { Lease } from "../notary/lease.ts";
import type { DecodeContext } from "../pipeline/decode.ts";
import { kafkaSource } from "../pipeline/decode-context.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Config } from "../runtime/settings.ts";
import type { KafkaConfig } from "./client.ts";
import { createClockWatch } from "./clock-watch.ts";
import type { DecodedAhead } from "./decoded-ahead.ts";
import { unscored } from "./feed-overlap.ts";
import { createFeedOwnership } from "./feed-ownership.ts";
import { type Position, positionOf, type StartOffset } from "./feed-position.ts";
import { feedRoom } from "./feed-room.ts";
import { noteLag, type SegmentDeps, segmentOf } from "./feed-segment.ts";
import type { FormerMembers } from "./former-members.ts";
import { createGroupReader, type GroupReader } from "./group-reader.ts";
import { KafkaError } from "./kafka-error.ts";
import type { ReadBatch, TopicPartition } from "./membership.ts";
import { partitionLease } from "./partition-lease.ts";
import { createSegmentQueue, type FeedSegment, type SegmentQueue } from "./segment-queue.ts";
import { singleOwnerAssigner } from "./single-owner.ts";
import { ensureTopics, eventTopics, type TopicNames } from "./topics.ts";

export interface EventFeedDeps {
  readonly config: KafkaConfig & TopicNames & Pick<Config, "kafkaDetectGroup" | "kafkaSessionMs">;
  readonly decode: DecodeContext;
  /** Of the audit trail: tells a topic that was made anew. */
  readonly trail?: Reader;
  /**
   * Of the store that the owner records in: a clock ahead of the store's would let a recording land long after another
   * has taken over. Absent where nothing is recorded.
   */
  readonly storeClock?: Reader;
  /** Shared with the audit trail where it runs in the same process. */
  readonly decodedAhead?: DecodedAhead;
  /** Where the process is alone with its store. */
  readonly formerMembers?: FormerMembers;
  /**
   * Asked each time all partitions become ours, also again after a rebalance that left them with us. Until it
   * answers nothing is read: a standby recovers here.
   */
  readonly startOffsets: () => Promise<StartOffset>;
  /** Takes segments one at a time; reading pauses while too many offsets wait for it. */
  readonly onSegment: (segment: FeedSegment) => Promise<void>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  /** Called at most once, also when the partitions went to another process (`kafka.ownership_lost`). */
  readonly onFailure: (error: Error) => void;
}

export interface EventFeed {
  /** Throws `kafka.clock_off`, `kafka.unreachable`, `kafka.topic_missing`. */
  readonly start: () => Promise<void>;
  /** Hands over what was read, then leaves the group. */
  readonly stop: () => Promise<void>;
  /** Commits what `onSegment` has taken so far. Best effort: the owner's own record is what counts. */
  readonly commit: () => Promise<void>;
  /** Whether it has joined, as owner or standby. */
  readonly ready: () => boolean;
  readonly isOwner: () => boolean;
  /** Of all partitions. */
  readonly lease: Lease;
}

export function createEventFeed(deps: EventFeedDeps): EventFeed {
  const { config, log, metrics, clock } = deps;
  const positions = new Map<string, Position>();
  let isStopping = false;
  const ownership = createFeedOwnership({
    signsOfLife: () => reader.signsOfLife(),
    sessionMs: config.kafkaSessionMs,
    clock,
  });
  const { onFailure, hasFailed } = failingOnce(deps.onFailure);
  const clockWatch = watchClock(deps, onFailure);
  const queue = createSegmentQueue({ onSegment: deps.onSegment, onFailure });
  const begin = async (partitions: readonly TopicPartition[]): Promise<void> => {
    each(partitions, reader.pause);
    const epoch = reader.epoch();
    try {
      // What was read before a rebalance is taken before the owner says where to go on.
      await queue.flush();
      const startOf = await deps.startOffsets();
      for (const at of partitions) {
        const position = await positionOf({ ...deps, reader }, at, { startOf, epoch });
        if (position === undefined || reader.epoch() !== epoch) return;
        place({ positions, queue, reader, metrics }, position);
      }
      // Only now, so that every backlog is known before the first record is handed over.
      each(partitions, reader.resume);
    } catch (cause) {
      onFailure(new KafkaError("detection could not begin", { code: "kafka.feed_failed", cause }));
    }
  };
  const reader: GroupReader = createGroupReader({
    config,
    groupId: config.kafkaDetectGroup,
    topics: [...new Set(Object.values(eventTopics(config)))],
    log,
    metrics,
    clock,
    assigner: singleOwnerAssigner(ownership.stays),
    formerMembers: deps.formerMembers,
    onFailure,
    onLost: () => {
      ownership.suspend();
      positions.clear();
    },
    onAssigned: (partitions) => {
      const become = ownership.assigned(partitions.length);
      if (become === "lost") onFailure(ownershipLost());
      else if (become === "owner") void begin(partitions);
    },
    onBatch: async (batch) => {
      await deps.decodedAhead?.untilRoom();
      const position = positions.get(keyOf(batch));
      if (position === undefined) return;
      const isCurrent = () => !isStopping && positions.get(keyOf(batch)) === position;
      await take({ ...deps, reader, queue, positions, onFailure, isCurrent }, batch, position);
    },
  });
  return {
    start: async () => {
      await clockWatch.start();
      await ensureTopics(config, log);
      await reader.start();
    },
    stop: async () => {
      isStopping = true;
      clockWatch.stop();
      for (const { at } of positions.values()) reader.pause(at);
      if (!hasFailed()) await queue.flush();
      await reader.stop();
    },
    commit: () => commitTaken(reader, [...positions.values()], queue.taken()),
    ready: () => !hasFailed() && reader.epoch() > 0,
    isOwner: ownership.isOwner,
    lease: partitionLease(reader, config.kafkaSessionMs, ownership.isAssigned),
  };
}

const tickEveryMs = 50;

/** From its start on, which rejects with `kafka.clock_off`, until its stop. */
function watchClock({ storeClock, clock, log }: EventFeedDeps, onOff: (error: Error) => void) {
  const { check, tick } = createClockWatch({ reader: storeClock, clock, log, onOff });
  let ticking: NodeJS.Timeout | undefined;
  return {
    start: async (): Promise<void> => {
      await check();
      ticking = setInterval(tick, tickEveryMs).unref();
    },
    stop: (): void => clearInterval(ticking),
  };
}

interface Places {
  readonly positions: Map<string, Position>;
  readonly queue: SegmentQueue;
  readonly reader: GroupReader;
  readonly metrics: Metrics;
}

function place({ positions, queue, reader, metrics }: Places, position: Position): void {
  const { at, from, behind } = position;
  positions.set(keyOf(at), position);
  // Whoever has read nothing yet would otherwise seem to have no lag.
  noteLag(metrics, at, behind);
  queue.expect(kafkaSource(at.topic), at.partition, behind);
  reader.seek(at, from);
}

interface TakingDeps extends SegmentDeps {
  readonly queue: SegmentQueue;
  /** All that are ours. */
  readonly positions: ReadonlyMap<string, Position>;
  readonly onFailure: (error: Error) => void;
  /** Whether the partition has stayed with us since the batch was read, and somebody still takes it. */
  readonly isCurrent: () => boolean;
}

async function take(deps: TakingDeps, batch: ReadBatch, position: Position): Promise<void> {
  const { queue } = deps;
  try {
    const records = await unscored(deps, batch, position);
    if (batch.end <= position.next) return;
    const segment = await segmentOf(deps, { ...batch, records }, position);
    // It is read again from where detection stands, by whoever then owns the partition.
    if (!deps.isCurrent()) return;
    queue.push(segment, Math.max(0, batch.high - batch.end));
    holdBack(deps, batch);
  } catch (cause) {
    // The client would hand the batch over again, a part of which is taken.
    deps.onFailure(readingFailed(cause));
  }
}

function holdBack(
  { queue, reader, positions, metrics }: TakingDeps,
  { topic, partition }: TopicPartition,
): void {
  const source = kafkaSource(topic);
  const room = feedRoom(positions.size);
  if (queue.waitingOf(source, partition) < room.high) return;
  const epoch = reader.epoch();
  metrics.count("deskwatch_detect_held_back_total", {});
  reader.pause({ topic, partition });
  void queue.untilRoom(source, partition, room.low).then(() => {
    if (reader.epoch() === epoch) reader.resume({ topic, partition });
  });
}

function failingOnce(fail: (error: Error) => void) {
  let failed = false;
  return {
    hasFailed: (): boolean => failed,
    onFailure: (error: Error): void => {
      if (!failed) fail(error);
      failed = true;
    },
  };
}

const each = <Value>(values: readonly Value[], act: (value: Value) => void): void => {
  for (const value of values) act(value);
};

const keyOf = ({ topic, partition }: TopicPartition): string => `${partition}@${topic}`;

const ownershipLost = (): KafkaError =>
  new KafkaError("another process has taken the topics over", { code: "kafka.ownership_lost" });

const readingFailed = (cause: unknown): Error =>
  cause instanceof KafkaError
    ? cause
    : new KafkaError("detection could not read on", { code: "kafka.feed_failed", cause });

async function commitTaken(
  reader: GroupReader,
  positions: readonly Position[],
  taken: readonly FeedSegment[],
): Promise<void> {
  const epoch = reader.epoch();
  for (const { source, partition, end } of taken) {
    const owned = positions.find(
      ({ at }) => kafkaSource(at.topic) === source && at.partition === partition,
    );
    if (owned === undefined) continue;
    await reader.commit({ ...owned.at, offset: end, metadata: "" }, epoch);
  }
}
