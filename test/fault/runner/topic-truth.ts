/** What the topics hold: the truth that the store is compared with, read by a plain consumer. */
import type { EachBatchPayload, KafkaMessage } from "kafkajs";
import { kafkaRecord } from "../../../ingest/kafka/kafka-record.ts";
import type { Config } from "../../../ingest/runtime/settings.ts";
import { testKafka, until } from "../../helpers/broker.ts";

/** Offsets [low, high) of one partition. */
export interface PartitionOffsets {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

export interface TopicTruth {
  readonly offsets: readonly PartitionOffsets[];
  readonly eventIds: ReadonlySet<string>;
  /** Records that are no event, without tombstones, as `<offset>@<partition>@<topic>`. */
  readonly bad: ReadonlySet<string>;
}

export const topicsOf = (config: Config): readonly string[] => [
  config.topicAccess,
  config.topicSubjects,
  config.topicTickets,
  config.topicAgents,
];

export async function offsetsOf(config: Config): Promise<readonly PartitionOffsets[]> {
  const admin = testKafka(config).admin();
  await admin.connect();
  const found: PartitionOffsets[] = [];
  for (const topic of topicsOf(config)) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      found.push({ topic, partition, low: Number(low), high: Number(high) });
    }
  }
  await admin.disconnect();
  return found;
}

export const placeOf = ({ topic, partition }: Pick<PartitionOffsets, "topic" | "partition">) =>
  `${partition}@${topic}`;

/** What no codec opens has no value either, and is none. */
const isNoTombstone = (message: KafkaMessage): boolean =>
  message.value !== null || kafkaRecord(message).undecodable !== undefined;

const readMsMax = 120_000;
let reads = 0;

export async function readTruth(config: Config): Promise<TopicTruth> {
  const offsets = await offsetsOf(config);
  const eventIds = new Set<string>();
  const bad = new Set<string>();
  const left = new Map(
    offsets.filter(({ low, high }) => low < high).map((own) => [placeOf(own), own.high]),
  );
  const note = ({ batch }: EachBatchPayload): void => {
    const place = placeOf(batch);
    for (const { value, offset } of batch.messages.filter(isNoTombstone)) {
      const id = /"event_id":"([^"]+)"/.exec(value?.toString("utf8") ?? "")?.[1];
      if (id === undefined) bad.add(`${offset}@${place}`);
      else eventIds.add(id);
    }
    if (Number(batch.lastOffset()) + 1 >= (left.get(place) ?? 0)) left.delete(place);
  };
  reads += 1;
  const groupId = `truth-${config.kafkaIngestGroup}-${reads}`;
  const consumer = testKafka(config).consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topicsOf(config)], fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatch: async (payload) => note(payload) });
  await until(() => left.size === 0, readMsMax);
  await consumer.disconnect();
  return { offsets, eventIds, bad };
}

/** What either holds. Of one partition the ranges must meet or leave a hole that nothing was stored in. */
export function joined(one: TopicTruth, other: TopicTruth): TopicTruth {
  return {
    offsets: withoutOverlap([...one.offsets, ...other.offsets]),
    eventIds: new Set([...one.eventIds, ...other.eventIds]),
    bad: new Set([...one.bad, ...other.bad]),
  };
}

function withoutOverlap(all: readonly PartitionOffsets[]): readonly PartitionOffsets[] {
  const ends = new Map<string, number>();
  return [...all]
    .sort((a, b) => a.low - b.low)
    .map((own) => {
      const place = placeOf(own);
      const low = Math.max(own.low, ends.get(place) ?? own.low);
      ends.set(place, Math.max(own.high, low));
      return { ...own, low };
    })
    .filter(({ low, high }) => low < high);
}
