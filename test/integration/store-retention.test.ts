import { applyRetention } from "../../ingest/clickhouse/retention.ts";
import { schemaOf } from "../../ingest/clickhouse/schema.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { auditStoreOf, rangeOf, recordsOf, soon, view } from "../helpers/audit-store.ts";
import { withStore } from "../helpers/store.ts";

const every = (days: number) => ({
  retentionAccessEventsDays: days,
  retentionSubjectEventsDays: days,
  retentionTicketEventsDays: days,
  retentionAgentEventsDays: days,
  retentionDeadLettersDays: days,
  retentionAlertsDays: days,
  retentionEngineInputsDays: days,
});
const none = every(0);
const dayMs = 86_400_000;

describe("retention", () => {
  it("drops what is older than its table's limit and keeps the outcomes", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const ages = [1, 29, 31, 400];
      const values = ages.map((days) => ({
        ...view,
        event_id: `${days}`,
        time: new Date(systemClock.now() - days * dayMs).toISOString(),
      }));
      const records = recordsOf("kafka:x", 0, values);
      await audit.insertRange(rangeOf(records), await audit.decide(records), soon());
      const changed = await applyRetention(store, {
        ...none,
        retentionAccessEventsDays: 30,
      });
      expect(changed).toEqual(["access_events", "exposures"]);
      await store.writer.command("OPTIMIZE TABLE access_events FINAL");
      const kept = await store.reader.query(
        "SELECT event_id FROM access_events ORDER BY at DESC",
        {},
      );
      expect(kept).toEqual([{ event_id: "1" }, { event_id: "29" }]);
      const [{ n } = { n: 0 }] = (await store.reader.query(
        "SELECT count() AS n FROM outcomes",
        {},
      )) as { n: number }[];
      expect(n).toBe(ages.length);
    });
  });

  it("applied again changes nothing, and 0 lifts it without a trace", async () => {
    await withStore(async (store) => {
      const before = await schemaOf(store.reader);
      const limits = every(90);
      expect(await applyRetention(store, limits)).toHaveLength(10);
      expect(await applyRetention(store, limits)).toEqual([]);
      expect(await applyRetention(store, { ...limits, retentionDeadLettersDays: 8 })).toEqual([
        "dead_letters",
      ]);
      expect(await applyRetention(store, none)).toHaveLength(10);
      expect(await schemaOf(store.reader)).toBe(before);
    });
  });
});
