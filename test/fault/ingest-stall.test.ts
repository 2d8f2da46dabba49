/**
 * A member that stands still in the middle of a write, loses its partitions to another, and then goes on: what it
 * still writes is refused by the store, what it still commits by the coordinator.
 */
import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { ensureTopics } from "../../ingest/kafka/topics.ts";
import { produce, quietLog, startTestBroker, type TestBroker, until } from "../helpers/broker.ts";
import { startClickhouseFront } from "../helpers/clickhouse-front.ts";
import { describeWith } from "../helpers/requires.ts";
import { withFolder } from "../helpers/store.ts";
import { outputOf, startIngest } from "./fault-process.ts";
import { chunkOf, countsOf, faultSettings, recordsPerChunk } from "./fault-stream.ts";
import type { KillPoint } from "./kill-points.ts";

jest.setTimeout(300_000);

const points = ["after announce", "before access_events", "before outcomes", "after outcomes"];

/** Whether the process is stopped by a signal, as Linux tells. */
async function isStopped({ pid }: ChildProcess): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return status.includes("State:\tT");
}

describeWith("kafka", "ingest that stands still and comes back too late", () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startTestBroker();
  });
  afterAll(() => broker.stop());

  it.each(points as KillPoint[])("doubles nothing and loses nothing: %s", async (point) => {
    await withFolder(async (dataDir) => {
      const front = await startClickhouseFront(dataDir);
      const settings = { ...faultSettings, clickhouseUrl: front.url };
      const config = broker.config(`stall-${points.indexOf(point)}`, settings);
      await ensureTopics(config, quietLog);
      for (const production of chunkOf(config, 0)) await produce(config, production);
      const expected = recordsPerChunk;
      const options = { dataDir, config, expected: 2 * expected, signal: "SIGSTOP" as const };
      const stalled = startIngest({ ...options, point });
      try {
        await until(() => isStopped(stalled));
        const heir = startIngest({ ...options, point: "none", expected });
        expect(JSON.parse(await outputOf(heir))).toEqual(countsOf(1));
        const report = outputOf(stalled);
        stalled.kill("SIGCONT");
        for (const production of chunkOf(config, 1)) await produce(config, production);
        expect(JSON.parse(await report)).toEqual(countsOf(2));
      } finally {
        stalled.kill("SIGKILL");
        await front.close();
      }
    });
  });
});
