import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { createInbox } from "../../ingest/files/inbox.ts";
import { type FileSegment, type LoadOptions, loadFiles } from "../../ingest/files/load.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import { auditStoreOf, cutOff, mixture, view } from "../helpers/audit-store.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";

jest.setTimeout(60_000);

const limits = { batchRowsMax: 100, batchBytesMax: 1024 * 1024, recordBytesMax: 1024 * 1024 };
const start = Date.UTC(2026, 0, 1);
const eventAt = (second: number, id = `e${second}`) => ({
  ...view,
  event_id: id,
  time: new Date(start + second * 1_000).toISOString(),
});
const ndjson = (values: readonly unknown[]) =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

async function withFiles(
  contents: Readonly<Record<string, string | Buffer>>,
  body: (store: Store, paths: string[], folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const paths: string[] = [];
    for (const [name, content] of Object.entries(contents)) {
      paths.push(join(folder, name));
      await writeFile(join(folder, name), content);
    }
    const store = await openStore(testStoreOptions(join(folder, "data")));
    try {
      await migrate(store, systemClock);
      await body(store, paths, folder);
    } finally {
      await store.close();
    }
  });
}

async function load(store: Store, files: readonly string[], changes: Partial<LoadOptions> = {}) {
  const auditStore = auditStoreOf(store);
  await auditStore.warm();
  return loadFiles({ files, auditStore, store, config: limits, clock: systemClock, ...changes });
}

const counts = async ({ reader }: Store) => {
  const [row] = await reader.query(
    `SELECT (SELECT count() FROM outcomes) AS outcomes, (SELECT count() FROM access_events) AS events,
      (SELECT uniqExact(event_id) FROM access_events) AS ids, (SELECT count() FROM exposures) AS exposures`,
    {},
  );
  return row;
};

const thousand = ndjson(Array.from({ length: 1_000 }, (_, n) => eventAt(n)));
const wholeThousand = { outcomes: 1_000, events: 1_000, ids: 1_000, exposures: 2_000 };

describe("loading files", () => {
  it("stores every line once; the second time, compressed and renamed, changes nothing", async () => {
    const contents = { "a.ndjson": thousand, "b.ndjson.gz": gzipSync(thousand) };
    await withFiles(contents, async (store, [plain = "", zipped = ""]) => {
      expect(await load(store, [plain])).toMatchObject({
        records: 1_000,
        stored: 1_000,
        events: 1_000,
      });
      expect(await load(store, [zipped])).toMatchObject({
        records: 1_000,
        stored: 0,
        events: 1_000,
      });
      expect(await load(store, [plain, zipped])).toMatchObject({ records: 1_000, stored: 0 });
      expect(await counts(store)).toEqual(wholeThousand);
    });
  });

  it("stopped in between goes on where it stopped, and hands over every event again", async () => {
    await withFiles({ "a.ndjson": thousand }, async (store, paths) => {
      const stop = new AbortController();
      const onProgress = ({ records }: { records: number }) => {
        if (records >= 300) stop.abort();
      };
      await expect(load(store, paths, { signal: stop.signal, onProgress })).rejects.toThrow(
        /abort/i,
      );
      const seen: string[] = [];
      const onStored = async (segments: readonly FileSegment[]) => {
        for (const { events } of segments) for (const event of events) seen.push(event.eventId);
      };
      await load(store, paths, { onStored });
      expect(seen).toEqual(Array.from({ length: 1_000 }, (_, n) => `e${n}`));
      expect(await counts(store)).toEqual(wholeThousand);
    });
  });

  it.each(["access_events", "exposures", "outcomes"])(
    "cut off before %s goes on with other batches and doubles nothing",
    async (table) => {
      await withFiles({ "a.ndjson": thousand }, async (store, paths) => {
        const broken = load(cutOff(store, table), paths);
        await expect(broken).rejects.toThrow("cut off");
        await load(store, paths, { config: { ...limits, batchRowsMax: 33 } });
        expect(await counts(store)).toEqual(wholeThousand);
      });
    },
  );

  it("merges files by time and keeps late lines of a file where they are", async () => {
    const contents = {
      "a.ndjson": ndjson([eventAt(1), eventAt(5), eventAt(2), eventAt(7)]),
      "b.ndjson": ndjson([eventAt(3), eventAt(6), eventAt(8)]),
      "c.ndjson": ndjson([eventAt(0), "no time", eventAt(4)]),
    };
    await withFiles(contents, async (store, paths) => {
      const seen: string[] = [];
      const onStored = async (segments: readonly FileSegment[]) => {
        for (const { events } of segments) for (const event of events) seen.push(event.eventId);
      };
      const result = await load(store, paths, { onStored });
      expect(seen).toEqual(["e0", "e1", "e3", "e4", "e5", "e2", "e6", "e7", "e8"]);
      expect(result).toMatchObject({ records: 10, events: 9, deadLetters: 1 });
    });
  });

  it("gives every line an outcome: blank, too long, last without line break, byte order mark", async () => {
    const long = `{"kind":"access","pad":"${"x".repeat(1_100_000)}"}`;
    const content = `\ufeff${JSON.stringify(eventAt(1))}\r\n\n${long}\n${JSON.stringify(eventAt(2))}`;
    await withFiles({ "a.ndjson": content }, async (store, paths) => {
      expect(await load(store, paths)).toMatchObject({
        records: 4,
        events: 2,
        skips: 1,
        deadLetters: 1,
      });
      const rows = await store.reader.query("SELECT reason FROM outcomes ORDER BY offset", {});
      expect(rows).toEqual(
        ["access", "tombstone", "too_large", "access"].map((reason) => ({ reason })),
      );
    });
  });

  it.each([0, 300])("refuses a file that is altered in hand, after %s lines", async (after) => {
    const other = ndjson(Array.from({ length: 1_000 }, (_, n) => eventAt(n, `other-${n}`)));
    await withFiles({ "a.ndjson": other }, async (store, [path = ""]) => {
      const altering = async () => writeFile(path, thousand);
      let isAltered = after > 0;
      const reader: Store["reader"] = {
        query: async (...question) => {
          if (!isAltered) await altering();
          isAltered = true;
          return store.reader.query(...question);
        },
      };
      const onStored = async () => {
        if (after > 0) await altering();
      };
      await expect(load(store, [path], { store: { reader }, onStored })).rejects.toMatchObject({
        code: "files.unreadable",
      });
      // Nothing of the one file is taken for the other.
      await load(store, [path]);
      await writeFile(path, other);
      await load(store, [path]);
      expect(await counts(store)).toMatchObject({ events: 2_000, ids: 2_000 });
    });
  });

  it("refuses a damaged or absent file before anything is stored", async () => {
    const damaged = gzipSync(thousand).subarray(0, -20);
    await withFiles({ "a.ndjson.gz": damaged }, async (store, paths) => {
      await expect(load(store, paths)).rejects.toMatchObject({ code: "files.unreadable" });
      await expect(load(store, ["/nowhere.ndjson"])).rejects.toMatchObject({
        code: "files.unreadable",
      });
      expect(await counts(store)).toMatchObject({ outcomes: 0 });
    });
  });
});

describe("the inbox", () => {
  const log = createLog({ logLevel: "silent" });

  /** Resolves when as many files as expected have left the inbox. */
  async function emptied(folder: string, done: number, failed: number): Promise<void> {
    const count = async (name: string) => (await readdir(join(folder, name))).length;
    while ((await count("done")) < done || (await count("failed")) < failed) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it("takes complete files in once, keeps partial ones alone and puts broken ones aside", async () => {
    await withFiles({}, async (store, _paths, folder) => {
      const inboxFolder = join(folder, "inbox");
      await mkdir(inboxFolder);
      await writeFile(join(inboxFolder, ".later.ndjson.partial"), "{");
      await writeFile(join(inboxFolder, "broken.ndjson.gz"), gzipSync(thousand).subarray(0, -20));
      const auditStore = auditStoreOf(store);
      const inbox = createInbox({
        folder: inboxFolder,
        log,
        pollMs: 5,
        load: async (path, signal) => {
          await loadFiles({
            files: [path],
            auditStore,
            store,
            config: limits,
            clock: systemClock,
            signal,
          });
        },
      });
      await inbox.start();
      await emptied(inboxFolder, 0, 1);
      await writeFile(join(inboxFolder, ".new"), ndjson(mixture));
      await rename(join(inboxFolder, ".new"), join(inboxFolder, "new.ndjson"));
      await emptied(inboxFolder, 1, 1);
      await writeFile(join(inboxFolder, ".again"), ndjson(mixture));
      await rename(join(inboxFolder, ".again"), join(inboxFolder, "again.ndjson"));
      await emptied(inboxFolder, 2, 1);
      await inbox.stop();
      expect(await counts(store)).toMatchObject({ outcomes: mixture.length, events: 3, ids: 3 });
      expect(await readdir(inboxFolder)).toEqual([".later.ndjson.partial", "done", "failed"]);
    });
  });

  it("tries a file again when the store failed, and loses nothing by it", async () => {
    await withFiles({}, async (store, _paths, folder) => {
      const inboxFolder = join(folder, "inbox");
      await mkdir(inboxFolder);
      await writeFile(join(inboxFolder, "a.ndjson"), thousand);
      let attempts = 0;
      const inbox = createInbox({
        folder: inboxFolder,
        log,
        pollMs: 5,
        load: async (path) => {
          attempts += 1;
          await load(attempts === 1 ? cutOff(store, "outcomes") : store, [path]);
        },
      });
      await inbox.start();
      await emptied(inboxFolder, 1, 0);
      await inbox.stop();
      expect(attempts).toBe(2);
      expect(await counts(store)).toEqual(wholeThousand);
    });
  });
});
