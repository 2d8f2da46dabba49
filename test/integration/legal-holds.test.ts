import { storeAlerts } from "../../detectors/store/alert-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { createLedgerChains } from "../../ingest/clickhouse/ledger-chains.ts";
import { createStatementWriter } from "../../ingest/clickhouse/statement-writer.ts";
import type { HoldScope } from "../../ingest/clickhouse/stored-holds.ts";
import { createLegalHolds, holdsMax } from "../../ingest/retention/legal-holds.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { agentId, alertId, eventId } from "../../ingest/vocabulary/brand.ts";
import { alertExample } from "../fixtures/api/alert-example.ts";
import { ann, bob, view } from "../helpers/audit-store.ts";
import { statementsOf, testMac, testStatementMac } from "../helpers/ledger.ts";
import {
  afterLeaves,
  coverOrphans,
  daysAhead,
  deleteRows,
  everyLimit,
  foundIn,
  holdsOf,
  retire,
  rowCounts,
  write,
} from "../helpers/retention.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(120_000);

const muchLater = daysAhead(4_000);
const stamp = (at = systemClock.now()) => ({ principal: "test", at });
const anybody: HoldScope = { agentId: "", subjectToken: "", fromAt: null, toAt: null };
const place = (store: Store, scope: Partial<HoldScope>, when = stamp()) =>
  holdsOf(store).place({ ...anybody, ...scope, reason: "case 7" }, when);

const base = { time: "2026-01-10T12:00:00Z" };
const access = (id: string, agent: string, subjects: object[], time = base.time) => ({
  ...view,
  event_id: id,
  time,
  agent: { id: agent },
  subjects,
});
/** Of the agents a1 and a2, the subjects ann and bob, and times before and after the middle of January. */
const values = [
  access("v1", "a1", [ann]),
  access("v2", "a1", [bob], "2026-01-20T12:00:00Z"),
  access("v3", "a2", [ann, bob]),
  access("v4", "a2", [bob]),
  { ...base, kind: "subject", event_id: "s1", type: "registered", subject: ann },
  { ...base, kind: "subject", event_id: "s2", type: "registered", subject: bob },
  { ...base, kind: "ticket", event_id: "t1", type: "opened", ticket_id: "k1", subjects: [ann] },
  { ...base, kind: "ticket", event_id: "t2", type: "assigned", ticket_id: "k1", agent_id: "a1" },
  { ...base, kind: "ticket", event_id: "t3", type: "opened", ticket_id: "k2", subjects: [bob] },
  { ...base, kind: "agent", event_id: "g1", type: "hired", agent_id: "a1" },
  { ...base, kind: "agent", event_id: "g2", type: "hired", agent_id: "a2" },
];

const alert = (id: string, agent: string, day: string, evidence: readonly string[]) => ({
  alert: alertExample({
    alert_id: alertId(id),
    agent_id: agentId(agent),
    first_event_time: `${day}T12:00:00Z`,
    last_event_time: `${day}T12:00:00Z`,
    evidence: evidence.map(eventId),
  }),
  revision: 1,
  origin: "live" as const,
});

const tables = ["access_events", "subject_events", "ticket_events", "agent_events"];

const eventsLeft = async ({ reader }: Store) => {
  const union = tables.map((table) => `SELECT event_id FROM ${table}`).join(" UNION ALL ");
  const rows = await reader.query(`SELECT event_id FROM (${union}) ORDER BY event_id`, {});
  return rows.map((row) => (row as { event_id: string }).event_id);
};

const tokenOfAnn = async ({ reader }: Store): Promise<string> => {
  const sql = "SELECT toString(subject_token) AS token FROM subject_events WHERE event_id = 's1'";
  const [row] = await reader.query(sql, {});
  return (row as { token: string }).token;
};

const pass = (store: Store) => retire(store, everyLimit(1), muchLater);

describe("a legal hold", () => {
  it("on an agent keeps what the agent did, in its range of time, and nothing else", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", values);
      await place(store, { agentId: "a1", toAt: Date.parse("2026-01-10T12:00:00Z") });
      await pass(store);
      expect(await eventsLeft(store)).toEqual(["g1", "t2", "v1"]);
      expect(await rowCounts(store, ["exposures"])).toEqual({ exposures: 1 });
      expect(await foundIn(store)).toEqual([]);
    });
  });

  it("on a subject keeps its accesses with all they exposed, until it is released", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", values);
      const { holdId } = await place(store, { subjectToken: await tokenOfAnn(store) });
      await pass(store);
      expect(await eventsLeft(store)).toEqual(["s1", "t1", "v1", "v3"]);
      // v1 displayed ann, v3 ann and bob.
      expect(await rowCounts(store, ["exposures"])).toEqual({ exposures: 3 });
      expect(await foundIn(store)).toEqual([]);
      expect(await holdsOf(store).release(holdId, stamp())).toMatchObject({ holdId });
      await pass(store);
      expect(await eventsLeft(store)).toEqual([]);
      expect(await rowCounts(store, ["exposures"])).toEqual({ exposures: 0 });
      expect(await foundIn(store)).toEqual([]);
    });
  });

  it("keeps the questions about whom it is on, and those that it is on asked", async () => {
    await withStore(async (store) => {
      const subject = "0f0f0f0f-0000-4000-8000-000000000001";
      const readOf = (id: string, by: string, agents: string[], tokens: string[]) => [
        ...[id, 86_400_000, by, "viewer", "/v1/events", agents, [], tokens, [], "", null, null],
        ...["", ""],
      ];
      await statementsOf(store).appendAll("reads", [
        readOf("r1", "key:k", ["a1", "a3"], []),
        readOf("r2", "key:k", ["a2"], []),
        readOf("r3", "key:k", [], [subject]),
        readOf("r4", "key:own", ["a2"], []),
      ]);
      await place(store, { agentId: "a1" });
      await place(store, { subjectToken: subject });
      await place(store, { agentId: "key:own" });
      await pass(store);
      const rows = await store.reader.query("SELECT request_id FROM reads ORDER BY request_id", {});
      expect(rows).toEqual([{ request_id: "r1" }, { request_id: "r3" }, { request_id: "r4" }]);
      expect(await foundIn(store)).toEqual([]);
    });
  });

  it("keeps the alerts about whom it is on, and all that was decided and sent about them", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", values);
      await storeAlerts(
        store.writer,
        [
          alert("of a1", "a1", "2026-01-10", ["v2"]),
          alert("of a1 later", "a1", "2026-01-20", ["v2"]),
          alert("of ann", "a2", "2026-01-10", ["v3"]),
          alert("of bob", "a2", "2026-01-10", ["v4"]),
        ],
        systemClock.now(),
      );
      for (const id of ["of a1", "of a1 later", "of ann", "of bob"]) {
        const decided = [id, 1, "resolved", "malicious", "", "key:k", systemClock.now()];
        await statementsOf(store).append("alert_actions", decided);
        await store.writer.command(
          `INSERT INTO deliveries (sink, alert_id, action, state, updated_at)
            VALUES ('pagerduty', '${id}', 'trigger', 'accepted', now64(3))`,
        );
      }
      const middle = Date.parse("2026-01-15T00:00:00Z");
      const onAgent = await place(store, { agentId: "a1", toAt: middle });
      const onSubject = await place(store, { subjectToken: await tokenOfAnn(store) });
      const left = async (table: string) => {
        const sql = `SELECT alert_id FROM ${table} ORDER BY alert_id`;
        return (await store.reader.query(sql, {})).map((row) => Object.values(row as object)[0]);
      };
      await pass(store);
      for (const table of ["alerts", "alert_actions", "deliveries"]) {
        expect(await left(table)).toEqual(["of a1", "of ann"]);
      }
      await holdsOf(store).release(onAgent.holdId, stamp());
      await pass(store);
      expect(await left("alerts")).toEqual(["of ann"]);
      await holdsOf(store).release(onSubject.holdId, stamp());
      await pass(store);
      for (const table of ["alerts", "alert_actions", "deliveries"]) {
        expect(await left(table)).toEqual([]);
      }
      expect(await foundIn(store)).toEqual([]);
    });
  });

  it("that is placed between the leaves and the removal still keeps its rows", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", values);
      await pass(afterLeaves(store, () => place(store, { agentId: "a1" }, stamp(muchLater.now()))));
      expect(await foundIn(store)).toEqual([]);
      await pass(store);
      expect(await eventsLeft(store)).toEqual(["g1", "t2", "v1", "v2"]);
      expect(await foundIn(store)).toEqual([]);
    });
  });

  it("that a clock put back dates before a pass does not accuse the pass", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", values);
      const statements = statementsOf(store);
      await retire(store, everyLimit(1), muchLater, statements);
      const holds = createLegalHolds({ reader: store.reader, statements, mac: testStatementMac });
      await holds.place({ ...anybody, agentId: "a1", reason: "case 7" }, stamp());
      expect(await foundIn(store)).toEqual([]);
    });
  });

  it("is not released by a row that no holder of the key put down", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", values);
      const { holdId } = await place(store, { agentId: "a1" });
      const { reader, writer } = store;
      const forger = createLegalHolds({
        reader,
        statements: createStatementWriter({
          writer,
          chains: createLedgerChains({ writer, mac: testMac, clock: systemClock }),
          mac: { ...testStatementMac, macOf: () => "1:00" },
          clock: systemClock,
        }),
        mac: testStatementMac,
      });
      await forger.release(holdId, stamp());
      await coverOrphans(store);
      await pass(store);
      expect(await eventsLeft(store)).toEqual(["g1", "t2", "v1", "v2"]);
      expect(await holdsOf(store).list()).toMatchObject([{ holdId, releasedAt: null }]);
    });
  });

  const forge = ({ writer }: Store, count: number) =>
    writer.command(
      `INSERT INTO legal_holds (hold_id, revision, placed_at, source, offset, deadline)
        SELECT concat('0', toString(number)), 1, now64(3), 'service:b', number, now64(3) + 60
        FROM numbers(${count})`,
    );

  it("is placed beside however many that somebody else put there", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", values);
      await forge(store, holdsMax);
      await place(store, { agentId: "a1" });
      await pass(store);
      expect(await eventsLeft(store)).toEqual(["g1", "t2", "v1", "v2"]);
    });
  });

  it("keeps its rows among more rows than are read, whoever put them there", async () => {
    await withStore(async (store) => {
      await write(store, "kafka:a", values);
      const { holdId } = await place(store, { agentId: "a1" });
      await forge(store, 5 * holdsMax);
      await expect(pass(store)).rejects.toThrow("more legal holds than were placed");
      expect(await eventsLeft(store)).toHaveLength(values.length);
      await deleteRows(store, "legal_holds", "source = 'service:b'");
      await pass(store);
      expect(await eventsLeft(store)).toEqual(["g1", "t2", "v1", "v2"]);
      expect(await holdsOf(store).release(holdId, stamp())).toMatchObject({ holdId });
    });
  });

  it("released twice keeps the first time; one that is not there cannot be released", async () => {
    await withStore(async (store) => {
      const holds = holdsOf(store);
      const { holdId } = await place(store, { agentId: "a1" });
      const first = await holds.release(holdId, stamp());
      const again = await holds.release(holdId, { ...stamp(), at: daysAhead(1).now() });
      expect(again?.releasedAt).toBe(first?.releasedAt);
      expect(await holds.active()).toEqual([]);
      expect(await holds.release("none", stamp())).toBeUndefined();
    });
  });
});
