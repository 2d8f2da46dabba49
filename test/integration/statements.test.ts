import type { Store } from "../../ingest/clickhouse/client.ts";
import { createLedgerChains } from "../../ingest/clickhouse/ledger-chains.ts";
import { createStatementWriter } from "../../ingest/clickhouse/statement-writer.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { cutOff, soon } from "../helpers/audit-store.ts";
import { notaryOf, statementsOf, testMac, testStatementMac, verify } from "../helpers/ledger.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(120_000);

const action = (id: string) => [id, 1, "resolved", "malicious", "it’s “odd”", "key:k", 5];
const token = "0f0f0f0f-0000-4000-8000-000000000001";
/** A statement of each table, with and without a time. */
const statements = [
  ["alert_actions", action("a1")],
  ["api_keys", ["k1", 1, "n", "admin", "ab".repeat(32), 5, null, 7, "ann"]],
  ["legal_holds", ["h1", 1, "a1", "", 5, null, "case 7", "key:k", 5, null]],
  ["suppressions", ["s1", 1, "canary", "a1", "", "t1", "", "it’s “odd”", "key:k", 5, 6, null]],
  [
    "reads",
    [
      "r1",
      5,
      "key:k",
      "viewer",
      "/v1/events",
      ["it’s “odd”"],
      [],
      [token],
      ["t1"],
      "",
      5,
      null,
      "",
      "",
    ],
  ],
  [
    "reads",
    [
      "r2",
      5,
      "key:k",
      "analyst",
      "/v1/subjects/reveal",
      [],
      [],
      [token],
      [],
      "",
      null,
      null,
      "it’s “odd”",
      "",
    ],
  ],
  ["reads", ["r3", 5, "key:k", "viewer", "/v1/exposure", [], [], [], [], "", 5, null, "", "i1"]],
  ["erasures", [token, "it’s “odd”", "key:k", 5]],
  ["retirements", ["r1", 5, "key:k", "ticket_events", 5, "kafka:a", 0, 4, 9, 3, "5 h1"]],
] as const;

/** At a time when nothing can still arrive. */
const coverOrphans = ({ writer }: Store): Promise<number> => {
  const clock = { now: () => epochMs(systemClock.now() + 120_000) };
  const chains = createLedgerChains({ writer, mac: testMac, clock });
  return createStatementWriter({ writer, chains, mac: testStatementMac, clock }).coverOrphans();
};

const unlinked = async (store: Store) => {
  await notaryOf(store).round();
  const { discrepancies, chains } = await verify(store);
  const found = discrepancies.map(({ kind, table, source, from, to }) => ({
    place: `${kind} ${table} ${from}-${to}`,
    source,
  }));
  return { chains, found };
};

describe("a statement without a link", () => {
  it.each(statements)("of %s that a failed process left behind gets one", async (table, values) => {
    await withStore(async (store) => {
      await expect(statementsOf(cutOff(store, "ledger")).append(table, values)).rejects.toThrow();
      expect((await unlinked(store)).found).toHaveLength(1);
      expect(await coverOrphans(store)).toBe(0);
      expect(await unlinked(store)).toEqual({ chains: 1, found: [] });
    });
  });

  it("of several at once, one of which a backup has not caught, gets one", async () => {
    await withStore(async (store) => {
      const all = ["a1", "a2", "a3", "a4"].map(action);
      const left = statementsOf(cutOff(store, "ledger")).appendAll("alert_actions", all);
      await expect(left).rejects.toThrow("cut off");
      await store.writer.command(
        "ALTER TABLE alert_actions DELETE WHERE alert_id = 'a2' SETTINGS mutations_sync = 2",
      );
      expect(await coverOrphans(store)).toBe(0);
      expect(await unlinked(store)).toEqual({ chains: 1, found: [] });
      await store.writer.command(
        "ALTER TABLE alert_actions DELETE WHERE alert_id = 'a3' SETTINGS mutations_sync = 2",
      );
      const { found } = await unlinked(store);
      expect(found.map(({ place }) => place)).toEqual(["row_missing statements 2-3"]);
    });
  });

  it("that no holder of the key has written gets none, wherever it lies and whatever it copies", async () => {
    await withStore(async (store) => {
      await statementsOf(store).append("alert_actions", action("a1"));
      const left = statementsOf(cutOff(store, "ledger")).append("alert_actions", action("a2"));
      await expect(left).rejects.toThrow("cut off");
      const copy = (id: string, changes: string) =>
        store.writer.command(`INSERT INTO alert_actions
          SELECT * REPLACE (${changes}, now64(3) + 10 AS deadline)
          FROM (SELECT * FROM alert_actions WHERE alert_id = '${id}' AND source != 'service:copy'
            LIMIT 1)`);
      await copy("a1", "'service:copy' AS source");
      await copy("a1", "1 AS offset");
      await copy("a2", "'a3' AS alert_id, 1 AS offset");
      await copy("a2", "'a4' AS alert_id, 'service:far' AS source, 18446744073709551615 AS offset");
      await store.writer.insertRows("api_keys", [
        {
          ...{ key_id: "k", revision: 1, name: "", role: "admin", secret_hash: "ab".repeat(32) },
          ...{ created_at: 5, source: "service:made-up", offset: 0, deadline: soon(), mac: "1:00" },
        },
      ]);
      expect(await coverOrphans(store)).toBe(5);
      const { chains, found } = await unlinked(store);
      // Of the service: the action, and the one that was left behind.
      expect(chains).toBe(2);
      const places = found.map(({ place, source = "" }) =>
        /^service:[a-z-]+$/.test(source) ? `${place} ${source}` : place,
      );
      expect(places.toSorted()).toEqual([
        "rows_unlinked alert_actions 0-1 service:copy",
        "rows_unlinked alert_actions 1-2",
        "rows_unlinked alert_actions 1-2",
        "rows_unlinked alert_actions 9007199254740991-9007199254740992 service:far",
        "rows_unlinked api_keys 0-1 service:made-up",
      ]);
    });
  });

  it("keeps nothing of the service from its own, put at the same place", async () => {
    await withStore(async (store) => {
      const left = statementsOf(cutOff(store, "ledger")).append("alert_actions", action("a1"));
      await expect(left).rejects.toThrow("cut off");
      await store.writer.command(`INSERT INTO alert_actions
        SELECT * REPLACE ('a0' AS alert_id) FROM alert_actions`);
      await coverOrphans(store);
      const { chains, found } = await unlinked(store);
      expect(chains).toBe(1);
      expect(found.map(({ place }) => place)).toEqual(["row_unexpected alert_actions 0-1"]);
    });
  });
});

describe("a statement's MAC", () => {
  const unnamed = ["k1", 1, "n", "admin", "ab".repeat(32), 5, null, 7, ""];
  const unasked = [
    "r1",
    5,
    "key:k",
    "viewer",
    "/v1/events",
    ["a1"],
    [],
    [],
    [],
    "",
    5,
    null,
    "",
    "",
  ];
  it.each([
    ["api_keys", "principal", unnamed],
    ["reads", "reason", unasked],
    ["reads", "incident_id", unasked],
  ] as const)(
    "of %s is missed where it was put into the empty %s",
    async (table, young, values) => {
      await withStore(async (store) => {
        await statementsOf(store).append(table, values);
        expect((await unlinked(store)).found).toEqual([]);
        await store.writer.command(
          `ALTER TABLE ${table} UPDATE ${young} = mac, mac = '' WHERE 1 SETTINGS mutations_sync = 2`,
        );
        const { found } = await unlinked(store);
        expect(found.map(({ place }) => place)).toEqual([`range_differs ${table} 0-1`]);
      });
    },
  );
});
