/**
 * A topic that keeps the checkpoints of a log for ever: what a topic witness writes to and reads back.
 *
 * One partition, so that the broker's order is the order of the checkpoints. It is read rarely and whole windows
 * at a time, each time as a consumer group of its own that is deleted afterwards.
 */
import { randomUUID } from "node:crypto";
import kafkajs, { type Admin, type Consumer, type Kafka, type KafkaMessage } from "kafkajs";
import type { NoteRecord, NoteTopic } from "../ledger/witnesses/topic-witness.ts";
import type { Log } from "../runtime/log.ts";
import { createKafka, type KafkaConfig } from "./client.ts";
import { KafkaError } from "./kafka-error.ts";

export interface KafkaNoteTopic extends NoteTopic {
  /** Creates the topic where it is missing. Throws `kafka.unreachable`. */
  readonly connect: () => Promise<void>;
  readonly disconnect: () => Promise<void>;
}

export interface NoteTopicOptions {
  readonly config: KafkaConfig;
  readonly topic: string;
  readonly log: Log;
  /** Newest records that are read back, of all keys. */
  readonly recordsMax?: number;
}

const recordsRead = 1_000;
const partition = 0;
/** Longest wait for all of them; joining a group alone takes three seconds on a broker as it comes. Milliseconds. */
const readMsMax = 30_000;
const growthHeader = "deskwatch-growth";
const keptForEver = { "cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1" };

export function createKafkaNoteTopic(options: NoteTopicOptions): KafkaNoteTopic {
  const { config, topic, log, recordsMax = recordsRead } = options;
  const kafka = createKafka(config, log);
  const admin = kafka.admin();
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  let isConnected = false;
  return {
    connect: async () => {
      try {
        await admin.connect();
        await ensureTopic(admin, topic, log);
        await producer.connect();
        isConnected = true;
      } catch (cause) {
        await admin.disconnect();
        const brokers = config.kafkaBrokers.join(", ");
        const message = `no topic for checkpoints at ${brokers}`;
        throw new KafkaError(message, { code: "kafka.unreachable", cause });
      }
    },
    disconnect: async () => {
      isConnected = false;
      await producer.disconnect();
      await admin.disconnect();
    },
    append: async (key, { note, growth }) => {
      const message = { key, value: note, partition, headers: { [growthHeader]: growth } };
      await producer.send({ topic, messages: [message], acks: -1 });
    },
    newest: async (key) => {
      // The client would connect by itself, behind the back of whoever has closed it.
      if (!isConnected) throw new KafkaError("not connected", { code: "kafka.unreachable" });
      const window = await newestWindow(admin, topic, recordsMax);
      if (window === undefined) return [];
      const groupId = `${config.kafkaClientId}-witness-${randomUUID()}`;
      const messages = await readWindow({ kafka, topic, groupId }, window);
      // A group that stays behind does no harm, and the broker forgets it in time.
      await admin.deleteGroups([groupId]).catch(() => undefined);
      return messages.filter((message) => message.key?.toString() === key).map(recordOf);
    },
  };
}

async function ensureTopic(admin: Admin, topic: string, log: Log): Promise<void> {
  const configEntries = Object.entries(keptForEver).map(([name, value]) => ({ name, value }));
  const wanted = { topic, numPartitions: 1, configEntries };
  if (await admin.createTopics({ topics: [wanted], waitForLeaders: true })) {
    log.info({ topics: [topic] }, "topics created");
  }
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const resource = { type, name: topic, configNames: Object.keys(keptForEver) };
  const { resources } = await admin.describeConfigs({
    resources: [resource],
    includeSynonyms: false,
  });
  const wantedValues = new Map<string, string>(Object.entries(keptForEver));
  const others = (resources[0]?.configEntries ?? [])
    .filter(({ configName, configValue }) => wantedValues.get(configName) !== configValue)
    .map(({ configName, configValue }) => [configName, configValue] as const);
  if (others.length > 0) {
    log.warn({ topic, ...Object.fromEntries(others) }, "topic does not keep checkpoints for ever");
  }
}

/** Offsets `from` … `to` - 1. */
interface Window {
  readonly from: number;
  readonly to: number;
}

async function newestWindow(
  admin: Admin,
  topic: string,
  recordsMax: number,
): Promise<Window | undefined> {
  const offsets = await admin.fetchTopicOffsets(topic);
  const ours = offsets.find((one) => one.partition === partition);
  const to = Number(ours?.high ?? 0);
  const from = Math.max(Number(ours?.low ?? 0), to - recordsMax);
  return from < to ? { from, to } : undefined;
}

interface Reading {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
}

/** Rejects with `kafka.unreachable` when the broker has not answered all of it in time. */
async function readWindow(
  { kafka, topic, groupId }: Reading,
  { from, to }: Window,
): Promise<KafkaMessage[]> {
  const consumer = kafka.consumer({ groupId });
  const found = new Map<number, KafkaMessage>();
  // Between joining and the first fetch, so that no batch is given up half-way for the seek.
  consumer.on(consumer.events.GROUP_JOIN, () =>
    consumer.seek({ topic, partition, offset: String(from) }),
  );
  const end = untilRead(consumer, to);
  const start = async (): Promise<void> => {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition: at, message }) => {
        if (at === partition) found.set(Number(message.offset), message);
      },
    });
  };
  try {
    await Promise.all([end.reached, start()]);
  } finally {
    end.forget();
    await consumer.disconnect();
  }
  const inWindow = [...found].filter(([offset]) => offset >= from && offset < to);
  return inWindow.toSorted(([a], [b]) => a - b).map(([, message]) => message);
}

interface End {
  /** Resolves once the last offset was handed over, be it a record or a marker of the broker's own. */
  readonly reached: Promise<void>;
  readonly forget: () => void;
}

function untilRead(consumer: Consumer, to: number): End {
  let timer: NodeJS.Timeout | undefined;
  const reached = new Promise<void>((resolve, reject) => {
    const fail = (cause?: Error): void => {
      const options = { code: "kafka.unreachable", cause };
      reject(new KafkaError("the topic of checkpoints was not read to its end", options));
    };
    timer = setTimeout(fail, readMsMax);
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.partition === partition && Number(payload.lastOffset) >= to - 1) resolve();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) fail(payload.error);
    });
  });
  return { reached, forget: () => clearTimeout(timer) };
}

function recordOf({ value, headers }: KafkaMessage): NoteRecord {
  const growth = [headers?.[growthHeader]].flat()[0];
  return { note: value?.toString() ?? "", growth: growth?.toString() ?? "" };
}
