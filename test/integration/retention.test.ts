import { storeAlerts } from "../../detectors/store/alert-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { alertId } from "../../ingest/vocabulary/brand.ts";
import { alertExample } from "../fixtures/api/alert-example.ts";
import { auditStoreOf, cutOff, mixture, rangeOf, recordsOf } from "../helpers/audit-store.ts";
import { notaryOf, statementsOf } from "../helpers/ledger.ts";
import {
  coverOrphans,
  daysAhead,
  everyLimit,
  foundIn,
  retire,
  rowCounts,
  write,
  writeAll,
} from "../helpers/retention.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(120_000);

const muchLater = daysAhead(4_000);
const tables = [
  "access_events",
  "exposures",
  "subject_events",
  "ticket_events",
  "agent_events",
  "dead_letters",
  "alert_actions",
  "reads",
];
const nothing = Object.fromEntries(tables.map((table) => [table, 0]));

describe("a pass of retention", () => {
  it("retires every kind of row, and the store still verifies", async () => {
    await withStore(async (store) => {
      await writeAll(store);
      const { retired, refusedLinks } = await retire(store, everyLimit(1), muchLater);
      expect(refusedLinks).toBe(0);
      // By hand from the mixture: 3 accesses and the one of kafka:b; no JSON and a changed id.
      expect(Object.fromEntries(retired)).toEqual({
        access_events: 4,
        subject_events: 1,
        ticket_events: 1,
        agent_events: 1,
        dead_letters: 2,
        alert_actions: 1,
        reads: 2,
      });
      expect(await rowCounts(store, tables)).toEqual(nothing);
      expect(await rowCounts(store, ["outcomes", "retired_leaves"])).toEqual({
        outcomes: 11,
        retired_leaves: 12,
      });
      expect(await foundIn(store)).toEqual([]);
      const again = await retire(store, everyLimit(1), muchLater);
      expect(Object.fromEntries(again.retired)).toEqual({});
      expect(await foundIn(store)).toEqual([]);
    });
  });

  it("leaves rows alone that are not what the ledger committed to, and their range with them", async () => {
    await withStore(async (store) => {
      await writeAll(store);
      await store.writer.command(`ALTER TABLE access_events UPDATE console = 'other'
        WHERE source = 'kafka:a' AND offset = 1 SETTINGS mutations_sync = 2`);
      const before = await foundIn(store);
      expect(before).toEqual([["row_altered", "access_events", 1, 2]]);
      const { refusedLinks } = await retire(store, { retentionAccessEventsDays: 1 }, muchLater);
      expect(refusedLinks).toBe(1);
      expect(await rowCounts(store, ["access_events"])).toEqual({ access_events: 3 });
      expect(await foundIn(store)).toEqual(before);
    });
  });

  it("keeps what analysts decided about an alert as long as the alert", async () => {
    await withStore(async (store) => {
      const day = 86_400_000;
      const now = systemClock.now();
      const alert = (id: string, days: number) => ({
        alert: alertExample({
          alert_id: alertId(id),
          last_event_time: new Date(now - days * day).toISOString(),
        }),
        revision: 1,
        origin: "live" as const,
      });
      await storeAlerts(store.writer, [alert("young", 1), alert("old", 40)], now);
      for (const id of ["young", "old"]) {
        const decided = [id, 1, "resolved", "malicious", "", "key:k", now - 39 * day];
        await statementsOf(store).append("alert_actions", decided);
      }
      // Of a time before the ledger.
      await store.writer.command(
        `INSERT INTO alert_actions (alert_id, sequence, status, principal, at, deadline)
          SELECT alert_id, 2, 'open', 'key:k', at, now64(3) + 60 FROM alert_actions`,
      );
      await retire(store, { retentionAlertsDays: 30 });
      const left = "SELECT alert_id, sequence FROM alert_actions ORDER BY sequence, alert_id";
      expect(await store.reader.query(left, {})).toEqual([
        { alert_id: "young", sequence: 1 },
        { alert_id: "young", sequence: 2 },
      ]);
    });
  });

  it("does not make a load of the same records bring back what it removed", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", mixture);
      await retire(store, everyLimit(1), muchLater);
      const audit = auditStoreOf(store);
      await audit.warm();
      const records = recordsOf("kafka:a", 0, mixture);
      const outcomes = await audit.decide(records);
      expect(await audit.missing(rangeOf(records), outcomes)).toMatchObject({ extent: "none" });
    });
  });
});

describe("a pass that was cut off and is run again", () => {
  /** The connection breaks before, or right after, a removal from the table. */
  const cutRemoval = (store: Store, table: string, isDone: boolean): Store => ({
    ...store,
    writer: {
      ...store.writer,
      command: async (sql, params) => {
        const isOurs = sql.startsWith(`ALTER TABLE ${table} DELETE`);
        if (!isOurs || isDone) await store.writer.command(sql, params);
        if (isOurs) throw new Error("cut off");
      },
    },
  });
  /** The connection breaks right after the rows are stored. */
  const cutAfter = (store: Store, table: string): Store => ({
    ...store,
    writer: {
      ...store.writer,
      insert: async (insertion) => {
        await store.writer.insert(insertion);
        if (insertion.table === table) throw new Error("cut off");
      },
    },
  });
  const cuts: readonly (readonly [string, (store: Store) => Store])[] = [
    ["before the statement", (store) => cutOff(store, "retirements")],
    ["after the statement's row", (store) => cutAfter(store, "retirements")],
    ["before the statement's link", (store) => cutOff(store, "ledger")],
    ["after the statement's link", (store) => cutAfter(store, "ledger")],
    ["before the leaves", (store) => cutOff(store, "retired_leaves")],
    ["after the leaves", (store) => cutAfter(store, "retired_leaves")],
    ["before the exposures go", (store) => cutRemoval(store, "exposures", false)],
    ["after the exposures went", (store) => cutRemoval(store, "exposures", true)],
    ["before the accesses go", (store) => cutRemoval(store, "access_events", false)],
    ["after the accesses went", (store) => cutRemoval(store, "access_events", true)],
  ];

  it.each(cuts)("%s ends as if it had not been", async (_when, cut) => {
    await withStore(async (store) => {
      await writeAll(store);
      await notaryOf(store).round();
      await expect(retire(cut(store), everyLimit(1), muchLater)).rejects.toThrow("cut off");
      await coverOrphans(store);
      // In between nothing is amiss, either: nobody is told of an edit because of a crash.
      expect(await foundIn(store)).toEqual([]);
      await retire(store, everyLimit(1), muchLater);
      await coverOrphans(store);
      expect(await foundIn(store)).toEqual([]);
      expect(await rowCounts(store, tables)).toEqual(nothing);
      // As many as without a cut: one per table and partition, and one leaf for each row.
      expect(await rowCounts(store, ["retired_leaves", "retirements"])).toEqual({
        retired_leaves: 12,
        retirements: 8,
      });
    });
  });
});
