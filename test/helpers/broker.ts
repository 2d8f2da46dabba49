/** A real broker for one suite: own folder, own port, stopped and removed at the end. */

import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import kafkajs, { type KafkaMessage, type Message } from "kafkajs";
import { createKafka } from "../../ingest/kafka/client.ts";
import { startLocalBroker } from "../../ingest/kafka/local-broker.ts";
import { loadConfig } from "../../ingest/runtime/config.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { runNames } from "./run-names.ts";

export interface TestBroker {
  /** Defaults but for the broker and short waits. `suffix` keeps topics and groups of tests apart. */
  readonly config: (suffix: string, changes?: Partial<Config>) => Config;
  readonly stop: () => Promise<void>;
}

export const quietLog = createLog({ logLevel: "silent" });

export async function startTestBroker(): Promise<TestBroker> {
  const folder = await mkdtemp(join(tmpdir(), "deskwatch-broker-"));
  const cacheDir = join(homedir(), ".cache");
  const broker = await startLocalBroker({ dataDir: folder, port: 0, cacheDir });
  const defaults = loadConfig({}).config;
  return {
    config: (suffix, changes = {}) => ({
      ...defaults,
      kafkaBrokers: [...broker.brokers],
      ...runNames(suffix),
      kafkaSessionMs: 6_000,
      batchMsMax: 100,
      ...changes,
    }),
    stop: async () => {
      await broker.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A plain client beside the one under test. */
export const testKafka = (config: Config) => createKafka(config, quietLog);

/** Waits for `isTrue` by asking it, within a bound; the wait is as long as it takes and no longer. */
export async function until(isTrue: () => boolean | Promise<boolean>, msMax = 30_000) {
  const deadline = Date.now() + msMax;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`not true within ${msMax} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Production {
  readonly topic: string;
  readonly messages: Message[];
  /** A codec number; 0: none. */
  readonly compression?: number;
}

/** Sends one batch per partition. */
export async function produce(config: Config, { topic, messages, compression = 0 }: Production) {
  const producer = testKafka(config).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    // Each message exactly once, so that tests may count offsets.
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  await producer.send({ topic, messages, compression });
  await producer.disconnect();
}

/** The first `count` records of a topic. */
export async function readAll(config: Config, topic: string, count: number) {
  const consumer = testKafka(config).consumer({ groupId: `read-${topic}` });
  const found: KafkaMessage[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: one }) => {
      found.push(one);
    },
  });
  await until(() => found.length >= count);
  await consumer.disconnect();
  return found;
}

/** A record that the audit store in memory takes for an event of this id, keyed by it. */
export const message = (id: string): Message => ({
  key: id,
  value: JSON.stringify({ event_id: id }),
});

/** `prefix-0`, `prefix-1`, …: `count` of them. */
export const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
