/** An erasure takes a subject's key for good and leaves everything else as it was. */
import { join } from "node:path";
import { makeBackup } from "../../ingest/backup/backup.ts";
import { restoreBackup } from "../../ingest/backup/restore.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import { createErasureKeeper } from "../../ingest/subjects/erasure-keeper.ts";
import { ann, cutOff, mixture, view } from "../helpers/audit-store.ts";
import { eventually } from "../helpers/cli-process.ts";
import {
  daysAhead,
  everyLimit,
  foundIn,
  holdsOf,
  retire,
  rowCounts,
  write,
} from "../helpers/retention.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";
import {
  annToken,
  bobToken,
  erase,
  erasuresOf,
  revealed,
  rowsOf,
  withMixture,
} from "../helpers/subjects.ts";

jest.setTimeout(120_000);

const unknown = "0f0f0f0f-0000-4000-8000-000000000001";
const again = (id: string) => ({ ...view, event_id: id, subjects: [ann] });
const erasedRow = { rows: 1, keys: 0 };

/** The same store, whose connection breaks before a key is removed. */
const withoutRemoval = (store: Store): Store => ({
  ...store,
  bulkWriter: { ...store.bulkWriter, command: () => Promise.reject(new Error("cut off")) },
});

/** As a process stores that has looked for a subject before another one stored it. */
const unaware = (store: Store): Store => ({
  ...store,
  writer: {
    ...store.writer,
    query: async (sql, params) =>
      /^SELECT toString\(subject_token\) AS token FROM identities/.test(sql)
        ? []
        : store.writer.query(sql, params),
  },
});

const partsOf = (store: Store) =>
  store.reader.query(
    `SELECT active, rows FROM system.parts
      WHERE database = currentDatabase() AND table = 'identities'`,
    {},
  );

describe("an erasure", () => {
  it("takes the key out of every row and every part on disk, and everything verifies", () =>
    withMixture(async (store) => {
      expect(await revealed(store, [annToken, bobToken])).toEqual(["+15550100", "bob@example.com"]);
      const sealed = "SELECT subject_token, sealed_id, sealed_at FROM identities ORDER BY ALL";
      const before = await store.reader.query(sealed, {});
      expect(await erase(store, [annToken, unknown])).toEqual({
        kind: "erased",
        subjects: [
          { token: annToken, erasedAt: expect.any(Number) },
          { token: unknown, erasedAt: null },
        ],
      });
      expect(await partsOf(store)).toEqual([{ active: 1, rows: 2 }]);
      expect(await rowsOf(store)).toEqual(erasedRow);
      expect(await store.reader.query(sealed, {})).toEqual(before);
      expect(await revealed(store, [bobToken, annToken, unknown])).toEqual([
        "bob@example.com",
        "erased",
        "unknown",
      ]);
      expect(await rowCounts(store, ["erasures"])).toEqual({ erasures: 1 });
      expect(await foundIn(store)).toEqual([]);
    }));

  it("has taken it from the disk when it is answered, also while somebody was reading it", () =>
    withMixture(async (store) => {
      const slow = "SELECT sleepEachRow(1), wrapped_key FROM identities";
      const reading = store.reader.query(slow, {});
      await eventually(async () => {
        const running =
          "SELECT query_id FROM system.processes WHERE startsWith(query, {slow:String})";
        return (await store.writer.query(running, { slow })).length > 0 ? true : undefined;
      }, 5_000);
      await erase(store);
      expect(await partsOf(store)).toEqual([{ active: 1, rows: 2 }]);
      await reading;
    }));

  it("that is repeated changes nothing, and keeps the time of the first", () =>
    withMixture(async (store) => {
      const first = await erase(store);
      expect(await erase(store)).toEqual(first);
      expect(await rowCounts(store, ["erasures"])).toEqual({ erasures: 1 });
      expect(await foundIn(store)).toEqual([]);
    }));

  it("removes nothing unless it was put down", () =>
    withMixture(async (store) => {
      await expect(erase(cutOff(store, "erasures"))).rejects.toThrow("cut off");
      expect(await revealed(store)).toEqual(["+15550100"]);
      expect(await rowsOf(store)).toEqual({ rows: 1, keys: 1 });
    }));

  it("holds for whoever is seen again, whatever process sees it and after a restart", () =>
    withFolder(async (folder) => {
      const over = async (body: (store: Store) => Promise<void>) => {
        const store = await openStore(testStoreOptions(folder));
        await body(store).finally(store.close);
      };
      await over(async (store) => {
        await migrate(store, systemClock);
        await write(store, "kafka:a", mixture);
        await erase(store);
        await write(store, "kafka:b", [again("b1")]);
        expect(await rowsOf(store)).toEqual(erasedRow);
      });
      await over(async (store) => {
        await write(store, "kafka:c", [again("c1")]);
        expect(await rowsOf(store)).toEqual(erasedRow);
        expect(await revealed(store)).toEqual(["erased"]);
        expect(await foundIn(store)).toEqual([]);
      });
    }));

  it("is refused for all of them while a hold on one is in force, and not for its agent's", () =>
    withMixture(async (store) => {
      const stamp = { principal: "key:k", at: systemClock.now() };
      const scope = { agentId: "", subjectToken: annToken, fromAt: null, toAt: null };
      const hold = await holdsOf(store).place({ ...scope, reason: "case 7" }, stamp);
      const ofAgent = { ...scope, agentId: "a1", subjectToken: "" };
      await holdsOf(store).place({ ...ofAgent, reason: "case 8" }, stamp);
      const refused = { kind: "held", tokens: [annToken] };
      expect(await erase(store, [bobToken, annToken])).toEqual(refused);
      expect(await revealed(store, [annToken, bobToken])).toEqual(["+15550100", "bob@example.com"]);
      await holdsOf(store).release(hold.holdId, stamp);
      expect(await erase(store, [bobToken, annToken])).toMatchObject({ kind: "erased" });
      expect(await revealed(store, [annToken, bobToken])).toEqual(["erased", "erased"]);
    }));

  it("stands in the ledger however much retention takes", () =>
    withMixture(async (store) => {
      await erase(store);
      await retire(store, everyLimit(1), daysAhead(4_000));
      expect(await rowCounts(store, ["erasures", "identities", "access_events"])).toEqual({
        erasures: 1,
        identities: 2,
        access_events: 0,
      });
      expect(await foundIn(store)).toEqual([]);
    }));

  it("is unknown to a backup of before, whose key is back until it is done again", () =>
    withFolder(async (folder) => {
      const [live, copy] = [join(folder, "live"), join(folder, "copy")];
      const first = await openStore(testStoreOptions(live));
      await migrate(first, systemClock);
      await write(first, "kafka:a", mixture);
      const making = { dataDir: live, folder: copy, setting: "--out", clock: systemClock };
      await makeBackup({ store: first, ...making });
      await erase(first);
      await first.close();
      const dataDir = join(folder, "restored");
      const store = await openStore(testStoreOptions(dataDir));
      await restoreBackup({ store, dataDir, folder: copy, clock: systemClock });
      expect(await revealed(store)).toEqual(["+15550100"]);
      await erase(store);
      expect([await revealed(store), await foundIn(store)]).toEqual([["erased"], []]);
      await store.close();
    }));
});

describe("an erasure that was cut off before the key was removed", () => {
  const cut = async (store: Store) => {
    await expect(erase(withoutRemoval(store))).rejects.toThrow("cut off");
    expect(await revealed(store)).toEqual(["erased"]);
    expect(await rowsOf(store)).toEqual({ rows: 1, keys: 1 });
    expect(await foundIn(store)).toEqual([["key_unexpected", "identities", 0, 1]]);
  };

  it("is finished by the next process, soon after its start", () =>
    withMixture(async (store) => {
      await cut(store);
      const metrics = createMetrics();
      const log = createLog({ logLevel: "silent" });
      const keeper = createErasureKeeper({ erasures: erasuresOf(store), log, metrics });
      keeper.start();
      await eventually(
        async () =>
          (await metrics.registry.metrics()).includes("deskwatch_erasure_unfinished_subjects 0")
            ? true
            : undefined,
        5_000,
      );
      await keeper.stop();
      expect(await rowsOf(store)).toEqual(erasedRow);
      expect(await foundIn(store)).toEqual([]);
    }));

  it("is finished by whoever erases again, without a second statement", () =>
    withMixture(async (store) => {
      await cut(store);
      await erase(store);
      expect(await rowsOf(store)).toEqual(erasedRow);
      expect(await rowCounts(store, ["erasures"])).toEqual({ erasures: 1 });
      expect(await foundIn(store)).toEqual([]);
    }));
});

describe("a subject whom another process was sealing at the same time", () => {
  it("is erased in both rows where the other came before", () =>
    withMixture(async (store) => {
      await write(unaware(store), "kafka:b", [again("b1")]);
      expect(await rowsOf(store)).toEqual({ rows: 2, keys: 2 });
      await erase(store);
      expect(await rowsOf(store)).toEqual({ rows: 2, keys: 0 });
      expect(await foundIn(store)).toEqual([]);
    }));

  it("is not revealed where the other comes late, and loses that key, too", () =>
    withMixture(async (store) => {
      await erase(store);
      await write(unaware(store), "kafka:b", [again("b1")]);
      expect(await rowsOf(store)).toEqual({ rows: 2, keys: 1 });
      expect(await revealed(store)).toEqual(["erased"]);
      expect(await foundIn(store)).toEqual([["key_unexpected", "identities", 0, 1]]);
      const erasures = erasuresOf(store);
      expect(await erasures.unfinished()).toEqual([annToken]);
      await erasures.finish(await erasures.unfinished());
      expect(await rowsOf(store)).toEqual({ rows: 2, keys: 0 });
      expect(await foundIn(store)).toEqual([]);
    }));
});
