import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { auditStoreOf, mixture, rangeOf, recordsOf, soon } from "../helpers/audit-store.ts";
import { type ClickhouseFront, startClickhouseFront } from "../helpers/clickhouse-front.ts";
import {
  daysAhead,
  everyLimit,
  foundIn,
  holdsOf,
  retire,
  rowCounts,
  writeAll,
} from "../helpers/retention.ts";
import { testStoreOptions, withFolder } from "../helpers/store.ts";
import { annToken, bobToken, erase, erasuresOf, revealed, rowsOf } from "../helpers/subjects.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(60_000);

async function withServer(body: (store: Store, front: ClickhouseFront) => Promise<void>) {
  await withFolder(async (folder) => {
    const front = await startClickhouseFront(folder);
    try {
      const store = await openStore({ ...testStoreOptions(folder), clickhouseUrl: front.url });
      try {
        await migrate(store, systemClock);
        await body(store, front);
      } finally {
        await store.close();
      }
    } finally {
      await front.close();
    }
  });
}

describe("a ClickHouse server over HTTP", () => {
  it("reveals and erases through the same statements", async () => {
    await withServer(async (store) => {
      await writeAll(store);
      expect(await revealed(store, [annToken, bobToken])).toEqual(["+15550100", "bob@example.com"]);
      await erase(store);
      expect(await revealed(store, [annToken, bobToken])).toEqual(["erased", "bob@example.com"]);
      expect(await rowsOf(store)).toEqual({ rows: 1, keys: 0 });
      expect(await erasuresOf(store).unfinished()).toEqual([]);
      expect(await foundIn(store)).toEqual([]);
    });
  });

  it("takes the same ranges through the same statements", async () => {
    await withServer(async (store, front) => {
      expect(store.embedded).toBe(false);
      const audit = auditStoreOf(store);
      await audit.warm();
      const records = recordsOf("kafka:x", 5, mixture);
      const range = rangeOf(records);
      const outcomes = await audit.decide(records);
      await audit.insertRanges([{ range, outcomes, deadline: soon() }]);
      await audit.insertRanges([{ range, outcomes, deadline: soon() }]);
      expect((await audit.missing(range, outcomes)).extent).toBe("none");
      const [row] = await store.reader.query("SELECT count() AS n FROM outcomes", {});
      expect(row).toEqual({ n: mixture.length });
      const restarted = auditStoreOf(store);
      await restarted.warm();
      const again = await restarted.decide(recordsOf("kafka:y", 0, mixture.slice(0, 6)));
      expect(again.map(({ outcome }) => outcome.kind)).toEqual(Array(6).fill("skip"));
      const ids = front.statements.map(({ queryId }) => queryId);
      expect(ids).toContain("outcomes:kafka:x:0:5-15:0.0");
      expect(new Set(front.statements.map(({ database }) => database))).toEqual(
        new Set(["default", "deskwatch"]),
      );
    });
  });

  it("retires rows under a hold's exception, and still verifies", async () => {
    await withServer(async (store) => {
      await writeAll(store);
      const scope = { agentId: "a1", subjectToken: "", fromAt: null, toAt: null };
      const now = systemClock.now();
      const stamp = { principal: "test", at: now };
      const { holdId } = await holdsOf(store).place({ ...scope, reason: "case 7" }, stamp);
      await retire(store, everyLimit(1), daysAhead(4_000));
      const tables = ["access_events", "subject_events", "ticket_events", "agent_events"];
      expect(await rowCounts(store, tables)).toEqual({
        access_events: 4,
        subject_events: 0,
        ticket_events: 0,
        agent_events: 1,
      });
      await holdsOf(store).release(holdId, stamp);
      await retire(store, everyLimit(1), daysAhead(4_000));
      expect(await rowCounts(store, ["access_events", "exposures"])).toEqual({
        access_events: 0,
        exposures: 0,
      });
      expect(await foundIn(store)).toEqual([]);
    });
  });

  it("binds any text, and translates its errors to the same codes", async () => {
    await withServer(async (store) => {
      const text = "it's; -- \\ \t\n {x:String} é😀";
      expect(await store.reader.query("SELECT {text:String} AS text", { text })).toEqual([
        { text },
      ]);
      const late = store.writer.insert({
        table: "outcomes",
        columns: ["kind", "reason", "deadline"],
        lines: JSON.stringify(["event", "private text", 1_000]),
      });
      await expect(late).rejects.toMatchObject({ code: "clickhouse.constraint" });
      await expect(late).rejects.not.toThrow(/private text/);
      const unknown = store.reader.query("SELECT x FROM nowhere", {});
      await expect(unknown).rejects.toMatchObject({ code: "clickhouse.unknown_name" });
    });
  });

  it("that goes away is unreachable, not wrong", async () => {
    await withFolder(async (folder) => {
      const front = await startClickhouseFront(folder);
      const store = await openStore({ ...testStoreOptions(folder), clickhouseUrl: front.url });
      await front.close();
      await expect(store.reader.query("SELECT 1 AS one", {})).rejects.toMatchObject({
        code: "clickhouse.unreachable",
      });
      await store.close();
    });
  });
});
