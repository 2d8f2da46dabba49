/** What the store knows of event ids: exact answers, and pages to fill an index with at the start. */
import { z } from "zod";
import type { Hash64 } from "../pipeline/event-index.ts";
import type { EpochMs } from "../vocabulary/brand.ts";
import type { Position } from "../vocabulary/outcome.ts";
import { defineQuery, type Reader } from "./define-query.ts";
import {
  committedValues,
  decimal64,
  eventTables,
  fields,
  hash64,
  ownColumnsOf,
} from "./event-rows.ts";
import { storedRow } from "./stored-record-queries.ts";

export interface KnownEvent {
  readonly idHash: Hash64;
  readonly contentHash: Hash64;
  readonly position: Position;
}

const place = {
  source: z.string(),
  partition: z.number().int(),
  offset: z.number().int(),
};

const byHash = defineQuery({
  name: "outcomes.by_event_id_hash",
  sql: `SELECT leftPad(lower(hex(event_id_hash)), 16, '0') AS id_hash,
      leftPad(lower(hex(content_hash)), 16, '0') AS content_hash, source, partition, offset
    FROM outcomes
    WHERE kind = 'event'
      AND event_id_hash IN (SELECT arrayJoin(arrayMap(h -> toUInt64(h), {hashes:Array(String)})))
    ORDER BY source, partition, offset`,
  params: z.object({ hashes: z.array(z.string()) }),
  row: z.object({ id_hash: z.string(), content_hash: z.string(), ...place }),
});

/** Ids per question. */
const hashesMax = 2_000;

/** The stored events with these ids, in the order of their positions. */
export async function findEvents(
  reader: Reader,
  hashes: readonly Hash64[],
): Promise<readonly KnownEvent[]> {
  const found: KnownEvent[] = [];
  for (let start = 0; start < hashes.length; start += hashesMax) {
    const page = hashes.slice(start, start + hashesMax).map(decimal64);
    for (const row of await byHash(reader, { hashes: page })) {
      const { source, partition, offset } = row;
      const position = { source, partition, offset };
      found.push({ idHash: row.id_hash, contentHash: row.content_hash, position });
    }
  }
  return found;
}

const horizonStart = defineQuery({
  name: "outcomes.horizon_start",
  sql: `SELECT toUnixTimestamp64Milli(min(ingested_at)) AS at FROM (
      SELECT ingested_at FROM outcomes WHERE kind = 'event'
      ORDER BY ingested_at DESC LIMIT {rows:UInt64})`,
  params: z.object({ rows: z.number().int() }),
  row: z.object({ at: z.number().int() }),
});

const hashPage = defineQuery({
  name: "outcomes.hash_page",
  sql: `SELECT count() AS rows, max(at) AS last,
      arrayStringConcat(groupArray(leftPad(lower(hex(event_id_hash)), 16, '0'))) AS hashes
    FROM (
      SELECT toUnixTimestamp64Milli(ingested_at) AS at, event_id_hash FROM outcomes
      WHERE kind = 'event' AND deadline >= fromUnixTimestamp64Milli({since:Int64})
        AND ingested_at >= fromUnixTimestamp64Milli({from:Int64})
      ORDER BY ingested_at LIMIT {rows:UInt64} WITH TIES)`,
  params: z.object({
    since: z.number().int(),
    from: z.number().int(),
    rows: z.number().int(),
  }),
  row: z.object({ rows: z.number().int(), last: z.number().int(), hashes: z.string() }),
});

const pageRows = 100_000;
const hashDigits = 16;

/**
 * The ids of the newest `horizonRows` events, of which all are there that the store has taken since `since`, in pages.
 * It takes a row until the row's deadline by its own clock, so that the deadline tells; `ingested_at` says what the
 * clock of its writer showed, which may have been set meanwhile.
 */
export async function* storedHashes(
  reader: Reader,
  horizonRows: number,
  since: EpochMs,
): AsyncGenerator<readonly Hash64[]> {
  const [start] = await horizonStart(reader, { rows: horizonRows });
  let from = start?.at ?? 0;
  for (;;) {
    // WITH TIES: a page ends between two moments, so that the next one starts right after it.
    const [page] = await hashPage(reader, { since, from, rows: pageRows });
    if (page === undefined || page.rows === 0) return;
    yield Array.from({ length: page.rows }, (_, row) =>
      page.hashes.slice(row * hashDigits, (row + 1) * hashDigits),
    );
    from = page.last + 1;
  }
}

const orphanQueries = Object.values(eventTables).map((table) => ({
  table,
  query: defineQuery({
    name: `${table}.without_outcome`,
    sql: `SELECT event_id, source, partition, offset, ${storedRow(ownColumnsOf(table))} AS own
      FROM ${table} AS stored
      LEFT ANY JOIN (
        SELECT source, partition, max(offset) + 1 AS stored_until FROM outcomes
        GROUP BY source, partition) AS settled USING (source, partition)
      WHERE offset >= stored_until
      ORDER BY source, partition, offset LIMIT {rows:UInt64}`,
    params: z.object({ rows: z.number().int() }),
    row: z.object({ event_id: z.string(), ...place, own: z.array(z.unknown()) }),
  }),
}));

/** Orphans looked at per table; more than this many were never in flight at once. */
const orphansMax = 1_000_000;

/**
 * Events of ranges that a crash cut off before their outcomes: their ids are taken although no outcome
 * says so yet.
 */
export async function orphanEvents(reader: Reader): Promise<readonly KnownEvent[]> {
  const found: KnownEvent[] = [];
  for (const { table, query } of orphanQueries) {
    for (const row of await query(reader, { rows: orphansMax })) {
      const { source, partition, offset } = row;
      const position = { source, partition, offset };
      const contentHash = hash64(fields(committedValues(table, row.own)));
      found.push({ idHash: hash64(row.event_id), contentHash, position });
    }
  }
  return found;
}
