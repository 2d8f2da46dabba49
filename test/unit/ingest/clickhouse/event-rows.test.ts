import type { Insertion } from "../../../../ingest/clickhouse/client.ts";
import {
  columnsOf,
  committedValues,
  contentOf,
  eventFields,
  exposureRows,
  fields,
  withoutNeighbourhood,
} from "../../../../ingest/clickhouse/event-rows.ts";
import { chunksOf } from "../../../../ingest/clickhouse/insert-chunks.ts";
import { insertTable, placeName } from "../../../../ingest/clickhouse/range-insertion.ts";
import { placeValues, type TableRows } from "../../../../ingest/clickhouse/range-rows.ts";
import { rowHash } from "../../../../ingest/ledger/leaf.ts";
import { exactTables } from "../../../../ingest/pipeline/audit-store.ts";
import { decodeRecord } from "../../../../ingest/pipeline/decode.ts";
import { createDecodeContext } from "../../../../ingest/pipeline/decode-context.ts";
import { systemClock } from "../../../../ingest/runtime/clock.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";
import type { AccessEvent } from "../../../../ingest/vocabulary/event.ts";
import { ann, auditConfig, bob, recordsOf, view } from "../../../helpers/audit-store.ts";

const context = createDecodeContext(auditConfig, systemClock);
function accessOf(changes: object): AccessEvent {
  const [record] = recordsOf("x", 0, [{ ...view, ...changes }]);
  const outcome = record === undefined ? undefined : decodeRecord(record, context);
  if (outcome?.kind !== "event" || outcome.event.kind !== "access") throw new Error("no access");
  return outcome.event;
}

describe("the row of an event", () => {
  it("has a value for every column but the position's four", () => {
    const values: unknown[] = JSON.parse(`[${eventFields(accessOf({}))}]`);
    expect(values.length + 4).toBe(columnsOf("access_events").length);
    for (const table of exactTables)
      expect(new Set(columnsOf(table)).size).toBe(columnsOf(table).length);
  });

  it("tells a session without an id from none only by what it says", () => {
    expect(eventFields(accessOf({ session: {} }))).toBe(eventFields(accessOf({})));
    expect(eventFields(accessOf({ session: { asn: 0 } }))).not.toBe(eventFields(accessOf({})));
  });
});

describe("the hash of an access", () => {
  const event = accessOf({ subjects: [ann] });
  const before = withoutNeighbourhood(event);

  it("is that of an earlier version where there is no neighbourhood: its column is left out", () => {
    const values: unknown[] = JSON.parse(`[${eventFields(before)}]`);
    expect(columnsOf("access_events")[values.length - 1]).toBe("neighbourhood");
    expect(contentOf(before).rowHash).toBe(rowHash(fields(values.slice(0, -1))));
    expect(committedValues("access_events", values)).toEqual(values.slice(0, -1));
  });

  it("holds the neighbourhood where there is one", () => {
    expect(contentOf(event).rowHash).toBe(rowHash(eventFields(event)));
    expect(contentOf(event).rowHash).not.toBe(contentOf(before).rowHash);
  });
});

describe("exposure rows", () => {
  const both = [ann, bob, ann];
  it.each([
    { why: "displayed: each once", changes: { subjects: both }, rows: 2, kind: "displayed" },
    {
      why: "one subject in two tenants counts in both",
      changes: { subjects: [ann, { ...ann, tenant: "t2" }] },
      rows: 2,
      kind: "displayed",
    },
    {
      why: "an exact search, not found",
      changes: { action: "search", search: { kind: "exact" }, outcome: "not_found" },
      rows: 2,
      kind: "searched",
    },
    {
      why: "a prefix search, not found",
      changes: { action: "search", search: { kind: "prefix" }, outcome: "not_found" },
      rows: 0,
      kind: "",
    },
    { why: "a denied reveal", changes: { action: "reveal", outcome: "denied" }, rows: 0, kind: "" },
    { why: "a reveal", changes: { action: "reveal" }, rows: 2, kind: "revealed" },
    { why: "an export", changes: { action: "export" }, rows: 2, kind: "exported" },
  ])("$why", ({ changes, rows, kind }) => {
    const found = exposureRows(accessOf(changes));
    expect(found).toHaveLength(rows);
    for (const row of found) expect(JSON.parse(`[${row}]`)[2]).toBe(kind);
  });
});

const range = { source: "kafka:t", partition: 0, start: 0, end: 10 };
const row = (offset: number, month: number, rows: number, text = "0"): TableRows => ({
  table: "exposures",
  place: placeValues(range),
  offset,
  deadline: epochMs(0),
  month,
  rows: Array.from({ length: rows }, () => text),
});

describe("an insert of several ranges", () => {
  it("has each of them in its name, so that it can be stopped by any", async () => {
    const ranges = [3, 30].map((partition) => ({ ...range, partition }));
    const seen: Insertion[] = [];
    const insert = async (insertion: Insertion) => void seen.push(insertion);
    const rows = ranges.map((own) => ({ ...row(1, 202601, 1), place: placeValues(own) }));
    await insertTable({ insert }, { ranges, table: "exposures", rows, once: true });
    const [{ queryId, token, lines } = { lines: "" }] = seen;
    expect(seen).toHaveLength(1);
    expect(queryId).toBe(token);
    for (const own of ranges) expect(queryId).toContain(placeName(own));
    expect(queryId).not.toContain(placeName({ ...range, partition: 0 }));
    expect(lines.split("\n").map((line) => JSON.parse(line)[2])).toEqual([3, 30]);
  });
});

describe("inserts of one table", () => {
  it("hold one month each, at most about 100,000 rows, and what an offset writes undivided", () => {
    const rows = Array.from({ length: 60 }, (_, offset) =>
      row(offset, 202601 + (offset % 2), 10_000),
    );
    const chunks = chunksOf(rows);
    for (const { chunk, month } of chunks) {
      expect(new Set(chunk.map((one) => one.month))).toEqual(new Set([month]));
      expect(chunk.length).toBeLessThanOrEqual(10);
    }
    const offsets = chunks.flatMap(({ chunk }) => chunk.map(({ offset }) => offset));
    expect(offsets.toSorted((a, b) => a - b)).toEqual(rows.map(({ offset }) => offset));
    expect(new Set(chunks.map(({ month, part }) => `${month}.${part}`)).size).toBe(chunks.length);
  });

  it("stay small in bytes too, and nothing makes none", () => {
    const wide = "x".repeat(16 * 1024 * 1024);
    expect(chunksOf([0, 1, 2, 3, 4].map((offset) => row(offset, 1, 1, wide)))).toHaveLength(2);
    expect(chunksOf([])).toEqual([]);
  });
});
