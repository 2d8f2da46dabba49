/** A stored snapshot that is not what was saved is told, thrown away, and made anew from the recorded inputs. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createEngineJournal } from "../../detectors/runner/engine-journal.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { testStoreOptions, withFolder, withStore } from "../helpers/store.ts";

const version = 7;
const now = epochMs(Date.parse("2026-03-02T00:00:00Z"));
const journalOf = (store: Store) => createEngineJournal(store, version);

/** Two snapshots, the second of which overwrites one key and adds another. */
async function save(store: Store): Promise<void> {
  const journal = journalOf(store);
  await journal.load();
  await journal.save([[{ key: "a", state: '{"n":1}' }], [{ key: "b", state: '{"n":2}' }]], 3, now);
  await journal.save([[{ key: "b", state: '{"n":4}' }], [{ key: "c", state: '{"n":5}' }]], 8, now);
}

const altered = (key: string, expression: string) =>
  `ALTER TABLE snapshots UPDATE state = ${expression} WHERE key = '${key}' SETTINGS mutations_sync = 2`;
const deleted = (where: string) =>
  `ALTER TABLE snapshots DELETE WHERE ${where} SETTINGS mutations_sync = 2`;

describe("a snapshot of detection", () => {
  it("leaves what was recorded while it was stored to be scored again", async () => {
    await withStore(async (store) => {
      const journal = journalOf(store);
      await journal.load();
      const place = { source: "kafka:a", partition: 0, origin: "live" } as const;
      const recorded = [1, 2, 3].map((sequence) => ({
        ...place,
        sequence,
        start: sequence,
        end: sequence + 1,
      }));
      const when = { now, deadline: epochMs(systemClock.now() + 60_000) };
      await journal.recordInputs(recorded.slice(0, 1), when);
      const pieces = [[{ key: "a", state: "{}" }]];
      const saved = journal.save(pieces, 1, now);
      await journal.recordInputs(recorded.slice(1), when);
      await saved;
      const next = journalOf(store);
      const loaded = await next.load();
      expect(loaded).toMatchObject({ kind: "saved", sequence: 1 });
      expect(await next.inputsAfter(1, 10)).toEqual(recorded.slice(1));
    });
  });

  it("is read back as it was saved, and goes on from there in another process", async () => {
    await withStore(async (store) => {
      await save(store);
      const second = journalOf(store);
      const expected = [
        { key: "a", state: '{"n":1}' },
        { key: "b", state: '{"n":4}' },
        { key: "c", state: '{"n":5}' },
      ];
      expect(await second.load()).toEqual({ kind: "saved", sequence: 8, rows: expected });
      await second.save([[{ key: "a", state: '{"n":9}' }]], 11, now);
      const rows = [{ key: "a", state: '{"n":9}' }, ...expected.slice(1)];
      expect(await journalOf(store).load()).toEqual({ kind: "saved", sequence: 11, rows });
    });
  });

  it("holds a key once however often it was saved, when it is tidied", async () => {
    await withStore(async (store) => {
      const journal = journalOf(store);
      await journal.load();
      for (let n = 1; n <= 5; n += 1) {
        await journal.save([[{ key: "a", state: `{"n":${n}}` }]], n, now);
        await journal.tidy();
      }
      const stored = await store.reader.query(
        "SELECT key, sequence FROM snapshots ORDER BY key",
        {},
      );
      expect(stored).toEqual(["a", "head"].map((key) => ({ key, sequence: 5 })));
      const rows = [{ key: "a", state: '{"n":5}' }];
      expect(await journalOf(store).load()).toEqual({ kind: "saved", sequence: 5, rows });
    });
  });

  it.each([
    { what: "a changed number", sql: altered("a", "replaceAll(state, '1', '2')") },
    { what: "a cut state", sql: altered("c", "substring(state, 1, 3)") },
    { what: "a state under another key", sql: altered("a", `'{"n":4}'`) },
    { what: "a lost key", sql: deleted("key = 'c'") },
    { what: "a key put back to its older state", sql: deleted("key = 'b' AND sequence = 8") },
    { what: "a lost head", sql: deleted("key = 'head'") },
    { what: "an older head", sql: deleted("key = 'head' AND sequence = 8") },
    { what: "a head without its seal", sql: altered("head", "'nothing'") },
  ])("is told to be damaged with $what", async ({ sql }) => {
    await withStore(async (store) => {
      await save(store);
      await store.writer.command(sql);
      const journal = journalOf(store);
      expect(await journal.load()).toEqual({ kind: "damaged" });
      await journal.discard();
      expect(await journal.load()).toEqual({ kind: "saved", sequence: 0, rows: [] });
      await journal.save([[{ key: "a", state: '{"n":7}' }]], 8, now);
      const rows = [{ key: "a", state: '{"n":7}' }];
      expect(await journalOf(store).load()).toEqual({ kind: "saved", sequence: 8, rows });
    });
  });

  it("is read without a seal when an earlier version saved it, and sealed from then on", async () => {
    await withStore(async (store) => {
      await store.writer.insertRows(
        "snapshots",
        ["a", "head"].map((key) => ({
          engine_version: version,
          key,
          sequence: 5,
          state: "{}",
          recorded_at: now,
        })),
      );
      const journal = journalOf(store);
      const rows = [{ key: "a", state: "{}" }];
      expect(await journal.load()).toEqual({ kind: "saved", sequence: 5, rows });
      await journal.save([], 6, now);
      await store.writer.command(altered("a", "'{} '"));
      expect(await journalOf(store).load()).toEqual({ kind: "damaged" });
    });
  });

  it("is told to be damaged when its bytes on disk are", async () => {
    await withFolder(async (dataDir) => {
      const first = await openStore(testStoreOptions(dataDir));
      await migrate(first, systemClock);
      await save(first);
      const [{ path }] = (await first.reader.query(
        "SELECT path FROM system.parts WHERE table = 'snapshots' AND active ORDER BY name LIMIT 1",
        {},
      )) as [{ path: string }];
      await first.close();
      spoil(path);
      const second = await openStore(testStoreOptions(dataDir));
      try {
        const journal = journalOf(second);
        expect(await journal.load()).toEqual({ kind: "damaged" });
        await journal.discard();
        await journal.save([[{ key: "a", state: "{}" }]], 9, now);
        const rows = [{ key: "a", state: "{}" }];
        expect(await journalOf(second).load()).toEqual({ kind: "saved", sequence: 9, rows });
      } finally {
        await second.close();
      }
    });
  });
});

/** Turns a byte in the middle of the largest file of a part. */
function spoil(part: string): void {
  const files = readdirSync(part).map((name) => ({
    path: join(part, name),
    bytes: readFileSync(join(part, name)),
  }));
  const data = files.filter(({ path }) => path.endsWith(".bin"));
  const [largest] = data.toSorted((a, b) => b.bytes.length - a.bytes.length);
  if (largest === undefined) throw new TypeError("the part has no data");
  const at = largest.bytes.length >> 1;
  largest.bytes.writeUInt8(largest.bytes.readUInt8(at) ^ 0xff, at);
  writeFileSync(largest.path, largest.bytes);
}
