/** Checkpoints in a topic of a real broker: what a topic witness keeps, and what it does not fall for. */
import { createKafkaNoteTopic, type KafkaNoteTopic } from "../../ingest/kafka/note-topic.ts";
import { createTopicWitness } from "../../ingest/ledger/witnesses/topic-witness.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import {
  names,
  produce,
  quietLog,
  startTestBroker,
  type TestBroker,
  testKafka,
} from "../helpers/broker.ts";
import { growingLog } from "../helpers/growing-log.ts";
import { describeWith } from "../helpers/requires.ts";
import { itKeepsItsPromises } from "../unit/ingest/ledger/witnesses/witness-promises.ts";

jest.setTimeout(120_000);

const { log, note, growth } = growingLog();

describeWith("kafka", "a witness that is a topic", () => {
  let broker: TestBroker;
  const open: KafkaNoteTopic[] = [];

  beforeAll(async () => {
    broker = await startTestBroker();
  });
  afterAll(async () => {
    for (const topic of open) await topic.disconnect();
    await broker.stop();
  });

  const nameOf = (context: string): string => `witness-${context.replaceAll(" ", "-")}`;

  async function topicOf(context: string, recordsMax = 1_000): Promise<KafkaNoteTopic> {
    const options = { config: broker.config("witness"), topic: nameOf(context), log: quietLog };
    const topic = createKafkaNoteTopic({ ...options, recordsMax });
    await topic.connect();
    open.push(topic);
    return topic;
  }

  const witnessOf = async (context: string, recordsMax?: number) =>
    createTopicWitness({ name: "topic", topic: await topicOf(context, recordsMax), log });

  itKeepsItsPromises((context) => witnessOf(context));

  it("makes its topic keep everything for ever, in one partition", async () => {
    await topicOf("kept");
    const admin = testKafka(broker.config("witness")).admin();
    await admin.connect();
    const names = ["cleanup.policy", "retention.ms", "retention.bytes"];
    const { resources } = await admin.describeConfigs({
      resources: [{ type: 2, name: nameOf("kept"), configNames: names }],
      includeSynonyms: false,
    });
    const { topics } = await admin.fetchTopicMetadata({ topics: [nameOf("kept")] });
    await admin.disconnect();
    const found = resources[0]?.configEntries.map((one) => [one.configName, one.configValue]);
    expect(Object.fromEntries(found ?? [])).toEqual({
      "cleanup.policy": "delete",
      "retention.ms": "-1",
      "retention.bytes": "-1",
    });
    expect(topics[0]?.partitions).toHaveLength(1);
  });

  it("keeps its head against what others write into the topic, and shows it all", async () => {
    const config: Config = broker.config("witness");
    const witness = await witnessOf("others");
    await witness.hold(note(100), growth(0, 100));
    const fork = growingLog({ forkedAt: 60 });
    const messages = [
      { key: log.origin, value: fork.note(200), headers: { "deskwatch-growth": "old 100" } },
      { key: log.origin, value: fork.note(300), headers: {} },
      { key: log.origin, value: "no note" },
      { key: log.origin, value: null },
      { key: log.origin, value: growingLog({ seed: 2 }).note(400) },
      { key: "example.com/other", value: note(500) },
    ];
    await produce(config, { topic: nameOf("others"), messages });
    expect(await witness.latest()).toMatchObject({ checkpoint: { size: 100 } });
    const history = await witness.history();
    const sizes =
      history.kind === "history" ? history.checkpoints.map((one) => one.checkpoint.size) : [];
    expect(sizes).toEqual([100, 200, 300]);
    const restarted = await witnessOf("others");
    expect(await restarted.hold(note(120), growth(100, 120))).toMatchObject({ kind: "held" });
  });

  it("reads the newest records and no more", async () => {
    const witness = await witnessOf("window", 3);
    let oldSize = 0;
    for (const size of [1, 2, 3, 5, 8]) {
      await witness.hold(note(size), growth(oldSize, size));
      oldSize = size;
    }
    expect(await witness.history()).toMatchObject({
      checkpoints: [3, 5, 8].map((size) => ({ checkpoint: { size } })),
    });
  });

  it("leaves no consumer group behind", async () => {
    const witness = await witnessOf("groups");
    await witness.hold(note(5), growth(0, 5));
    await witness.latest();
    const admin = testKafka(broker.config("witness")).admin();
    await admin.connect();
    const { groups } = await admin.listGroups();
    await admin.disconnect();
    expect(groups.filter(({ groupId }) => groupId.includes("witness"))).toEqual([]);
  });

  it("is out of reach without a broker, and so is an offer", async () => {
    const topic = await topicOf("gone");
    await topic.disconnect();
    const witness = createTopicWitness({ name: "topic", topic, log });
    const nobody = { kind: "unreachable", reason: "no_connection" };
    expect(await witness.latest()).toMatchObject(nobody);
    expect(await witness.hold(note(5), growth(0, 5))).toMatchObject(nobody);
    const config = { ...broker.config("witness"), kafkaBrokers: names("127.0.0.1:1", 1) };
    const none = createKafkaNoteTopic({ config, topic: "x", log: quietLog });
    await expect(none.connect()).rejects.toMatchObject({ code: "kafka.unreachable" });
  });
});
