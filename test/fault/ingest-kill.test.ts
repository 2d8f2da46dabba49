/**
 * A real ingest, killed with SIGKILL before, while and after every step of a batch, one kill after another over
 * one stream: each event is stored once, each dead letter is in the table once, each offset has one outcome,
 * and the ledger bears out every row.
 */
import { ensureTopics } from "../../ingest/kafka/topics.ts";
import { produce, quietLog, startTestBroker, type TestBroker } from "../helpers/broker.ts";
import { describeWith } from "../helpers/requires.ts";
import { withFolder } from "../helpers/store.ts";
import { outputOf, startIngest } from "./fault-process.ts";
import { chunkOf, countsOf, faultSettings, recordsPerChunk } from "./fault-stream.ts";
import type { FaultReport } from "./ingest-process.ts";
import { killPoints } from "./kill-points.ts";

jest.setTimeout(600_000);

describeWith("kafka", "ingest killed around every step of a batch", () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startTestBroker();
  });
  afterAll(() => broker.stop());

  it("loses nothing and doubles nothing", async () => {
    const config = broker.config("kill", faultSettings);
    await ensureTopics(config, quietLog);
    const report = await withFolder(async (dataDir) => {
      let chunks = 0;
      for (const point of killPoints) {
        for (const production of chunkOf(config, chunks)) await produce(config, production);
        chunks += 1;
        const expected = chunks * recordsPerChunk;
        const killed = await outputOf(startIngest({ dataDir, config, point, expected }));
        expect([point, killed]).toEqual([point, "killed"]);
      }
      const expected = chunks * recordsPerChunk;
      const last = startIngest({ dataDir, config, point: "none", expected });
      return JSON.parse(await outputOf(last)) as FaultReport;
    });
    expect(report).toEqual(countsOf(killPoints.length));
  });
});
