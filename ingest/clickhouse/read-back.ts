/** What is stored of a range: rows per offset in each exact table. */
import { z } from "zod";
import { type ExactTable, exactTables, type Missing, type Range } from "../pipeline/audit-store.ts";
import { defineQuery, type Query, type Reader } from "./define-query.ts";
import type { TableRows } from "./range-rows.ts";

const rangeParams = z.object({
  source: z.string(),
  partition: z.number().int(),
  start: z.number().int(),
  end: z.number().int(),
});
const countRow = z.object({ offset: z.number().int(), rows: z.number().int() });

const countQuery = (table: ExactTable) =>
  defineQuery({
    name: `${table}.range_counts`,
    sql: `SELECT offset, count() AS rows FROM ${table}
      WHERE source = {source:String} AND partition = {partition:UInt32}
        AND offset >= {start:UInt64} AND offset < {end:UInt64}
      GROUP BY offset ORDER BY offset`,
    params: rangeParams,
    row: countRow,
  });

const retiredOffsets = defineQuery({
  name: "retired_leaves.range_offsets",
  sql: `SELECT offset FROM retired_leaves
    WHERE source = {source:String} AND partition = {partition:UInt32}
      AND offset >= {start:UInt64} AND offset < {end:UInt64}
    GROUP BY offset ORDER BY offset`,
  params: rangeParams,
  row: z.object({ offset: z.number().int() }),
});

type RangeQuery = Query<z.input<typeof rangeParams>, z.output<typeof countRow>>;
const countQueries: ReadonlyMap<ExactTable, RangeQuery> = new Map(
  exactTables.map((table) => [table, countQuery(table)]),
);

const endQuery = (table: ExactTable) =>
  defineQuery({
    name: `${table}.source_end`,
    sql: `SELECT count() AS rows, max(offset) + 1 AS end FROM ${table}
      WHERE source = {source:String} AND partition = {partition:UInt32}`,
    params: z.object({ source: z.string(), partition: z.number().int() }),
    row: z.object({ rows: z.number().int(), end: z.number().int() }),
  });
const endQueries = exactTables.map(endQuery);

/** First offset behind everything that is stored of a partition, finished or not; 0 when nothing is. */
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

/** The rows that a range should have. */
export type RowsByTable = ReadonlyMap<ExactTable, readonly TableRows[]>;

/** Compares what is stored with `expected`. What retention removed was stored. */
export async function readBack(
  reader: Reader,
  range: Range,
  expected: RowsByTable,
): Promise<ReadBack> {
  const { source, partition, start, end } = range;
  const page = { source, partition, start, end };
  const retired = new Set((await retiredOffsets(reader, page)).map(({ offset }) => offset));
  const offsets = new Map<ExactTable, ReadonlySet<number>>();
  let wanted = 0;
  let absent = 0;
  let surplus = 0;
  for (const [table, query] of countQueries) {
    const counts = await query(reader, page);
    const stored = new Map(counts.map(({ offset, rows }) => [offset, rows]));
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

function compare(
  expected: readonly TableRows[],
  stored: ReadonlyMap<number, number>,
  retired: ReadonlySet<number>,
) {
  const missing = new Set<number>();
  let surplus = [...stored.values()].reduce((sum, rows) => sum + rows, 0);
  for (const { rows, offset } of expected) {
    const found = stored.get(offset) ?? 0;
    if (found < rows.length && !retired.has(offset)) missing.add(offset);
    surplus -= Math.min(found, rows.length);
  }
  return { missing, surplus };
}
