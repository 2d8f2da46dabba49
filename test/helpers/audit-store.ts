/** An audit store for tests: fixed keys, records from plain values, a connection that breaks on demand. */
import { type AuditStoreConfig, createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { withoutNeighbourhood } from "../../ingest/clickhouse/event-rows.ts";
import type { PositionedOutcome, Range } from "../../ingest/pipeline/audit-store.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import type { RawRecord } from "../../ingest/vocabulary/outcome.ts";

const key = (fill: number) => `1:${Buffer.alloc(32, fill).toString("base64")}`;
export const auditConfig: AuditStoreConfig = {
  tokenKey: key(1),
  masterKey: key(2),
  recordBytesMax: 1024 * 1024,
  duplicateHorizonRows: 10_000,
  queryMsMax: 30_000,
  deadLetterShareMax: 1,
  topicAccess: "console.access",
  topicSubjects: "console.subjects",
  topicTickets: "console.tickets",
  topicAgents: "console.agents",
};

export const auditStoreOf = (
  store: Store,
  changes: Partial<AuditStoreConfig> = {},
  clock = systemClock,
) =>
  createAuditStore({
    store,
    config: { ...auditConfig, ...changes },
    clock,
    metrics: createMetrics(),
  });

/** A deadline that no test reaches. */
export const soon = () => epochMs(systemClock.now() + 60_000);

const base = { event_id: "e1", time: "2026-01-31T23:59:59.999Z" };
export const ann = { type: "phone", id: "+1 555 0100", tenant: "t1" };
export const bob = { type: "email", id: "Bob@Example.com" };
export const view = {
  ...base,
  kind: "access",
  agent: { id: "a1" },
  action: "view",
  subjects: [ann, bob, ann],
};

/** Decided outcomes as a version stored them that knew no neighbourhoods. */
export const asEarlier = (outcomes: readonly PositionedOutcome[]): PositionedOutcome[] =>
  outcomes.map(({ position, outcome, bytes }) => ({
    position,
    bytes,
    outcome:
      outcome.kind === "event"
        ? { ...outcome, event: withoutNeighbourhood(outcome.event) }
        : outcome,
  }));

/** One of everything, over two months, with a duplicate, a conflict and two that are no events. */
export const mixture = [
  view,
  {
    ...view,
    event_id: "e2",
    time: "2026-02-01T00:00:00Z",
    action: "search",
    search: { kind: "exact" },
    outcome: "not_found",
  },
  { ...view, event_id: "e3", outcome: "denied" },
  { ...base, kind: "subject", event_id: "e4", type: "registered", subject: ann },
  { ...base, kind: "ticket", event_id: "e5", type: "opened", ticket_id: "k1", subjects: [bob] },
  { ...base, kind: "agent", event_id: "e6", type: "hired", agent_id: "a1" },
  view,
  { ...view, action: "list" },
  "not json",
  null,
];

/** `null`: a tombstone; a text: those bytes; else JSON. */
export function recordsOf(source: string, start: number, values: readonly unknown[]): RawRecord[] {
  return values.map((value, at) => ({
    position: { source, partition: 0, offset: start + at },
    value:
      value === null
        ? null
        : Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
    headers: {},
  }));
}

export const rangeOf = (records: readonly RawRecord[]): Range => {
  const { source = "", partition = 0, offset = 0 } = records[0]?.position ?? {};
  return { source, partition, start: offset, end: offset + records.length };
};

/** The same store, whose connection breaks when a table is about to be written. */
export function cutOff(store: Store, table: string): Store {
  return {
    ...store,
    writer: {
      ...store.writer,
      insert: (insertion) =>
        insertion.table === table && insertion.lines !== ""
          ? Promise.reject(new Error("cut off"))
          : store.writer.insert(insertion),
    },
  };
}
