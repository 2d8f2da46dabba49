import fc from "fast-check";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { createLedgerChains } from "../../ingest/clickhouse/ledger-chains.ts";
import { createStatementWriter } from "../../ingest/clickhouse/statement-writer.ts";
import { exactTables } from "../../ingest/pipeline/audit-store.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import {
  auditStoreOf,
  cutOff,
  mixture,
  rangeOf,
  recordsOf,
  soon,
  view,
} from "../helpers/audit-store.ts";
import { notaryOf, statementsOf, testMac, testStatementMac, verify } from "../helpers/ledger.ts";
import { testStoreOptions, withStore } from "../helpers/store.ts";

jest.setTimeout(120_000);

/** The mixture with ids of its own. */
const valuesOf = (name: string) =>
  mixture.map((value, at) =>
    typeof value === "object" && value !== null ? { ...value, event_id: `${name}-${at}` } : value,
  );

async function write(
  store: Store,
  source: string,
  start: number,
  clock = systemClock,
): Promise<void> {
  const audit = auditStoreOf(store, {}, clock);
  const records = recordsOf(source, start, valuesOf(`${source}-${start}`));
  await audit.insertRanges([
    { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
  ]);
}

const links = async ({ reader }: Store) => {
  const rows = await reader.query(
    "SELECT source, sequence, start_offset, end_offset FROM ledger ORDER BY source, sequence",
    {},
  );
  return rows;
};

describe("the ledger", () => {
  it("holds one link per written range, chained by source, and verifies", async () => {
    await withStore(async (store) => {
      for (const start of [0, 10, 20]) await write(store, "kafka:a", start);
      await write(store, "kafka:b", 7);
      expect(await links(store)).toEqual([
        { source: "kafka:a", sequence: 0, start_offset: 0, end_offset: 10 },
        { source: "kafka:a", sequence: 1, start_offset: 10, end_offset: 20 },
        { source: "kafka:a", sequence: 2, start_offset: 20, end_offset: 30 },
        { source: "kafka:b", sequence: 0, start_offset: 7, end_offset: 17 },
      ]);
      expect(await notaryOf(store).round()).toBe(4);
      const found = await verify(store);
      expect(found).toMatchObject({ discrepancies: [], chains: 2, links: 4, offsets: 40 });
      expect(found.log).toMatchObject({ size: 4, signed: 4, checkpoints: 1 });
    });
  });

  it.each([...exactTables, "identities", "ledger"])(
    "a range cut off before %s and completed later is committed to as it is stored",
    async (table) => {
      await withStore(async (store) => {
        const records = recordsOf("kafka:a", 0, mixture);
        const broken = auditStoreOf(cutOff(store, table));
        const outcomes = await broken.decide(records);
        await expect(
          broken.insertRanges([{ range: rangeOf(records), outcomes, deadline: soon() }]),
        ).rejects.toThrow();
        const audit = auditStoreOf(store);
        await audit.warm();
        const again = await audit.decide(records);
        const missing = await audit.missing(rangeOf(records), again);
        expect(missing.offsets.get("ledger")?.size).toBe(10);
        await audit.insertMissing(rangeOf(records), again, missing, soon());
        expect(await audit.missing(rangeOf(records), again)).toMatchObject({ extent: "none" });
        await notaryOf(store).round();
        expect(await verify(store)).toMatchObject({ discrepancies: [], links: 1, offsets: 10 });
      });
    },
  );

  it("commits to the same bytes that the store gives back, whatever a field holds", async () => {
    const text = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      let start = 0;
      await fc.assert(
        fc.asyncProperty(text, text, fc.nat({ max: 2 ** 32 - 1 }), async (one, other, count) => {
          const event = {
            ...view,
            event_id: `e${start}`,
            agent: { id: one, team: other },
            session: { id: other, ip: one, asn: count },
            fields: ["phone", "sms_code"],
            subjects: [{ type: "account", id: one, tenant: other }],
            result_count: count,
            justification: { ticket_id: one, reason: other },
          };
          const records = recordsOf("kafka:a", start, [event]);
          await audit.insertRanges([
            { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
          ]);
          start += 1;
        }),
        { numRuns: 60 },
      );
      await notaryOf(store).round();
      expect(await verify(store)).toMatchObject({ discrepancies: [], offsets: start });
    });
  });

  it("goes on over a restart, of the writer and of the notary", async () => {
    await withStore(async (store, dataDir) => {
      await write(store, "kafka:a", 0);
      await notaryOf(store).round();
      await write(store, "kafka:a", 10);
      await store.close();
      const again = await openStore(testStoreOptions(dataDir));
      await write(again, "kafka:a", 20);
      expect(await notaryOf(again).round()).toBe(2);
      const found = await verify(again);
      expect(found).toMatchObject({ discrepancies: [], links: 3 });
      expect(found.log).toMatchObject({ size: 3, checkpoints: 2 });
      await again.close();
    });
  });

  it("keeps out a link that no holder of the key has written", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", 0);
      await store.writer.command(`INSERT INTO ledger
        SELECT * REPLACE ('kafka:b' AS source) FROM ledger`);
      expect(await notaryOf(store).round()).toBe(1);
      const { discrepancies } = await verify(store);
      expect(discrepancies.map(({ kind, source }) => [kind, source])).toEqual([
        ["link_forged", "kafka:b"],
      ]);
    });
  });

  it("takes in links that a clock which had run ahead makes look long past", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", 0);
      const ahead = { now: () => epochMs(systemClock.now() + 3_600_000) };
      const chains = createLedgerChains({ writer: store.writer, mac: testMac, clock: ahead });
      const { writer } = store;
      const mac = testStatementMac;
      const statements = createStatementWriter({ writer, chains, mac, clock: ahead });
      await statements.append("alert_actions", ["a1", 1, "open", "", "", "key:k", 5]);
      const notary = notaryOf(store);
      expect(await notary.round()).toBe(2);
      await write(store, "kafka:a", 10);
      expect(await notary.round()).toBe(1);
      expect(await verify(store)).toMatchObject({ discrepancies: [], links: 3 });
    });
  });

  it("takes in each link once over the hours, those that come nine minutes late among them", async () => {
    const begun = systemClock.now();
    const at = (minutes: number) => ({ now: () => epochMs(begun + minutes * 60_000) });
    await withStore(async (store) => {
      const notary = notaryOf(store);
      for (let turn = 0; turn < 18; turn += 1) {
        const own = [write(store, "kafka:a", turn * 10, at(turn * 7))];
        if (turn % 2 === 1) own.push(write(store, "kafka:late", turn * 10, at(turn * 7 - 9)));
        await Promise.all(own);
        expect([await notary.round(), await notary.round()]).toEqual([own.length, 0]);
      }
      const found = await verify(store);
      expect(found).toMatchObject({ discrepancies: [], links: 27 });
      expect(found.log).toMatchObject({ size: 27, checkpoints: 18 });
    });
  });

  it("signs nothing more over a log that was altered", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", 0);
      await notaryOf(store).round();
      await write(store, "kafka:a", 10);
      await store.writer.command("TRUNCATE TABLE ledger_entries");
      await expect(notaryOf(store).round()).rejects.toMatchObject({ code: "ledger.broken_log" });
    });
  });

  it("takes in what an earlier version had stored, holes and all, before anything new", async () => {
    await withStore(async (store) => {
      for (const start of [0, 10, 40]) await write(store, "kafka:a", start);
      await write(store, "kafka:b", 5);
      await store.writer.command("TRUNCATE TABLE ledger");
      await store.writer.command(`INSERT INTO schema_migrations
        SELECT id, name, checksum, now64(3) + 3600 FROM schema_migrations WHERE id = 3`);
      await store.writer.command(`ALTER TABLE schema_migrations
        DELETE WHERE id = 3 AND applied_at < now64(3) + 1800 SETTINGS mutations_sync = 2`);
      const audit = auditStoreOf(store);
      await audit.warm();
      const records = recordsOf("kafka:a", 50, valuesOf("later"));
      await audit.insertRanges([
        { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
      ]);
      expect(await links(store)).toEqual([
        { source: "kafka:a", sequence: 0, start_offset: 0, end_offset: 20 },
        { source: "kafka:a", sequence: 1, start_offset: 40, end_offset: 50 },
        { source: "kafka:a", sequence: 2, start_offset: 50, end_offset: 60 },
        { source: "kafka:b", sequence: 0, start_offset: 5, end_offset: 15 },
      ]);
      await notaryOf(store).round();
      expect(await verify(store)).toMatchObject({ discrepancies: [], offsets: 50 });
    });
  });

  it("takes nothing for earlier once a head is signed, whatever time it claims", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", 0);
      await notaryOf(store).round();
      await store.writer.command(`INSERT INTO outcomes
        SELECT * REPLACE (offset + 100 AS offset, toDateTime64(0, 3) AS ingested_at,
          now64(3) + 60 AS deadline) FROM outcomes WHERE reason = 'agent'`);
      await auditStoreOf(store).warm();
      expect(await links(store)).toHaveLength(1);
      await notaryOf(store).round();
      const { discrepancies } = await verify(store);
      expect(discrepancies.map(({ kind, table }) => [kind, table])).toContainEqual([
        "rows_unlinked",
        "outcomes",
      ]);
    });
  });

  it("covers what analysts decided, and what a failed statement left behind", async () => {
    await withStore(async (store) => {
      const statements = statementsOf(store);
      const action = (id: string) => [id, 1, "resolved", "malicious", "it’s “odd”", "key:k", 5];
      await statements.append("alert_actions", action("a1"));
      const key = ["k1", 1, "n", "admin", "ab".repeat(32), 5, null, null, ""];
      await statements.append("api_keys", key);
      const broken = statementsOf(cutOff(store, "ledger"));
      await expect(broken.append("alert_actions", action("a2"))).rejects.toThrow("cut off");
      await statements.append("alert_actions", action("a3"));
      await notaryOf(store).round();
      const left = await verify(store);
      expect(left.discrepancies.map(({ kind, table }) => [kind, table])).toEqual([
        ["rows_unlinked", "alert_actions"],
      ]);
      // Its deadline has to pass first: until then the failed append might still land.
      const later = { now: () => epochMs(systemClock.now() + 60_000) };
      const chains = createLedgerChains({ writer: store.writer, mac: testMac, clock: later });
      const { writer } = store;
      const mac = testStatementMac;
      await createStatementWriter({ writer, chains, mac, clock: later }).coverOrphans();
      await notaryOf(store).round();
      expect(await verify(store)).toMatchObject({ discrepancies: [], offsets: 4, chains: 2 });
    });
  });
});
