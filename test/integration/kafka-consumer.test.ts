/** The ingest consumer against a real broker: what goes in comes out once, whatever its form. */
import kafkajs from "kafkajs";
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
  readAll,
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

describeWith("kafka", "the ingest consumer", () => {
  let broker: TestBroker;
  const failures: Error[] = [];

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
      onFailure: (error) => failures.push(error),
    });

  async function ready(consumer: IngestConsumer): Promise<void> {
    await consumer.start();
    await until(consumer.ready);
  }

  it("stores one outcome per offset of all four topics", async () => {
    const config = broker.config("topics");
    const store = createMemoryAuditStore();
    const consumer = consumerOf(config, store);
    await ready(consumer);
    const topics = [
      config.topicAccess,
      config.topicSubjects,
      config.topicTickets,
      config.topicAgents,
    ];
    for (const topic of topics)
      await produce(config, { topic, messages: names(topic, 50).map(message) });
    await until(() => store.rows.length === 200);
    await consumer.stop();
    expect(idsOf(store).toSorted()).toEqual(topics.flatMap((topic) => names(topic, 50)).toSorted());
    expect(failures).toEqual([]);
  });

  it("gives poison, tombstones and large records an outcome, and dead letters their topic", async () => {
    const config = broker.config("poison");
    const store = createMemoryAuditStore();
    const consumer = consumerOf(config, store);
    await ready(consumer);
    const key = "k";
    const large = Buffer.alloc(900_000, "x");
    const topic = config.topicAccess;
    const messages = [
      { key, value: "not json", headers: { origin: "desk" } },
      { key, value: null },
      { ...message("good"), key },
    ];
    await produce(config, { topic, messages });
    await produce(config, { topic, messages: [{ key, value: large }] });
    await until(() => store.rows.length === 4);
    await consumer.stop();
    expect(store.rows.map(({ outcome }) => outcome.kind)).toEqual([
      "dead_letter",
      "skip",
      "event",
      "dead_letter",
    ]);
    const letters = await readAll(config, config.topicDeadLetters, 2);
    expect(letters.map(({ value }) => value?.length)).toEqual([8, large.length]);
    const headers = letters.map(({ headers: all = {} }) =>
      Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)])),
    );
    expect(headers[0]).toMatchObject({
      origin: "desk",
      "deskwatch-reason": "invalid_json",
      "deskwatch-source-topic": config.topicAccess,
      "deskwatch-source-offset": "0",
    });
  });

  it("reads on where it stopped: a graceful stop leaves nothing to be read twice", async () => {
    const config = broker.config("restart");
    const store = createMemoryAuditStore();
    for (const round of ["a", "b", "c"]) {
      const consumer = consumerOf(config, store);
      await ready(consumer);
      const before = store.rows.length;
      await produce(config, {
        topic: config.topicAccess,
        messages: names(round, 100).map(message),
      });
      await until(() => store.rows.length > before);
      await consumer.stop();
    }
    const last = consumerOf(config, store);
    await ready(last);
    await until(() => store.rows.length === 300);
    await last.stop();
    expect(idsOf(store).toSorted()).toEqual(
      ["a", "b", "c"].flatMap((round) => names(round, 100)).toSorted(),
    );
  });

  it("hands partitions over and back while records flow: 1, 2, 1 members, each record once", async () => {
    const config = broker.config("rebalance");
    const store = createMemoryAuditStore();
    const first = consumerOf(config, store);
    const second = consumerOf(config, store);
    await ready(first);
    let produced = 0;
    const flow = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round += 1) {
        const ids = names(`r${produced}`, 40);
        produced += 1;
        await produce(config, { topic: config.topicAccess, messages: ids.map(message) });
      }
    };
    await flow(5);
    const joined = ready(second);
    await flow(20);
    await joined;
    await until(first.ready);
    await flow(10);
    const left = second.stop();
    await flow(20);
    await left;
    await until(() => store.rows.length >= produced * 40);
    await first.stop();
    expect(new Set(idsOf(store)).size).toBe(produced * 40);
    expect(store.rows).toHaveLength(produced * 40);
    expect(failures).toEqual([]);
  });

  it("counts offsets of transaction markers as outcomes without a record", async () => {
    const config = broker.config("transaction");
    const store = createMemoryAuditStore();
    await ensureTopics(config, quietLog);
    const producer = testKafka(config).producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      idempotent: true,
      transactionalId: "t",
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const key = "k";
    for (const isKept of [true, false, true]) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: config.topicAccess, messages: [{ ...message("x"), key }] });
      await (isKept ? transaction.commit() : transaction.abort());
    }
    await producer.disconnect();
    const consumer = consumerOf(config, store);
    await ready(consumer);
    await until(() => store.rows.length === 6);
    await consumer.stop();
    const kinds = store.rows.map(({ outcome }) => outcome.kind);
    expect(kinds).toEqual(["event", "skip", "skip", "skip", "event", "skip"]);
  });
});
