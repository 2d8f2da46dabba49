/** Keys that were taken past the service, and erasures that it did not put down. */
import type { Store } from "../../ingest/clickhouse/client.ts";
import { deleteRows, foundIn } from "../helpers/retention.ts";
import {
  annToken,
  bobToken,
  erase,
  erasuresOf,
  revealed,
  withMixture,
} from "../helpers/subjects.ts";

jest.setTimeout(120_000);

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
