/** What is stored of a range: rows per offset in each exact table. */
import { z } from "zod";
import { type ExactTable, exactTables, type Missing, type Range } from "../pipeline/audit-store.ts";
import { defineQuery, type Reader } from "./define-query.ts";

const rangeParams = z.object({
  source: z.string(),
  partition: z.number().int(),
  start: z.number().int(),
  end: z.number().int(),
});
const inRange = `source = {source:String} AND partition = {partition:UInt32}
  AND offset >= {start:UInt64} AND offset < {end:UInt64}`;

const retiredTable = "retired_leaves";

/**
 * One row a table with the offset of each of its rows in the range: as rows of their own they would take ten times
 * as long, and a question costs as much as reading some thousand rows. Outcomes first, as they are written last.
 */
const offsetsQuery = defineQuery({
  name: "outcomes.range_offsets",
  sql: [...exactTables.toReversed(), retiredTable]
    .map(
      (table) => `SELECT '${table}' AS name, groupArray(offset) AS offsets FROM ${table}
        WHERE ${inRange}`,
    )
    .join(" UNION ALL "),
  params: rangeParams,
  row: z.object({ name: z.string(), offsets: z.array(z.number().int()) }),
});

const placedTables = ["outcomes", ...exactTables.slice(0, -1), "identities", retiredTable];

const foundQuery = defineQuery({
  name: "outcomes.range_found",
  sql: `SELECT sum(rows) AS found FROM (${placedTables
    .map((table) => `SELECT count() AS rows FROM ${table} WHERE ${inRange}`)
    .join(" UNION ALL ")})`,
  params: rangeParams,
  row: z.object({ found: z.number().int() }),
});

/** Whether no table has a row of the range, identities included. */
export async function isUntouched(
  reader: Reader,
  { source, partition, start, end }: Range,
): Promise<boolean> {
  const [total] = await foundQuery(reader, { source, partition, start, end });
  return total?.found === 0;
}

const repeatsQuery = defineQuery({
  name: "outcomes.range_repeats",
  sql: `SELECT offset, reason FROM outcomes
    WHERE ${inRange} AND reason IN ('duplicate', 'id_conflict') ORDER BY offset`,
  params: rangeParams,
  row: z.object({ offset: z.number().int(), reason: z.enum(["duplicate", "id_conflict"]) }),
});

/** Offsets of the range that are stored as a repeat of another record. */
export const storedRepeats = async (reader: Reader, { source, partition, start, end }: Range) =>
  new Map(
    (await repeatsQuery(reader, { source, partition, start, end })).map(
      ({ offset, reason }) => [offset, reason] as const,
    ),
  );

const bareQuery = defineQuery({
  name: "access_events.range_without_neighbourhood",
  sql: `SELECT offset FROM access_events WHERE ${inRange} AND neighbourhood = 0 ORDER BY offset`,
  params: rangeParams,
  row: z.object({ offset: z.number().int() }),
});

/** Offsets of the range whose access is stored without a neighbourhood. */
export const storedBare = async (reader: Reader, { source, partition, start, end }: Range) =>
  new Set((await bareQuery(reader, { source, partition, start, end })).map(({ offset }) => offset));

const endQuery = (table: ExactTable | "identities") =>
  defineQuery({
    name: `${table}.source_end`,
    sql: `SELECT count() AS rows, max(offset) + 1 AS end FROM ${table}
      WHERE source = {source:String} AND partition = {partition:UInt32}`,
    params: z.object({ source: z.string(), partition: z.number().int() }),
    row: z.object({ rows: z.number().int(), end: z.number().int() }),
  });
const endQueries = [...exactTables, "identities" as const].map(endQuery);

/**
 * First offset behind everything that is stored of a partition, identities included, finished or not; 0 when nothing
 * is.
 */
export async function storedEnd(
  reader: Reader,
  { source, partition }: Pick<Range, "source" | "partition">,
): Promise<number> {
  const ends = [0];
  for (const query of endQueries) {
    for (const { rows, end } of await query(reader, { source, partition })) {
      if (rows > 0) ends.push(end);
    }
  }
  return Math.max(...ends);
}

const linkedEndQuery = defineQuery({
  name: "ledger.source_end",
  sql: `SELECT max(end_offset) AS end FROM ledger
    WHERE source = {source:String} AND partition = {partition:UInt32}`,
  params: z.object({ source: z.string(), partition: z.number().int() }),
  row: z.object({ end: z.number().int() }),
});

/** First offset behind the last link of a partition's chain; 0 when there is none. */
export async function linkedEnd(
  reader: Reader,
  { source, partition }: Pick<Range, "source" | "partition">,
): Promise<number> {
  const [found] = await linkedEndQuery(reader, { source, partition });
  return found?.end ?? 0;
}

export interface ReadBack {
  readonly missing: Missing;
  /** Rows stored beyond those expected: must be 0. */
  readonly surplus: number;
}

/** How many rows an offset has, or should have, in one table. */
export interface RowCount {
  readonly offset: number;
  readonly count: number;
}
export type CountsByTable = ReadonlyMap<ExactTable, readonly RowCount[]>;

/** Compares what is stored with `expected`. What retention removed was stored. */
export async function readBack(
  reader: Reader,
  range: Range,
  expected: CountsByTable,
): Promise<ReadBack> {
  const { source, partition, start, end } = range;
  const found = new Map(
    (await offsetsQuery(reader, { source, partition, start, end })).map(
      (row) => [row.name, row.offsets] as const,
    ),
  );
  const retired = new Set(found.get(retiredTable));
  const offsets = new Map<ExactTable, ReadonlySet<number>>();
  let wanted = 0;
  let absent = 0;
  let surplus = 0;
  for (const table of exactTables) {
    const stored = countsOf(found.get(table) ?? []);
    const own = expected.get(table) ?? [];
    const compared = compare(own, stored, table === "outcomes" ? none : retired);
    wanted += own.length;
    absent += compared.missing.size;
    surplus += compared.surplus;
    if (compared.missing.size > 0) offsets.set(table, compared.missing);
  }
  const extent = absent === 0 ? "none" : absent === wanted ? "all" : "some";
  return { missing: { extent, offsets }, surplus };
}

const none: ReadonlySet<number> = new Set();

function countsOf(offsets: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const offset of offsets) counts.set(offset, (counts.get(offset) ?? 0) + 1);
  return counts;
}

function compare(
  expected: readonly RowCount[],
  stored: ReadonlyMap<number, number>,
  retired: ReadonlySet<number>,
) {
  const missing = new Set<number>();
  let surplus = [...stored.values()].reduce((sum, rows) => sum + rows, 0);
  for (const { count, offset } of expected) {
    const found = stored.get(offset) ?? 0;
    if (found < count && !retired.has(offset)) missing.add(offset);
    surplus -= Math.min(found, count);
  }
  return { missing, surplus };
}
