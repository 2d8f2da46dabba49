/**
 * A member of a consumer group over kafkajs: which partitions are ours, what was read of them, fenced commits,
 * pause, resume and seek. A crash that kafkajs cannot mend, and silence, are reported once as a failure.
 */
import kafkajs, { type Consumer, type PartitionAssigner } from "kafkajs";
import type { Clock } from "../runtime/clock.ts";
import { errorFields, type Log } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Config } from "../runtime/settings.ts";
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";
import { createKafka, type KafkaConfig } from "./client.ts";
import type { FormerMembers } from "./former-members.ts";
import { KafkaError } from "./kafka-error.ts";
import {
  type CommitOutcome,
  createMembership,
  type Membership,
  type MembershipEvents,
  noticingAssigner,
  type OffsetCommit,
  type TopicPartition,
} from "./membership.ts";
import type { Committed } from "./range-state.ts";
import { type Bounds, createTopicOffsets } from "./topic-offsets.ts";
import { watchForSilence } from "./watchdog.ts";

export interface GroupReaderOptions extends MembershipEvents {
  readonly config: KafkaConfig & Pick<Config, "kafkaSessionMs">;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** How the group shares partitions; evenly by default. */
  readonly assigner?: PartitionAssigner;
  /** Where the process is alone with its store. */
  readonly formerMembers?: FormerMembers | undefined;
  /** Called once; the reader is then of no further use. */
  readonly onFailure: (error: Error) => void;
}

export interface GroupReader {
  readonly start: () => Promise<void>;
  /** Leaves the group, so that others take over at once. */
  readonly stop: () => Promise<void>;
  /** Counts assignments; 0 while a join is under way. */
  readonly epoch: () => number;
  readonly signsOfLife: () => SignsOfLife;
  /** One attempt under `epoch`; never throws. `metadata` is kept beside the offset. */
  readonly commit: (commit: OffsetCommit, epoch: number) => Promise<CommitOutcome>;
  readonly pause: (at: TopicPartition) => void;
  readonly resume: (at: TopicPartition) => void;
  readonly seek: (at: TopicPartition, offset: number) => void;
  /** Asks until it is answered; `undefined`: the epoch has ended meanwhile. */
  readonly committed: (at: TopicPartition, epoch: number) => Promise<Committed | undefined>;
  /** First offset and the one after the last, by partition. */
  readonly bounds: (topic: string) => Promise<ReadonlyMap<number, Bounds>>;
}

export interface SignsOfLife {
  /** When the present assignment was made. */
  readonly joinedAt: EpochMs;
  /** When the coordinator last heard of this member, at the latest. */
  readonly beatAt: EpochMs;
}

/** Longest wait of the broker for new records, and of this client after all partitions were paused. */
const fetchMsMax = 250;

/** Wait between two questions to a coordinator that does not answer. Milliseconds. */
const askAgainMs = 250;

/** Connects nothing yet. */
export function createGroupReader(options: GroupReaderOptions): GroupReader {
  const { config, groupId, topics, log } = options;
  const assigner = options.assigner ?? kafkajs.PartitionAssigners.roundRobin;
  const kafka = createKafka(config, log);
  const offsets = createTopicOffsets(kafka, groupId);
  const membership = createMembership(options, log);
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: config.kafkaSessionMs,
    heartbeatInterval: Math.floor(config.kafkaSessionMs / 4),
    rebalanceTimeout: config.kafkaSessionMs * 2,
    maxWaitTimeInMs: fetchMsMax,
    partitionAssigners: [noticingAssigner(assigner, membership.lose)],
  });
  const watchdog = watchForSilence({ clock: options.clock, onSilence: options.onFailure });
  let life: SignsOfLife = { joinedAt: epochMs(0), beatAt: epochMs(0) };
  const beat = (): void => {
    life = { ...life, beatAt: options.clock.now() };
  };
  consumer.on(consumer.events.HEARTBEAT, beat);
  consumer.on(consumer.events.GROUP_JOIN, () => {
    const now = options.clock.now();
    life = { joinedAt: now, beatAt: now };
  });
  listen(consumer, { ...options, membership, onSignOfLife: watchdog.alive });
  const run = () =>
    consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => membership.deliver(payload),
    });
  /** A consumer that restarts has no partitions; it is told everything again when it has joined. */
  const tell = (order: () => void): void => {
    try {
      order();
    } catch (error) {
      log.debug(errorFields(error), "kafka consumer is between two runs");
    }
  };
  const only = ({ topic, partition }: TopicPartition) => [{ topic, partitions: [partition] }];
  return {
    start: async () => {
      await options.formerMembers?.leave(kafka, groupId);
      await offsets.connect();
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await run();
      watchdog.start();
    },
    stop: async () => {
      watchdog.stop();
      membership.end();
      await consumer.disconnect();
      options.formerMembers?.left(groupId);
      await offsets.disconnect();
    },
    epoch: membership.epoch,
    signsOfLife: () => life,
    commit: membership.commit,
    pause: (at) => tell(() => consumer.pause(only(at))),
    resume: (at) => tell(() => consumer.resume(only(at))),
    seek: (at, offset) => tell(() => consumer.seek({ ...at, offset: String(offset) })),
    committed: async (at, epoch) => {
      while (epoch === membership.epoch()) {
        try {
          return await offsets.committed(at, epoch);
        } catch (error) {
          log.warn({ ...at, ...errorFields(error) }, "committed offset not answered");
          await new Promise((resolve) => setTimeout(resolve, askAgainMs));
        }
      }
      return undefined;
    },
    bounds: offsets.bounds,
  };
}

interface Listening extends GroupReaderOptions {
  readonly membership: Membership;
  readonly onSignOfLife: () => void;
}

function listen(consumer: Consumer, options: Listening): void {
  const { membership, onSignOfLife, groupId, log } = options;
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    onSignOfLife();
    options.formerMembers?.joined(groupId, payload.memberId);
    membership.joined(
      Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      ),
    );
  });
  consumer.on(consumer.events.FETCH, onSignOfLife);
  consumer.on(consumer.events.HEARTBEAT, onSignOfLife);
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    // A batch of the broker's own records only (transaction markers) is never handed to `eachBatch`.
    if (payload.batchSize > 0 || !membership.canCommit()) return;
    const { topic, partition } = payload;
    const end = Number(payload.lastOffset) + 1;
    const high = Number(payload.highWatermark);
    options.onBatch({ topic, partition, messages: [], end, high }).catch((error: unknown) => {
      // The next batch of the partition covers these offsets, too.
      log.warn({ topic, partition, ...errorFields(error) }, "kafka control batch not noted");
    });
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    membership.crashed();
    if (payload.restart) {
      options.metrics.count("deskwatch_kafka_consumer_restarts_total", { group: groupId });
      log.error(errorFields(payload.error), "kafka consumer crashed and restarts");
    } else {
      const cause = payload.error;
      options.onFailure(new KafkaError("kafka consumer crashed", { code: "kafka.crashed", cause }));
    }
  });
}
