/** A store put back to a backup under a consumer group that has gone on since. */
import { join } from "node:path";
import { makeBackup } from "../../ingest/backup/backup.ts";
import { restoreBackup } from "../../ingest/backup/restore.ts";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { createIngestConsumer } from "../../ingest/kafka/consumer.ts";
import { ensureTopics } from "../../ingest/kafka/topics.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { chunkOf, countsOf, faultSettings, recordsPerChunk } from "../fault/fault-stream.ts";
import { storedCounts } from "../fault/stored-counts.ts";
import { trailReport } from "../fault/trail-report.ts";
import { produce, quietLog, startTestBroker, type TestBroker, until } from "../helpers/broker.ts";
import { describeWith } from "../helpers/requires.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

jest.setTimeout(180_000);
const clock = systemClock;

describeWith("kafka", "a restored store", () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await startTestBroker();
  });
  afterAll(() => broker.stop());

  /** Produces one more chunk and runs ingest until `chunks` of them are stored; how many offsets it fell back by. */
  async function ingest(config: Config, store: Store, chunks: number): Promise<number> {
    for (const production of chunkOf(config, chunks - 1)) await produce(config, production);
    const metrics = createMetrics();
    const auditStore = createAuditStore({ store, config, clock, metrics });
    await auditStore.warm();
    const failures: Error[] = [];
    const consumer = createIngestConsumer({
      ...{ config, auditStore, reader: store.reader, metrics, clock },
      log: quietLog,
      onFailure: (error) => failures.push(error),
    });
    await consumer.start();
    await until(
      async () => (await storedCounts(store.reader)).outcomes >= chunks * recordsPerChunk,
    );
    await consumer.stop();
    expect(failures).toEqual([]);
    const text = await metrics.registry.metrics();
    return [...text.matchAll(/^deskwatch_ingest_fallen_back_records_total\{.*\} (\d+)$/gm)]
      .map(([, count]) => Number(count))
      .reduce((sum, count) => sum + count, 0);
  }

  it("gets everything that was confirmed since its backup, once, and goes on from there", async () => {
    const config = broker.config("restore", faultSettings);
    await ensureTopics(config, quietLog);
    await withFolder(async (folder) => {
      const copy = join(folder, "copy");
      const live = await openStore(testStoreOptions(join(folder, "live")));
      await migrate(live, clock);
      expect(await ingest(config, live, 1)).toBe(0);
      expect(await trailReport(live)).toEqual(countsOf(1));
      await makeBackup({
        store: live,
        dataDir: join(folder, "live"),
        setting: "--out",
        folder: copy,
        clock,
      });
      expect(await ingest(config, live, 2)).toBe(0);
      await live.close();

      const dataDir = join(folder, "restored");
      const restored = await openStore(testStoreOptions(dataDir));
      await restoreBackup({ store: restored, dataDir, folder: copy, clock });
      expect(await ingest(config, restored, 3)).toBe(recordsPerChunk);
      expect(await trailReport(restored)).toEqual(countsOf(3));
      await restored.close();
    });
  });
});
