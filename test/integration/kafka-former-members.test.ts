/** A process that was killed keeps its partitions until its session ends, unless its successor leaves in its name. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createFormerMembers } from "../../ingest/kafka/former-members.ts";
import { createGroupReader } from "../../ingest/kafka/group-reader.ts";
import { ensureTopics } from "../../ingest/kafka/topics.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { quietLog, startTestBroker, type TestBroker, testKafka, until } from "../helpers/broker.ts";
import { describeWith } from "../helpers/requires.ts";
import { withFolder } from "../helpers/store.ts";

jest.setTimeout(180_000);

/** Far longer than the test waits. */
const sessionMs = 120_000;
const script = "test/helpers/group-member-process.ts";

describeWith("kafka", "the group of a process that was killed", () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await startTestBroker();
  });
  afterAll(() => broker.stop());

  async function startMember(config: Config) {
    const { kafkaBrokers, kafkaIngestGroup, topicAccess } = config;
    const args = [kafkaBrokers.join(","), kafkaIngestGroup, topicAccess, `${sessionMs}`];
    const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", script, ...args]);
    const [said] = (await once(child.stdout ?? child, "data")) as [Buffer];
    return { child, memberId: said.toString().trim() };
  }

  const readerOf = (config: Config, dataDir: string, onAssigned: () => void) =>
    createGroupReader({
      config: { ...config, kafkaSessionMs: sessionMs },
      groupId: config.kafkaIngestGroup,
      topics: [config.topicAccess],
      formerMembers: createFormerMembers(dataDir, quietLog),
      ...{ log: quietLog, metrics: createMetrics(), clock: systemClock },
      onAssigned,
      onLost: () => undefined,
      onBatch: async () => undefined,
      onFailure: (error) => {
        throw error;
      },
    });

  async function membersOf({ kafkaIngestGroup, ...config }: Config): Promise<readonly string[]> {
    const admin = testKafka({ ...config, kafkaIngestGroup }).admin();
    await admin.connect();
    const { groups } = await admin.describeGroups([kafkaIngestGroup]);
    await admin.disconnect();
    return groups.flatMap(({ members }) => members.map(({ memberId }) => memberId));
  }

  it("is its successor's at once", async () => {
    const config = broker.config("former");
    await ensureTopics(config, quietLog);
    const { child, memberId } = await startMember(config);
    child.kill("SIGKILL");
    await once(child, "close");
    expect(await membersOf(config)).toEqual([memberId]);
    await withFolder(async (dataDir) => {
      createFormerMembers(dataDir, quietLog).joined(config.kafkaIngestGroup, memberId);
      let assigned = 0;
      const reader = readerOf(config, dataDir, () => {
        assigned += 1;
      });
      await reader.start();
      await until(() => assigned > 0, sessionMs / 4);
      const members = await membersOf(config);
      expect(members).toHaveLength(1);
      expect(members).not.toContain(memberId);
      await reader.stop();
      expect(await membersOf(config)).toEqual([]);
    });
  });

  it("is joined as ever when nothing is known of a former member, or what is known is wrong", async () => {
    const config = broker.config("unknown");
    await ensureTopics(config, quietLog);
    await withFolder(async (dataDir) => {
      const former = createFormerMembers(dataDir, quietLog);
      await former.leave(testKafka(config), config.kafkaIngestGroup);
      former.joined(config.kafkaIngestGroup, "a member that the group does not know");
      await former.leave(testKafka(config), config.kafkaIngestGroup);
      let assigned = 0;
      const reader = readerOf(config, dataDir, () => {
        assigned += 1;
      });
      await reader.start();
      await until(() => assigned > 0);
      await reader.stop();
    });
  });
});
