/**
 * The Kafka source of the audit trail: every record of the four topics leaves one outcome, stored exactly once.
 *
 * Reading only buffers. What is buffered is written in announced ranges (`range-step.ts`), and reading pauses
 * while too much waits.
 */
import type { Reader } from "../clickhouse/define-query.ts";
import { linkedEnd, storedEnd } from "../clickhouse/read-back.ts";
import type { Lease } from "../notary/lease.ts";
import type { AuditStore } from "../pipeline/audit-store.ts";
import { kafkaSource } from "../pipeline/decode-context.ts";
import { createLetterGuard } from "../pipeline/letter-guard.ts";
import type { Clock } from "../runtime/clock.ts";
import { errorFields, type Log } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Config } from "../runtime/settings.ts";
import { createKafka, type KafkaConfig } from "./client.ts";
import { createClockWatch } from "./clock-watch.ts";
import { createDeadLetterTopic, type DeadLetterTopic } from "./dead-letter-topic.ts";
import type { DecodedAhead } from "./decoded-ahead.ts";
import { createForeignRecords, type ForeignRecords } from "./foreign-records.ts";
import type { FormerMembers } from "./former-members.ts";
import { createGroupReader, type GroupReader, type GroupReaderOptions } from "./group-reader.ts";
import { createLagGauge } from "./lag-gauge.ts";
import type { TopicPartition } from "./membership.ts";
import { deliver, drain, isWorking, loseAll, tickAll } from "./partition-crew.ts";
import { partitionLease } from "./partition-lease.ts";
import { createPartitionRunner, type PartitionRunner } from "./partition-runner.ts";
import type { RangeLimits } from "./range-state.ts";
import { ensureTopics, eventTopics, type TopicNames } from "./topics.ts";
import { createWriteLine } from "./write-line.ts";
import { createWriteTurns } from "./write-turns.ts";

export type IngestConsumerConfig = KafkaConfig &
  TopicNames &
  Pick<
    Config,
    | "kafkaIngestGroup"
    | "kafkaSessionMs"
    | "batchRowsMax"
    | "batchBytesMax"
    | "batchMsMax"
    | "deadLetterShareMax"
  >;

export interface IngestConsumerDeps {
  readonly config: IngestConsumerConfig;
  /** Warmed. */
  readonly auditStore: AuditStore;
  /** Of the same store: tells a topic that was made anew from one that is read again. */
  readonly reader?: Reader;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  /** Shared with whoever else in the process decodes the same topics. */
  readonly decodedAhead?: DecodedAhead;
  /** Where the process is alone with its store. */
  readonly formerMembers?: FormerMembers;
  /** Called at most once: ingest has ended and the process should, too. */
  readonly onFailure: (error: Error) => void;
  /** The seam for tests. */
  readonly openReader?: (options: GroupReaderOptions) => GroupReader;
}

export interface IngestConsumer {
  /**
   * Creates missing topics and joins the group. Throws `kafka.clock_off`, `kafka.unreachable`,
   * `kafka.topic_missing`.
   */
  readonly start: () => Promise<void>;
  /** Stores and confirms what was read, then leaves the group: nothing is read twice. */
  readonly stop: () => Promise<void>;
  /** Whether it has joined the group and stands nowhere still. */
  readonly ready: () => boolean;
  /** Held by the owner of the first partition of accesses: one process of the group at a time. */
  readonly lease: Lease;
}

const tickEveryMs = 50;
const lagEveryMs = 5_000;

export function createIngestConsumer(deps: IngestConsumerDeps): IngestConsumer {
  const { config, log, metrics, clock, formerMembers } = deps;
  const common = { config, log, metrics, clock, formerMembers };
  const deadLetters = createDeadLetterTopic(createKafka(config, log), config.topicDeadLetters);
  const foreign = createForeignRecords(deps.auditStore);
  const write = createWriter(deps, deadLetters, foreign);
  const topics = [...new Set(Object.values(eventTopics(config)))];
  const partitions = new Map<string, PartitionRunner>();
  const { hasFailed, onFailure } = firstFailure(deps.onFailure);
  const all = () => [...partitions.values()];
  const reader = (deps.openReader ?? createGroupReader)({
    ...common,
    groupId: config.kafkaIngestGroup,
    topics,
    onFailure,
    onLost: () => {
      const lost = all();
      // First, so that none of them takes the turn of another.
      partitions.clear();
      loseAll(deps, lost);
    },
    onAssigned: (assigned) => {
      foreign.suspect();
      for (const at of assigned) {
        const runner = createPartitionRunner({ at, ...runnerDeps });
        partitions.set(keyOf(at), runner);
        deps.decodedAhead?.follow(at, 0);
        runner.dispatch({ kind: "assigned" });
      }
    },
    onBatch: async (batch) => {
      const runner = partitions.get(keyOf(batch));
      if (runner !== undefined) await deliver(runner, batch, { reader, lag });
    },
  });
  const runnerDeps = {
    reader,
    write,
    storedEnd: (at: TopicPartition) => storedEndOf(deps, at),
    linkedEnd: (at: TopicPartition) => linkedEndOf(deps, at),
    turns: createWriteTurns(limitsOf(config), all),
    ...common,
    onFailure,
    ...signals(deps),
  };
  const lag = createLagGauge({ reader, topics, metrics, log, runners: all });
  const clockWatch = createClockWatch({ reader: deps.reader, clock, log, onOff: onFailure });
  const tick = (): void => tickAll(deps, all(), clockWatch);
  const timers: NodeJS.Timeout[] = [];
  return {
    start: async () => {
      await clockWatch.check();
      await ensureTopics(config, log);
      await deadLetters.connect();
      await reader.start();
      timers.push(
        setInterval(tick, tickEveryMs),
        setInterval(() => void lag.poll(), lagEveryMs),
      );
    },
    stop: async () => {
      await drain(all());
      for (const timer of timers) clearInterval(timer);
      await reader.stop();
      await deadLetters.disconnect();
    },
    ready: () => !hasFailed() && reader.epoch() > 0 && all().every(isWorking),
    lease: partitionLease(reader, config.kafkaSessionMs, () =>
      partitions.has(`0@${config.topicAccess}`),
    ),
  };
}

function firstFailure(report: (error: Error) => void) {
  let hasFailed = false;
  return {
    hasFailed: (): boolean => hasFailed,
    onFailure: (error: Error): void => {
      if (hasFailed) return;
      hasFailed = true;
      report(error);
    },
  };
}

/** Where the store cannot say, everything is looked up before it is written. */
async function storedEndOf({ reader, log }: IngestConsumerDeps, at: TopicPartition) {
  if (reader === undefined) return Number.POSITIVE_INFINITY;
  try {
    return await storedEnd(reader, { source: kafkaSource(at.topic), partition: at.partition });
  } catch (error) {
    log.warn({ ...at, ...errorFields(error) }, "stored offsets not answered");
    return Number.POSITIVE_INFINITY;
  }
}

async function linkedEndOf({ reader, log }: IngestConsumerDeps, at: TopicPartition) {
  if (reader === undefined) return Number.POSITIVE_INFINITY;
  try {
    return await linkedEnd(reader, { source: kafkaSource(at.topic), partition: at.partition });
  } catch (error) {
    log.warn({ ...at, ...errorFields(error) }, "end of the chain not answered");
    return undefined;
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${partition}@${topic}`;

/** Of a partition that is alone. */
const limitsOf = (config: IngestConsumerConfig): RangeLimits => ({
  batchRowsMax: config.batchRowsMax,
  batchBytesMax: config.batchBytesMax,
  batchMsMax: config.batchMsMax,
  bufferRowsMax: config.batchRowsMax * 2,
  bufferBytesMax: config.batchBytesMax * 2,
  writeMsMax: config.kafkaSessionMs,
  idleMsMax: config.batchMsMax,
});

/** Written down for whoever watches; the gauge `halted` follows the state. */
function signals({ metrics, log }: IngestConsumerDeps) {
  return {
    onGap: ({ topic, partition }: TopicPartition, { from, to }: { from: number; to: number }) => {
      metrics.count("deskwatch_ingest_gap_records_total", { topic }, to - from);
      log.error({ topic, partition, from, to }, "records lost: the broker no longer had them");
    },
    onFallenBack: (
      { topic, partition }: TopicPartition,
      { from, to }: { from: number; to: number },
    ) => {
      metrics.count("deskwatch_ingest_fallen_back_records_total", { topic }, to - from);
      log.warn({ topic, partition, from, to }, "confirmed and not in the store: read again");
    },
    onHalt: (at: TopicPartition) => {
      log.error({ ...at }, "ingest halted; the error before says why");
    },
  };
}

function createWriter(
  deps: IngestConsumerDeps,
  deadLetters: DeadLetterTopic,
  foreign: ForeignRecords,
) {
  const { auditStore, metrics, log, clock, config } = deps;
  const writerDeps = {
    auditStore,
    reader: deps.reader,
    deadLetters,
    decodedAhead: deps.decodedAhead,
    learnForeign: foreign.learn,
    guard: createLetterGuard(config.deadLetterShareMax),
    metrics,
    log,
    clock,
  };
  return createWriteLine(writerDeps, limitsOf(config));
}
