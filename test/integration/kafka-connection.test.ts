import { setTimeout as wait } from "node:timers/promises";
import { loadConfig } from "../../ingest/runtime/config.ts";
import { type BrokerHost, openBrokerHost } from "../fault/runner/broker-host.ts";
import { testKafka } from "../helpers/broker.ts";
import { describeWith } from "../helpers/requires.ts";

jest.setTimeout(120_000);

/** Less than a request may take before the client gives it up. */
const sooner = 10_000;
const topic = "asked";

describeWith("kafka", "a connection to the broker", () => {
  let broker: BrokerHost;
  beforeAll(async () => {
    broker = await openBrokerHost(() => 0.5);
  });
  afterAll(() => broker.close());

  async function connected() {
    const config = { ...loadConfig({}).config, kafkaBrokers: [broker.proxied] };
    const admin = testKafka(config).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] });
    const asked = () => admin.fetchTopicOffsets(topic);
    const late = () => wait(sooner, "no answer", { ref: false });
    return { admin, asked, askedInTime: () => Promise.race([asked(), late()]) };
  }

  it("that is cut within an answer answers again as soon as it is open again", async () => {
    const { admin, asked, askedInTime } = await connected();
    broker.proxy.setCutAnswers(1);
    await expect(asked()).rejects.toThrow();
    broker.proxy.setCutAnswers(0);
    expect(await askedInTime()).toHaveLength(3);
    await admin.disconnect();
  });

  it("that has died without a word is given up after one request, and a new one answers", async () => {
    const { admin, asked, askedInTime } = await connected();
    broker.proxy.strandConnections();
    await expect(asked()).rejects.toThrow();
    expect(await askedInTime()).toHaveLength(3);
    await admin.disconnect();
  });
});
