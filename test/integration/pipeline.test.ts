import type { Store } from "../../ingest/clickhouse/client.ts";
import { exactTables } from "../../ingest/pipeline/audit-store.ts";
import { parseKeyRing } from "../../ingest/pipeline/key.ts";
import { createSealer } from "../../ingest/pipeline/seal.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createReveal } from "../../ingest/subjects/reveal.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import {
  auditStoreOf,
  auditConfig as config,
  cutOff,
  mixture,
  rangeOf,
  recordsOf,
  soon,
  view,
} from "../helpers/audit-store.ts";
import { testStatementMac } from "../helpers/ledger.ts";
import { withStore } from "../helpers/store.ts";

const tableSizes = async (store: Store): Promise<Record<string, unknown>> => {
  const sizes: Record<string, unknown> = {};
  for (const table of [...exactTables, "identities"]) {
    const [row] = await store.reader.query(`SELECT count() AS n FROM ${table}`, {});
    sizes[table] = (row as { n: number }).n;
  }
  return sizes;
};
const sizesOfMixture = {
  access_events: 3,
  // Two displayed, two searched; the denied view exposes nobody.
  exposures: 4,
  subject_events: 1,
  ticket_events: 1,
  agent_events: 1,
  dead_letters: 2,
  outcomes: 10,
  identities: 2,
};

describe("a range in the audit trail", () => {
  it("leaves one outcome per record and the rows of its events", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const records = recordsOf("kafka:x", 5, mixture);
      const outcomes = await audit.decide(records);
      await audit.insertRanges([{ range: rangeOf(records), outcomes, deadline: soon() }]);
      expect(await tableSizes(store)).toEqual(sizesOfMixture);
      const rows = await store.reader.query(
        "SELECT kind, reason, offset FROM outcomes ORDER BY offset",
        {},
      );
      expect(rows.map((row) => Object.values(row as object).join(" "))).toEqual([
        "event access 5",
        "event access 6",
        "event access 7",
        "event subject 8",
        "event ticket 9",
        "event agent 10",
        "skip duplicate 11",
        "dead_letter id_conflict 12",
        "dead_letter invalid_json 13",
        "skip tombstone 14",
      ]);
      expect((await audit.missing(rangeOf(records), outcomes)).extent).toBe("none");
    });
  });

  it("keeps times to the millisecond and no raw identifier outside the sealed table", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const records = recordsOf("kafka:x", 0, mixture);
      await audit.insertRanges([
        { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
      ]);
      const [row] = await store.reader.query(
        "SELECT toUnixTimestamp64Milli(at) AS at, subject_tenants FROM access_events WHERE event_id = 'e1'",
        {},
      );
      expect(row).toEqual({
        at: Date.UTC(2026, 0, 31, 23, 59, 59, 999),
        subject_tenants: ["t1", "", "t1"],
      });
      for (const table of [...exactTables, "identities"]) {
        const all = JSON.stringify(await store.reader.query(`SELECT * FROM ${table}`, {}));
        expect(all).not.toMatch(/555|bob@|not json/i);
      }
    });
  });

  it("gives the identifier behind a token back to whoever has the master key", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const records = recordsOf("kafka:x", 0, [view]);
      await audit.insertRanges([
        { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
      ]);
      const tokens = await store.reader.query(
        "SELECT toString(subject_token) AS token FROM exposures",
        {},
      );
      const reveal = createReveal({
        reader: store.reader,
        sealer: createSealer(parseKeyRing("K", config.masterKey)),
        mac: testStatementMac,
      });
      const revealed = await reveal(tokens.map((row) => (row as { token: string }).token));
      expect(revealed.map((one) => one.state === "revealed" && one.canonicalId).sort()).toEqual([
        "+15550100",
        "bob@example.com",
      ]);
    });
  });

  it.each(exactTables.map((table, at) => ({ table, at })))(
    "cut off before $table is completed by a new process, nothing doubled",
    async ({ at }) => {
      await withStore(async (store) => {
        const records = recordsOf("kafka:x", 5, mixture);
        const range = rangeOf(records);
        const audit = auditStoreOf(cutOff(store, exactTables[at] ?? ""));
        const failing = audit.insertRanges([
          { range, outcomes: await audit.decide(records), deadline: soon() },
        ]);
        await expect(failing).rejects.toThrow("cut off");

        const restarted = auditStoreOf(store);
        await restarted.warm();
        // Another partition delivers the same events before the range is mended.
        const other = recordsOf("kafka:y", 0, mixture.slice(0, 6));
        const early = await restarted.decide(other);
        const outcomes = await restarted.decide(records);
        const missing = await restarted.missing(range, outcomes);
        expect(missing.extent).toBe(at === 0 ? "all" : "some");
        await restarted.insertMissing(range, outcomes, missing, soon());
        expect((await restarted.missing(range, outcomes)).extent).toBe("none");
        await restarted.insertRanges([
          { range: rangeOf(other), outcomes: early, deadline: soon() },
        ]);
        const ids = await store.reader.query(
          "SELECT event_id FROM access_events GROUP BY event_id HAVING count() > 1",
          {},
        );
        expect(ids).toEqual([]);
        const [stored] = await store.reader.query(
          "SELECT count() AS n, uniqExact(event_id_hash) AS ids FROM outcomes WHERE kind = 'event'",
          {},
        );
        expect(stored).toEqual({ n: 6, ids: 6 });
      });
    },
  );

  it("is refused by the database after its deadline, and is then wholly missing", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const records = recordsOf("kafka:x", 0, [view]);
      const outcomes = await audit.decide(records);
      const late = audit.insertRanges([
        { range: rangeOf(records), outcomes, deadline: epochMs(systemClock.now() - 1) },
      ]);
      await expect(late).rejects.toMatchObject({ code: "clickhouse.constraint" });
      expect((await audit.missing(rangeOf(records), outcomes)).extent).toBe("all");
    });
  });

  it("repeated whole is stored once", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const records = recordsOf("kafka:x", 5, mixture);
      const outcomes = await audit.decide(records);
      await audit.insertRanges([{ range: rangeOf(records), outcomes, deadline: soon() }]);
      await audit.insertRanges([{ range: rangeOf(records), outcomes, deadline: soon() }]);
      expect(await tableSizes(store)).toEqual(sizesOfMixture);
    });
  });

  it("with a hole is refused before anything is written", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const records = recordsOf("kafka:x", 0, [view, null]);
      const outcomes = await audit.decide(records);
      const range = { ...rangeOf(records), end: 3 };
      await expect(
        audit.insertRanges([{ range, outcomes, deadline: soon() }]),
      ).rejects.toMatchObject({
        code: "store.uncovered_range",
      });
      expect((await tableSizes(store))["access_events"]).toBe(0);
    });
  });
});
