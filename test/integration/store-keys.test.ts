/** A store is gone on with only under the keys that it was begun with: another is refused, and named, at the start. */
import { join } from "node:path";
import { openOwnStore, storeKeysOf } from "../../api/context.ts";
import { makeBackup } from "../../ingest/backup/backup.ts";
import { restoreBackup } from "../../ingest/backup/restore.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { claimKeys, otherKeys } from "../../ingest/clickhouse/store-keys.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import {
  auditConfig,
  auditStoreOf,
  mixture,
  rangeOf,
  recordsOf,
  soon,
} from "../helpers/audit-store.ts";
import { testContext } from "../helpers/context.ts";
import { testStoreOptions, withFolder, withStore } from "../helpers/store.ts";

jest.setTimeout(60_000);

const key = (fill: number, version = 1) =>
  `${version}:${Buffer.alloc(32, fill).toString("base64")}`;
const { tokenKey, masterKey } = auditConfig;
const own = { tokenKey, masterKey };
const claim = (store: Store, keys: typeof own) => claimKeys(store, storeKeysOf(keys), systemClock);

async function write(store: Store): Promise<void> {
  const audit = auditStoreOf(store);
  const records = recordsOf("kafka:a", 0, mixture);
  await audit.insertRanges([
    { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
  ]);
}

const lacking = /^DESKWATCH_MASTER_KEY: lacks version 1/;
const otherMaster = /^DESKWATCH_MASTER_KEY: another key of version 1/;
const foreign = [
  {
    what: "another token key",
    keys: { ...own, tokenKey: key(8) },
    says: /^DESKWATCH_TOKEN_KEY: another key/,
  },
  { what: "another master key", keys: { ...own, masterKey: key(9) }, says: otherMaster },
  { what: "a new master key alone", keys: { ...own, masterKey: key(9, 2) }, says: lacking },
  {
    what: "another master key behind a new one",
    keys: { ...own, masterKey: `${key(7, 2)},${key(9)}` },
    says: otherMaster,
  },
] as const;

const fitting = [
  { what: "the same keys", keys: own },
  { what: "the same token key by another number", keys: { ...own, tokenKey: key(1, 5) } },
  {
    what: "a new master key before the former",
    keys: { ...own, masterKey: `${key(9, 2)},${masterKey}` },
  },
  { what: "the token key alone", keys: { ...own, masterKey: "" } },
  { what: "the master key alone", keys: { ...own, tokenKey: "" } },
] as const;

describe("a store that was begun under two keys", () => {
  it.each(foreign)("refuses $what, and names the variable", async ({ keys, says }) => {
    await withStore(async (store) => {
      await claim(store, own);
      expect(await otherKeys(store.reader, storeKeysOf(keys))).toEqual([
        expect.stringMatching(says),
      ]);
      const refusal = expect(claim(store, keys)).rejects;
      await refusal.toMatchObject({ code: "keys.other", message: expect.stringMatching(says) });
      // What was refused has left nothing behind that would be taken for the store's own.
      await claim(store, own);
    });
  });

  it.each(fitting)("goes on with $what", async ({ keys }) => {
    await withStore(async (store) => {
      await claim(store, own);
      expect(await otherKeys(store.reader, storeKeysOf(keys))).toEqual([]);
      await claim(store, keys);
    });
  });

  it("needs a master key from then on that it was once given", async () => {
    await withStore(async (store) => {
      await claim(store, { ...own, masterKey: `${key(9, 2)},${masterKey}` });
      await expect(claim(store, own)).rejects.toThrow(/^DESKWATCH_MASTER_KEY: lacks version 2/);
    });
  });

  it("tells nothing of the keys", async () => {
    await withStore(async (store) => {
      await claim(store, own);
      const rows = await store.reader.query("SELECT * FROM key_fingerprints", {});
      const told = JSON.stringify(rows);
      for (const fill of [1, 2]) {
        const bytes = Buffer.alloc(32, fill);
        expect(told).not.toContain(bytes.toString("hex"));
        expect(told).not.toContain(bytes.toString("base64"));
      }
      expect(rows).toHaveLength(2);
    });
  });
});

describe("a store of a version that kept no fingerprints", () => {
  it.each(foreign)("refuses $what by what it has sealed", async ({ keys, says }) => {
    await withStore(async (store) => {
      await write(store);
      expect(await otherKeys(store.reader, storeKeysOf(keys))).toEqual([
        expect.stringMatching(says),
      ]);
      await expect(claim(store, keys)).rejects.toThrow(says);
    });
  });

  it.each(fitting)("goes on with $what", async ({ keys }) => {
    await withStore(async (store) => {
      await write(store);
      await claim(store, keys);
    });
  });

  it("is not kept from its keys by a sealed identifier that somebody altered", async () => {
    await withStore(async (store) => {
      await write(store);
      const altered =
        "ALTER TABLE identities UPDATE sealed_id = base64Encode('x') WHERE subject_type = 'email'";
      await store.writer.command(`${altered} SETTINGS mutations_sync = 1`);
      await claim(store, own);
    });
  });
});

describe("a start", () => {
  it("makes the schema, keeps its keys and is refused under others", async () => {
    await withFolder(async (folder) => {
      const start = async (keys: typeof own) => {
        const context = testContext(folder, keys);
        try {
          await openOwnStore(context);
        } finally {
          await context.lifecycle.stop();
        }
      };
      await start(own);
      await start(own);
      for (const { keys, says } of foreign) await expect(start(keys)).rejects.toThrow(says);
      await expect(start({ ...own, masterKey: "short" })).rejects.toMatchObject({
        code: "keys.invalid",
      });
    });
  });

  it("is refused under other keys over a backup put back, too", async () => {
    await withFolder(async (folder) => {
      const [live, copy] = [join(folder, "live"), join(folder, "copy")];
      const clock = systemClock;
      const first = await openStore(testStoreOptions(live));
      await migrate(first, clock);
      await claim(first, own);
      await makeBackup({ store: first, dataDir: live, folder: copy, setting: "--out", clock });
      await first.close();
      const dataDir = join(folder, "restored");
      const second = await openStore(testStoreOptions(dataDir));
      await restoreBackup({ store: second, dataDir, folder: copy, clock });
      for (const { keys, says } of foreign) await expect(claim(second, keys)).rejects.toThrow(says);
      await claim(second, own);
      await second.close();
    });
  });

  it("has no key to compare before there is a schema", async () => {
    await withFolder(async (folder) => {
      const store = await openStore(testStoreOptions(folder));
      expect(await otherKeys(store.reader, storeKeysOf(own))).toEqual([]);
      await store.close();
    });
  });
});
