/** Kafka and the real store together: CloudEvents, bad input, lost records, and a topic that was made anew. */
import type { Message } from "kafkajs";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { createIngestConsumer } from "../../ingest/kafka/consumer.ts";
import { ensureTopics } from "../../ingest/kafka/topics.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { type StoredCounts, storedCounts } from "../fault/stored-counts.ts";
import {
  produce,
  quietLog,
  startTestBroker,
  type TestBroker,
  testKafka,
  until,
} from "../helpers/broker.ts";
import { describeWith } from "../helpers/requires.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(120_000);

const key = (fill: number) => `1:${Buffer.alloc(32, fill).toString("base64")}`;
const keys = { tokenKey: key(1), masterKey: key(2) };
const time = "2026-01-05T10:00:00.000Z";
const hired = (id: string) => ({
  kind: "agent",
  event_id: id,
  time,
  type: "hired",
  agent_id: "agent-1",
});
/** All in one partition. */
const message = (value: object | string | Buffer, headers: Message["headers"] = {}): Message => ({
  key: "k",
  value: typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value),
  headers,
});
const many = (prefix: string, count: number): Message[] =>
  Array.from({ length: count }, (_, index) => message(hired(`${prefix}-${index}`)));

describeWith("kafka", "Kafka into the audit trail", () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startTestBroker();
  });
  afterAll(() => broker.stop());

  async function openIngest(config: Config, store: Store) {
    const metrics = createMetrics();
    const auditStore = createAuditStore({ store, config, clock: systemClock, metrics });
    await auditStore.warm();
    const failures: Error[] = [];
    const consumer = createIngestConsumer({
      config,
      auditStore,
      reader: store.reader,
      metrics,
      log: quietLog,
      clock: systemClock,
      onFailure: (error) => failures.push(error),
    });
    await consumer.start();
    return { consumer, metrics, failures };
  }

  /** Runs ingest until `outcomes` are stored, and stops it. */
  async function ingest(config: Config, store: Store, outcomes: number): Promise<StoredCounts> {
    const { consumer, failures } = await openIngest(config, store);
    await until(async () => (await storedCounts(store.reader)).outcomes >= outcomes);
    await consumer.stop();
    expect(failures).toEqual([]);
    return storedCounts(store.reader);
  }

  const reasons = async (store: Store): Promise<Readonly<Record<string, number>>> => {
    const rows = await store.reader.query(
      "SELECT reason, count() AS rows FROM outcomes GROUP BY reason ORDER BY reason",
      {},
    );
    return Object.fromEntries(
      rows.map((row) => {
        const { reason, rows: count } = row as { reason: string; rows: number };
        return [reason, Number(count)];
      }),
    );
  };

  it("takes CloudEvents in binary mode and gives every bad record its outcome", async () => {
    const config = broker.config("bad", { ...keys, deadLetterShareMax: 1 });
    await ensureTopics(config, quietLog);
    const cloudEvent = {
      ce_specversion: "1.0",
      ce_id: "c1",
      ce_source: "/desk",
      ce_type: "agent",
      "content-type": "application/json",
    };
    const messages = [
      message(hired("plain")),
      message(hired("c1"), cloudEvent),
      message("{"),
      message({ ...hired("x1"), kind: "ticket", ticket_id: "t" }),
      message({ ...hired("x2"), type: "promoted" }),
      message({ kind: "agent", event_id: "x3", time }),
      message({ ...hired("x4"), time: "yesterday" }),
      message({ ...hired("x5"), time: "2999-01-01T00:00:00.000Z" }),
      message(hired("plain")),
      message({ ...hired("plain"), agent_id: "agent-2" }),
      { key: "k", value: null },
    ];
    await produce(config, { topic: config.topicAgents, messages });
    await withStore(async (store) => {
      const counts = await ingest(config, store, messages.length);
      expect(counts).toMatchObject({ events: 2, deadLetters: 7, doubledRows: 0 });
      expect(await reasons(store)).toEqual({
        agent: 2,
        duplicate: 1,
        future_time: 1,
        id_conflict: 1,
        invalid_json: 1,
        invalid_time: 1,
        missing_field: 1,
        tombstone: 1,
        unknown_enum: 1,
        wrong_kind: 1,
      });
    });
  });

  it("takes a record that is larger than it decodes for a dead letter and goes on", async () => {
    const config = broker.config("large", {
      ...keys,
      recordBytesMax: 2_048,
      deadLetterShareMax: 1,
    });
    await ensureTopics(config, quietLog);
    const messages = [message(Buffer.alloc(3_000, "x")), message(hired("behind"))];
    await produce(config, { topic: config.topicAgents, messages });
    await withStore(async (store) => {
      await ingest(config, store, 2);
      expect(await reasons(store)).toEqual({ agent: 1, too_large: 1 });
    });
  });

  it("halts loudly at too large a share of dead letters", async () => {
    const config = broker.config("share", { ...keys, deadLetterShareMax: 0.1 });
    await ensureTopics(config, quietLog);
    const messages = Array.from({ length: 1_500 }, () => message("{"));
    await produce(config, { topic: config.topicAgents, messages });
    await withStore(async (store) => {
      const { consumer, metrics } = await openIngest(config, store);
      const isHalted = async () =>
        (await metrics.registry.getSingleMetricAsString("deskwatch_ingest_halted")).includes(" 1");
      await until(isHalted);
      expect(consumer.ready()).toBe(false);
      await consumer.stop();
    });
  });

  it("stores nothing twice when the group's offsets have expired", async () => {
    const config = broker.config("expired", keys);
    await ensureTopics(config, quietLog);
    await produce(config, { topic: config.topicAgents, messages: many("a", 100) });
    await withStore(async (store) => {
      await ingest(config, store, 100);
      const admin = testKafka(config).admin();
      await admin.connect();
      await admin.deleteGroups([config.kafkaIngestGroup]);
      await admin.disconnect();
      await produce(config, { topic: config.topicAgents, messages: many("b", 20) });
      const counts = await ingest(config, store, 120);
      expect(counts).toMatchObject({ events: 120, outcomes: 120, doubledRows: 0 });
    });
  });

  it("counts the records that the broker dropped before they were read", async () => {
    const config = broker.config("gap", keys);
    const topic = config.topicAgents;
    await ensureTopics(config, quietLog);
    await produce(config, { topic, messages: many("a", 20) });
    await withStore(async (store) => {
      await ingest(config, store, 20);
      await produce(config, { topic, messages: many("b", 30) });
      const admin = testKafka(config).admin();
      await admin.connect();
      const ends = await admin.fetchTopicOffsets(topic);
      const partition = ends.find(({ high }) => high === "50")?.partition ?? -1;
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: "40" }] });
      await admin.disconnect();
      const { consumer, metrics } = await openIngest(config, store);
      await until(async () => (await storedCounts(store.reader)).outcomes === 30);
      await consumer.stop();
      const gaps = await metrics.registry.getSingleMetricAsString(
        "deskwatch_ingest_gap_records_total",
      );
      expect(gaps).toContain(`{topic="${topic}"} 20`);
    });
  });

  it("refuses a topic that was made anew under its old name instead of losing its records", async () => {
    const config = broker.config("anew", keys);
    const topic = config.topicAgents;
    await ensureTopics(config, quietLog);
    await produce(config, { topic, messages: many("a", 30) });
    await withStore(async (store) => {
      await ingest(config, store, 30);
      const admin = testKafka(config).admin();
      await admin.connect();
      await admin.deleteTopics({ topics: [topic] });
      await until(async () => !(await admin.listTopics()).includes(topic));
      await admin.disconnect();
      await ensureTopics(config, quietLog);
      await produce(config, { topic, messages: many("b", 30) });
      const { consumer, failures } = await openIngest(config, store);
      await until(() => failures.length > 0 || !consumer.ready());
      await until(async () => {
        const { outcomes } = await storedCounts(store.reader);
        return !consumer.ready() && outcomes === 30;
      });
      await consumer.stop();
    });
  });
});
