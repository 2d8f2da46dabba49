import type { Store } from "../../ingest/clickhouse/client.ts";
import { applyRetention } from "../../ingest/clickhouse/retention.ts";
import { schemaOf } from "../../ingest/clickhouse/schema.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { auditStoreOf, rangeOf, recordsOf, soon, view } from "../helpers/audit-store.ts";
import { everyLimit, retire } from "../helpers/retention.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(120_000);

const none = everyLimit(0);
const dayMs = 86_400_000;
const ages = [1, 29, 31, 400];

async function writeAges(store: Store): Promise<void> {
  const audit = auditStoreOf(store);
  const values = ages.map((days) => ({
    ...view,
    event_id: `${days}`,
    time: new Date(systemClock.now() - days * dayMs).toISOString(),
  }));
  const records = recordsOf("kafka:x", 0, values);
  await audit.insertRanges([
    { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
  ]);
}

const eventIds = async ({ reader }: Store) =>
  (await reader.query("SELECT event_id FROM access_events ORDER BY at DESC", {})).map(
    (row) => (row as { event_id: string }).event_id,
  );
const rowsIn = async ({ reader }: Store, table: string) => {
  const [row] = await reader.query(`SELECT count() AS n FROM ${table}`, {});
  return (row as { n: number }).n;
};

describe("retention", () => {
  it("drops what is older than its table's limit and keeps the outcomes", async () => {
    await withStore(async (store) => {
      await writeAges(store);
      const { retired } = await retire(store, { retentionAccessEventsDays: 30 });
      expect(Object.fromEntries(retired)).toEqual({ access_events: 2 });
      expect(await eventIds(store)).toEqual(["1", "29"]);
      // Two subjects are displayed by each access that is left.
      expect(await rowsIn(store, "exposures")).toBe(4);
      expect(await rowsIn(store, "outcomes")).toBe(ages.length);
    });
  });

  it("stops when the limit is lifted", async () => {
    await withStore(async (store) => {
      await writeAges(store);
      await retire(store, none);
      await store.writer.command("OPTIMIZE TABLE access_events FINAL");
      expect(await eventIds(store)).toHaveLength(ages.length);
    });
  });
});

describe("the limits of tables outside the ledger", () => {
  const limited = ["deliveries", "engine_inputs"];

  it("applied again change nothing, and 0 lifts them without a trace", async () => {
    await withStore(async (store) => {
      const before = await schemaOf(store.reader);
      const limits = everyLimit(90);
      expect(await applyRetention(store, limits)).toEqual(limited);
      expect(await applyRetention(store, limits)).toEqual([]);
      expect(await applyRetention(store, { ...limits, retentionEngineInputsDays: 8 })).toEqual([
        "engine_inputs",
      ]);
      expect(await applyRetention(store, none)).toEqual(limited);
      expect(await schemaOf(store.reader)).toBe(before);
    });
  });

  it("leave none that a pass retires with a limit that an earlier version had set", async () => {
    await withStore(async (store) => {
      const before = await schemaOf(store.reader);
      const earlier = ["access_events", "exposures", "subject_events", "ticket_events"];
      earlier.push("agent_events", "alert_actions");
      for (const table of earlier) {
        await store.writer.command(
          `ALTER TABLE ${table} MODIFY TTL toDateTime(at) + toIntervalDay(30)`,
        );
      }
      await store.writer.command(
        "ALTER TABLE dead_letters MODIFY TTL toDateTime(ingested_at) + toIntervalDay(30)",
      );
      await store.writer.command(
        "ALTER TABLE alerts MODIFY TTL toDateTime(last_event_time) + toIntervalDay(30)",
      );
      const lifted = await applyRetention(store, { ...none, retentionAccessEventsDays: 30 });
      expect([...lifted].sort()).toEqual([...earlier, "alerts", "dead_letters"].sort());
      expect(await schemaOf(store.reader)).toBe(before);
    });
  });
});
