/** Keys that were taken past the service, and erasures that it did not put down. */
import type { Store } from "../../ingest/clickhouse/client.ts";
import { deleteRows, foundIn } from "../helpers/retention.ts";
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

describe("rows without a key that somebody put beside an identifier", () => {
  /** As many as are read of a subject, older than its own, at places that no verification can ask about. */
  const crowdOut = async (store: Store, place: string) => {
    for (let older = 1; older <= 16; older += 1) {
      await store.writer.command(
        `INSERT INTO identities
          SELECT * REPLACE ('' AS wrapped_key, sealed_at - ${older} AS sealed_at,
            now64(3) + 10 AS deadline, ${place.replace("older", String(older))})
          FROM identities WHERE subject_token = toUUID({token:String})
          ORDER BY sealed_at DESC LIMIT 1`,
        { token: annToken },
      );
    }
    expect(await foundIn(store)).toEqual([]);
  };

  it.each([
    ["at its own place", "0 AS offset"],
    ["at none", "'' AS source, older AS offset"],
  ])("%s hide it from no reveal", (_where, place) =>
    withMixture(async (store) => {
      await store.writer.command("SYSTEM STOP MERGES identities");
      await crowdOut(store, place);
      expect(await rowsOf(store)).toEqual({ rows: 17, keys: 1 });
      expect(await revealed(store)).toEqual(["+15550100"]);
    }),
  );

  it("keep its key from no erasure", () =>
    withMixture(async (store) => {
      await crowdOut(store, "'' AS source, older AS offset");
      await erase(store);
      expect(await rowsOf(store)).toEqual({ rows: 17, keys: 0 });
    }));
});

describe("a key that somebody took by hand", () => {
  const blank = (store: Store) =>
    store.writer.command(
      `ALTER TABLE identities UPDATE wrapped_key = '' WHERE subject_token = toUUID({token:String})
        SETTINGS mutations_sync = 2`,
      { token: annToken },
    );

  it("is missed, also where an erasure was made up to cover it", () =>
    withMixture(async (store) => {
      await blank(store);
      expect(await revealed(store)).toEqual(["unreadable"]);
      const missing = ["key_missing", "identities", 0, 1];
      expect(await foundIn(store)).toEqual([missing]);
      await erase(store, [bobToken]);
      await store.writer.command(`INSERT INTO erasures
        SELECT * REPLACE (toUUID('${annToken}') AS subject_token, 'service:x' AS source,
          now64(3) + 10 AS deadline) FROM erasures`);
      expect(await revealed(store)).toEqual(["unreadable"]);
      expect(await foundIn(store)).toEqual([missing, ["rows_unlinked", "erasures", 0, 1]]);
    }));

  it("is missed once the erasure that took it is deleted", () =>
    withMixture(async (store) => {
      await erase(store);
      await deleteRows(store, "erasures", "1");
      const found = await foundIn(store);
      expect(found).toContainEqual(["key_missing", "identities", 0, 1]);
      expect(found).toContainEqual(["row_missing", "statements", 0, 1]);
    }));

  it("erases nobody by a statement that was made up", () =>
    withMixture(async (store) => {
      await erase(store, [bobToken]);
      await store.writer.command(`INSERT INTO erasures
        SELECT * REPLACE (toUUID('${annToken}') AS subject_token, 5 AS offset,
          now64(3) + 10 AS deadline) FROM erasures`);
      expect(await erasuresOf(store).unfinished()).toEqual([]);
      expect(await revealed(store)).toEqual(["+15550100"]);
      const listed = await erasuresOf(store).list({ tokens: [], after: undefined, limit: 9 });
      expect(new Map(listed.map(({ token, isAuthentic }) => [token, isAuthentic]))).toEqual(
        new Map([
          [bobToken, true],
          [annToken, false],
        ]),
      );
    }));
});
