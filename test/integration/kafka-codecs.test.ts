/** Every codec of Kafka, written by the broker's own Java encoders and by ours, and one that nobody knows. */
import { gzipSync } from "node:zlib";
import kafkajs from "kafkajs";
import { unknownCodec } from "../../ingest/kafka/codecs.ts";
import { createIngestConsumer, type IngestConsumer } from "../../ingest/kafka/consumer.ts";
import { ensureTopics } from "../../ingest/kafka/topics.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import {
  message,
  names,
  produce,
  quietLog,
  startTestBroker,
  type TestBroker,
  testKafka,
  until,
} from "../helpers/broker.ts";
import { describeWith } from "../helpers/requires.ts";
import {
  createMemoryAuditStore,
  idsOf,
  type MemoryAuditStore,
} from "../unit/ingest/kafka/memory-audit-store.ts";

jest.setTimeout(120_000);

const gzip = async ({ buffer }: { buffer: Buffer }): Promise<Buffer> => gzipSync(buffer);

describeWith("kafka", "compression", () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startTestBroker();
  });
  afterAll(() => broker.stop());

  const consumerOf = (config: Config, auditStore: MemoryAuditStore): IngestConsumer =>
    createIngestConsumer({
      config,
      auditStore,
      metrics: createMetrics(),
      log: quietLog,
      clock: systemClock,
      onFailure: (error) => {
        throw error;
      },
    });

  async function ready(consumer: IngestConsumer): Promise<void> {
    await consumer.start();
    await until(consumer.ready);
  }

  it.each(["gzip", "snappy", "lz4", "zstd"])("reads %s as the broker writes it", async (codec) => {
    const config = broker.config(`java-${codec}`);
    await ensureTopics(config, quietLog);
    const admin = testKafka(config).admin();
    await admin.connect();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: config.topicAccess,
          configEntries: [{ name: "compression.type", value: codec }],
        },
      ],
    });
    await admin.disconnect();
    await produce(config, { topic: config.topicAccess, messages: names("m", 3000).map(message) });
    const store = createMemoryAuditStore();
    const consumer = consumerOf(config, store);
    await ready(consumer);
    await until(() => store.rows.length >= 3000);
    await consumer.stop();
    expect(idsOf(store).toSorted()).toEqual(names("m", 3000).toSorted());
  });

  it.each([
    { codec: "gzip", number: 1 },
    { codec: "snappy", number: 2 },
    { codec: "lz4", number: 3 },
  ])("writes $codec that the broker accepts and it reads back", async ({ codec, number }) => {
    const config = broker.config(`own-${codec}`);
    await ensureTopics(config, quietLog);
    await produce(config, {
      topic: config.topicAccess,
      messages: names("m", 500).map(message),
      compression: number,
    });
    const store = createMemoryAuditStore();
    const consumer = consumerOf(config, store);
    await ready(consumer);
    await until(() => store.rows.length >= 500);
    await consumer.stop();
    expect(idsOf(store).toSorted()).toEqual(names("m", 500).toSorted());
  });

  it("goes on behind a batch whose codec it does not know", async () => {
    const config = broker.config("codec");
    const store = createMemoryAuditStore();
    const consumer = consumerOf(config, store);
    await ready(consumer);
    const key = "one partition";
    const keyed = (prefix: string) => names(prefix, 20).map((id) => ({ ...message(id), key }));
    await produce(config, { topic: config.topicAccess, messages: keyed("before") });
    await until(() => store.rows.length === 20);
    const known = kafkajs.CompressionCodecs[1];
    const damaged = { ...unknownCodec(5), compress: gzip };
    Object.assign(kafkajs.CompressionCodecs, { 1: () => damaged });
    await produce(config, { topic: config.topicAccess, messages: keyed("inside"), compression: 1 });
    await produce(config, { topic: config.topicAccess, messages: keyed("behind") });
    await until(() => store.rows.length === 60);
    await consumer.stop();
    Object.assign(kafkajs.CompressionCodecs, { 1: known });
    expect(idsOf(store)).toEqual([...names("before", 20), ...names("behind", 20)]);
    const unknown = store.rows.filter(
      ({ outcome }) => outcome.kind === "dead_letter" && outcome.reason === "unknown_codec",
    );
    expect(unknown.map(({ position }) => position.offset)).toEqual(
      Array.from({ length: 20 }, (_, index) => 20 + index),
    );
  });
});
