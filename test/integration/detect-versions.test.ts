/** Snapshots of former engine versions go once they are of use to nobody. */
import { join } from "node:path";
import { z } from "zod";
import { engineVersion } from "../../detectors/engine/engine.ts";
import { createEngineJournal } from "../../detectors/runner/engine-journal.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { live, withLife, writeStream } from "../helpers/detection-life.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

/** Who goes back to an older version than the one before, and on to this one, has run it last. */
const [oldest, newer, ranLast] = [engineVersion - 3, engineVersion - 1, engineVersion - 2] as const;
const savedAt = Date.parse("2026-03-02T00:00:00Z");

async function withStoreIn<Value>(dataDir: string, work: (store: Store) => Promise<Value>) {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    await migrate(store, systemClock);
    return await work(store);
  } finally {
    await store.close();
  }
}

const stateOf = (version: number) => [{ key: "agent/a", state: `{"of":${version}}` }];

const seed = (dataDir: string) =>
  withStoreIn(dataDir, async (store) => {
    for (const [n, version] of [oldest, newer, ranLast].entries()) {
      const journal = createEngineJournal(store, version);
      await journal.load();
      await journal.save([stateOf(version)], 1, epochMs(savedAt + n));
    }
  });

const versionRow = z.object({ engine_version: z.number() });
const versionsIn = (dataDir: string) =>
  withStoreIn(dataDir, async (store) => {
    const sql = "SELECT DISTINCT engine_version FROM snapshots ORDER BY engine_version";
    return (await store.reader.query(sql, {})).map((row) => versionRow.parse(row).engine_version);
  });

describe("snapshots of former engine versions", () => {
  it("are dropped by the start that has read one of its own, but for the version that ran last", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "desk.ndjson");
      const events = await writeStream(path);
      const dataDir = join(folder, "data");
      await seed(dataDir);
      // The first life has none of its own at its start; it saves some, and is cut off.
      await live({ dataDir, path, cutAfter: Math.floor(events / 4) });
      expect(await versionsIn(dataDir)).toEqual([oldest, ranLast, newer, engineVersion]);
      await withLife({ dataDir, listsPath: `${path}.lists` }, async ({ logged }) => {
        expect(logged()).toContain("snapshots of former versions dropped");
        return "orderly";
      });
      expect(await versionsIn(dataDir)).toEqual([ranLast, engineVersion]);
      await withStoreIn(dataDir, async (store) => {
        const back = await createEngineJournal(store, ranLast).load();
        expect(back).toEqual({ kind: "saved", sequence: 1, rows: stateOf(ranLast) });
        const gone = await createEngineJournal(store, oldest).load();
        expect(gone).toEqual({ kind: "saved", sequence: 0, rows: [] });
      });
      await withLife({ dataDir, listsPath: `${path}.lists` }, async ({ logged }) => {
        expect(logged()).not.toContain("former versions");
        return "orderly";
      });
    });
  }, 120_000);
});
