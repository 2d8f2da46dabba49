/** Backups and restores that were killed, or meant for another kind of store. */
import { existsSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeBackup } from "../../ingest/backup/backup.ts";
import { restoreBackup } from "../../ingest/backup/restore.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { systemClock as clock } from "../../ingest/runtime/clock.ts";
import { mixture } from "../helpers/audit-store.ts";
import { startClickhouseFront } from "../helpers/clickhouse-front.ts";
import { notaryOf } from "../helpers/ledger.ts";
import { foundIn, rowCounts, write } from "../helpers/retention.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

jest.setTimeout(120_000);

/** Runs `body` over a store in `dataDir`; one at a time. */
async function over<Value>(dataDir: string, body: (store: Store) => Promise<Value>) {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    return await body(store);
  } finally {
    await store.close();
  }
}

/** A backup of a store with the mixture in it. */
const backedUp = (live: string, copy: string) =>
  over(live, async (store) => {
    await migrate(store, clock);
    await write(store, "kafka:a", mixture);
    expect(await foundIn(store)).toEqual([]);
    await makeBackup({ store, dataDir: live, folder: copy, setting: "--out", clock });
  });

/** The same store, which is cut off when a part of this table is attached. */
const cutAt = (store: Store, table: string): Store => ({
  ...store,
  writer: {
    ...store.writer,
    command: (sql, params) =>
      sql.startsWith(`ALTER TABLE ${table} ATTACH`)
        ? Promise.reject(new Error("cut off"))
        : store.writer.command(sql, params),
  },
});

describe("a restore", () => {
  it("that was cut off leaves nothing that opens, also where a verification would miss nothing", async () => {
    await withFolder(async (folder) => {
      const [copy, other] = [join(folder, "copy"), join(folder, "other")];
      await backedUp(join(folder, "live"), copy);
      await over(other, async (store) => {
        const cut = cutAt(store, "schema_migrations");
        await expect(
          restoreBackup({ store: cut, dataDir: other, folder: copy, clock }),
        ).rejects.toThrow("cut off");
        expect(await foundIn(store)).toEqual([]);
      });
      const again = () => over(other, async () => undefined);
      await expect(again()).rejects.toMatchObject({
        code: "store.half_restored",
        message: expect.stringContaining(join(other, "clickhouse")),
      });
      await rm(join(other, "clickhouse"), { recursive: true });
      await over(other, async (store) => {
        await restoreBackup({ store, dataDir: other, folder: copy, clock });
      });
      await over(other, async (store) => expect(await foundIn(store)).toEqual([]));
    });
  });

  it("into a ClickHouse server is refused before anything is written", async () => {
    await withFolder(async (folder) => {
      const [copy, other] = [join(folder, "copy"), join(folder, "other")];
      await backedUp(join(folder, "live"), copy);
      const front = await startClickhouseFront(other);
      const store = await openStore({ ...testStoreOptions(other), clickhouseUrl: front.url });
      await expect(
        restoreBackup({ store, dataDir: other, folder: copy, clock }),
      ).rejects.toMatchObject({ code: "backup.server" });
      const tables = await store.reader.query("SHOW TABLES", {});
      await store.close();
      await front.close();
      expect(tables).toEqual([]);
    });
  });

  it("takes no part that is not in the folder of its table", async () => {
    await withFolder(async (folder) => {
      const [copy, other] = [join(folder, "copy"), join(folder, "other")];
      const manifest = { format: "deskwatch-backup-1", made_at: "2026-01-01T00:00:00Z", schema: 1 };
      await backedUp(join(folder, "live"), copy);
      const tables = { outcomes: ["../../live"] };
      await writeFile(join(copy, "backup.json"), JSON.stringify({ ...manifest, tables }));
      await over(other, (store) =>
        expect(restoreBackup({ store, dataDir: other, folder: copy, clock })).rejects.toMatchObject(
          { code: "backup.unreadable" },
        ),
      );
    });
  });
});

describe("a backup of a store in use", () => {
  it("names a signed head that is in it", async () => {
    await withFolder(async (folder) => {
      const [live, copy, other] = ["live", "copy", "other"].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      await over(live, async (store) => {
        await migrate(store, clock);
        await write(store, "kafka:a", mixture);
        await notaryOf(store).round();
        const command: Store["writer"]["command"] = async (sql, params) => {
          await store.writer.command(sql, params);
          if (!sql.startsWith("ALTER TABLE deliveries FREEZE")) return;
          await write(store, "kafka:b", mixture);
          await notaryOf(store).round();
        };
        const busy = { ...store, writer: { ...store.writer, command } };
        await makeBackup({ store: busy, dataDir: live, folder: copy, setting: "--out", clock });
      });
      await over(other, async (store) => {
        const { checkpoint } = await restoreBackup({ store, dataDir: other, folder: copy, clock });
        const notes = await store.reader.query("SELECT note FROM checkpoints", {});
        expect(notes).toEqual([{ note: checkpoint }]);
      });
    });
  });
});

describe("a backup that was killed", () => {
  it("leaves no frozen parts behind the next start, which would keep keys from their erasure", async () => {
    await withFolder(async (live) => {
      const shadow = join(live, "clickhouse", "shadow");
      await over(live, async (store) => {
        await migrate(store, clock);
        await write(store, "kafka:a", mixture);
        await store.writer.command("ALTER TABLE identities FREEZE WITH NAME 'deskwatch_5'");
        await store.writer.command("ALTER TABLE identities FREEZE WITH NAME 'by_hand'");
        expect(existsSync(join(shadow, "deskwatch_5", "store"))).toBe(true);
      });
      await over(live, async (store) => {
        expect(await readdir(shadow)).not.toContain("deskwatch_5");
        expect(await readdir(shadow)).toContain("by_hand");
        expect(await rowCounts(store, ["identities"])).toEqual({ identities: 2 });
      });
    });
  });
});
