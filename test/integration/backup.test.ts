import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeBackup } from "../../ingest/backup/backup.ts";
import { restoreBackup } from "../../ingest/backup/restore.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { auditStoreOf, mixture, rangeOf, recordsOf, soon } from "../helpers/audit-store.ts";
import { notaryOf, statementsOf, verify } from "../helpers/ledger.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

jest.setTimeout(120_000);
const clock = systemClock;

async function write(store: Store, start: number): Promise<void> {
  const audit = auditStoreOf(store);
  const values = mixture.map((value, at) =>
    typeof value === "object" && value !== null ? { ...value, event_id: `${start}-${at}` } : value,
  );
  const records = recordsOf("kafka:a", start, values);
  await audit.insertRanges([
    { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
  ]);
}

/** Runs `body` over a store in `dataDir`; one at a time. */
async function over<Value>(dataDir: string, body: (store: Store) => Promise<Value>) {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    return await body(store);
  } finally {
    await store.close();
  }
}

const countOf = async ({ reader }: Store, table: string) => {
  const [row] = await reader.query(`SELECT count() AS row_count FROM ${table}`, {});
  return (row as { readonly row_count: number }).row_count;
};

describe("a backup", () => {
  it("of a store in use holds all that is signed, verifies, and can be written to again", async () => {
    await withFolder(async (folder) => {
      const [live, copy] = [join(folder, "live"), join(folder, "copy")];
      await over(live, async (store) => {
        await migrate(store, clock);
        await write(store, 0);
        await statementsOf(store).append("alert_actions", ["a", 1, "open", "", "", "key:k", 5]);
        await notaryOf(store).round();
        const during = write(store, 10);
        await makeBackup({ store, dataDir: live, folder: copy, setting: "--out", clock });
        await during;
        expect(await readdir(join(live, "clickhouse", "shadow"))).not.toContain(
          expect.stringContaining("deskwatch-"),
        );
        await write(store, 20);
      });
      const restored = join(folder, "restored");
      await over(restored, async (store) => {
        await restoreBackup({ store, dataDir: restored, folder: copy, clock });
        const before = await countOf(store, "outcomes");
        expect(before).toBeGreaterThanOrEqual(10);
        // What came after the backup comes in again, as a source that rewinds would bring it.
        const audit = auditStoreOf(store);
        await audit.warm();
        for (const start of [10, 20]) {
          const values = mixture.map((value, at) =>
            typeof value === "object" && value !== null
              ? { ...value, event_id: `${start}-${at}` }
              : value,
          );
          const records = recordsOf("kafka:a", start, values);
          const outcomes = await audit.decide(records);
          const missing = await audit.missing(rangeOf(records), outcomes);
          await audit.insertMissing(rangeOf(records), outcomes, missing, soon());
        }
        await notaryOf(store).round();
        expect(await countOf(store, "outcomes")).toBe(30);
        expect(await countOf(store, "alert_actions")).toBe(1);
        expect(await verify(store)).toMatchObject({ discrepancies: [], offsets: 31 });
      });
    });
  });

  it("goes into an empty store only, and never stands half under its name", async () => {
    await withFolder(async (folder) => {
      const [live, copy] = [join(folder, "live"), join(folder, "copy")];
      await over(live, async (store) => {
        await migrate(store, clock);
        await write(store, 0);
        await makeBackup({ store, dataDir: live, folder: copy, setting: "--out", clock });
        await expect(
          makeBackup({ store, dataDir: live, folder: copy, setting: "--out", clock }),
        ).rejects.toMatchObject({ code: "backup.exists" });
        const back = { store, dataDir: live, folder: copy, clock };
        await expect(restoreBackup(back)).rejects.toMatchObject({ code: "backup.not_empty" });
        const file = join(copy, "backup.json");
        for (const below of [file, ...(existsSync("/proc/self") ? ["/proc/deskwatch"] : [])]) {
          const place = { folder: join(below, "far", "copy"), setting: "DESKWATCH_BACKUP_DIR" };
          await expect(makeBackup({ store, dataDir: live, clock, ...place })).rejects.toThrow(
            `DESKWATCH_BACKUP_DIR: ${below}/far: ${below} `,
          );
        }
        await expect(
          makeBackup({ store, dataDir: live, folder: file, setting: "--out", clock }),
        ).rejects.toMatchObject({ code: "backup.exists" });
        await rm(file);
      });
      expect(existsSync(`${copy}.partial`)).toBe(false);
      const other = join(folder, "other");
      await over(other, async (store) => {
        const back = { store, dataDir: other, folder: copy, clock };
        await expect(restoreBackup(back)).rejects.toMatchObject({ code: "backup.unreadable" });
      });
    });
  });
});
