/** Detection over a backup that was made while a file was taken in: it starts, and ends with the same alerts. */
import { join } from "node:path";
import { makeBackup } from "../../ingest/backup/backup.ts";
import { restoreBackup } from "../../ingest/backup/restore.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { systemClock as clock } from "../../ingest/runtime/clock.ts";
import { live, withLife, writeStream } from "../helpers/detection-life.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

jest.setTimeout(300_000);

const alertsIn = async (dataDir: string) => {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    const sql = "SELECT alert_id, body FROM alerts FINAL ORDER BY alert_id";
    return await store.reader.query(sql, {});
  } finally {
    await store.close();
  }
};

/** Between the freezing of the tables of the audit trail and that of `table`. */
const during = (store: Store, table: string, work: () => Promise<void>): Store => ({
  ...store,
  writer: {
    ...store.writer,
    command: async (sql, params) => {
      if (sql.startsWith(`ALTER TABLE ${table} FREEZE`)) await work();
      await store.writer.command(sql, params);
    },
  },
});

it.each(["snapshots", "engine_inputs"])(
  "a backup that catches files in hand before its %s ends with the alerts of an undisturbed run",
  async (table) => {
    await withFolder(async (folder) => {
      const path = join(folder, "desk.ndjson");
      const events = await writeStream(path);
      const [undisturbed, first, copy, restored] = ["undisturbed", "first", "copy", "restored"].map(
        (name) => join(folder, name),
      ) as [string, string, string, string];
      await live({ dataDir: undisturbed, path, cutAfter: undefined });
      const listsPath = `${path}.lists`;
      await withLife({ dataDir: first, listsPath }, async ({ store, takeIn }) => {
        await takeIn(path, Math.floor(0.5 * events));
        const caught = during(store, table, () => takeIn(path, Math.floor(0.8 * events)));
        const to = { dataDir: first, folder: copy, setting: "--out", clock };
        await makeBackup({ store: caught, ...to });
        return "orderly";
      });
      const store = await openStore(testStoreOptions(restored));
      await restoreBackup({ store, dataDir: restored, folder: copy, clock });
      await store.close();
      await live({ dataDir: restored, path, cutAfter: undefined });
      expect(await alertsIn(restored)).toEqual(await alertsIn(undisturbed));
    });
  },
);
