import { setTimeout as after } from "node:timers/promises";
import { loadConfig } from "../../ingest/runtime/config.ts";
import { type BrokerHost, openBrokerHost } from "../fault/runner/broker-host.ts";
import { testKafka } from "../helpers/broker.ts";
import { describeWith } from "../helpers/requires.ts";

jest.setTimeout(120_000);

/** Less than a request may take before the client gives it up. */
const sooner = 20_000;

describeWith("kafka", "a connection to the broker that is cut within an answer", () => {
  let broker: BrokerHost;
  afterEach(() => broker.close());

  it("answers again as soon as it is open again", async () => {
    broker = await openBrokerHost(() => 0.5);
    const config = { ...loadConfig({}).config, kafkaBrokers: [broker.proxied] };
    const admin = testKafka(config).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "cut", numPartitions: 3 }] });
    broker.proxy.setCutAnswers(1);
    const cut = admin.fetchTopicOffsets("cut");
    await expect(cut).rejects.toThrow();
    broker.proxy.setCutAnswers(0);
    const asked = admin.fetchTopicOffsets("cut");
    expect(await Promise.race([asked, after(sooner, "no answer", { ref: false })])).toHaveLength(3);
    await admin.disconnect();
  });
});
