/** Rows that no link covers: in a hole of a chain, behind its end, or of a partition without a chain. */
import { z } from "zod";
import { defineQuery, type Reader } from "../clickhouse/define-query.ts";
import { isStatementSource, statementTables } from "../ledger/statement.ts";
import { exactTables } from "../pipeline/audit-store.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { type ChainPlace, numberMax } from "./log-rows.ts";
import type { Span } from "./span.ts";

export interface CoveredChain extends ChainPlace {
  readonly covered: readonly Span[];
}

/** Rows of one table at offsets that follow on one another, [from, to). */
export interface UnlinkedRows extends ChainPlace, Span {
  readonly table: string;
  readonly rows: number;
  /** Whether a link for them may still come: behind the last one, or before the first. */
  readonly isLoose: boolean;
}

/** Of one table and query; beyond, the first ones. */
const islandsMax = 1_000;
/** Runs of covered offsets per query: on a server they travel in the address of a request. */
const runsPerQuery = 2_000;

/** What an earlier version wrote without a place in any chain keeps the empty source. */
const oncePlaceless = ["identities", "alert_actions", "api_keys"];

/**
 * Rows beside the runs, told together where their offsets adjoin. A run covers [start, end) and speaks for the
 * offsets up to `until`, the last of a chain for all. Runs travel as lists: they are those that were verified, not
 * those of this moment. All tables in one query: planning one takes the engine as long as reading a small table.
 */
const unlinkedIn = (tables: readonly string[]) =>
  defineQuery({
    name: `${tables[0]}.unlinked`,
    sql: `SELECT table_name, source, partition, least(min(offset), ${numberMax}) AS first,
        least(max(offset), ${numberMax}) AS last, is_last, count() AS row_count
      FROM (
        SELECT table_name, source, partition, offset, is_last, offset - dense_rank() OVER (
          PARTITION BY table_name, source, partition ORDER BY offset) AS island
        FROM (
          SELECT stored.table_name AS table_name, stored.source AS source,
            stored.partition AS partition, stored.offset AS offset,
            runs.is_run = 0 OR runs.is_last = 1 AS is_last
          FROM (${tables.map(placesIn).join(" UNION ALL ")}) AS stored
          ASOF LEFT JOIN (${runsOfLists}) AS runs
          ON stored.source = runs.source AND stored.partition = runs.partition
            AND stored.offset >= runs.start
          WHERE stored.table_name IN {tables:Array(String)} AND if(runs.is_run = 1,
            stored.offset >= runs.end AND (stored.offset < runs.until OR runs.is_last = 1),
            {is_first:UInt8} = 1
              AND (stored.source, stored.partition) NOT IN (SELECT source, partition FROM ledger)
              AND (stored.source, stored.partition) NOT IN (
                SELECT source, partition FROM ledger_entries))))
      GROUP BY table_name, source, partition, is_last, island
      ORDER BY table_name, source, partition, first LIMIT ${islandsMax} BY table_name`,
    params: z.object({
      tables: z.array(z.string()),
      sources: z.array(z.string()),
      partitions: z.array(z.number().int()),
      starts: z.array(z.number().int()),
      ends: z.array(z.number().int()),
      untils: z.array(z.number().int()),
      lasts: z.array(z.number().int()),
      is_first: z.number().int(),
    }),
    row: z.object({
      table_name: z.string(),
      source: z.string(),
      partition: z.number().int(),
      first: z.number().int(),
      last: z.number().int(),
      is_last: z.number(),
      row_count: z.number().int(),
    }),
  });

const placesIn = (table: string): string => `
            SELECT '${table}' AS table_name, toString(source) AS source, partition, offset
            FROM ${table} ${oncePlaceless.includes(table) ? "WHERE source != ''" : ""}`;

const runsOfLists = `
            SELECT tupleElement(run, 1) AS source, tupleElement(run, 2) AS partition,
              tupleElement(run, 3) AS start, tupleElement(run, 4) AS end,
              tupleElement(run, 5) AS until, tupleElement(run, 6) AS is_last, 1 AS is_run
            FROM (SELECT arrayJoin(arrayZip({sources:Array(String)}, {partitions:Array(UInt32)},
              {starts:Array(UInt64)}, {ends:Array(UInt64)}, {untils:Array(UInt64)},
              {lasts:Array(UInt8)})) AS run)`;

const recordTables: readonly string[] = [...exactTables, "identities"];
/** What stays in the place of rows of either kind. */
const leafTables: readonly string[] = ["retired_leaves"];

interface TableQuery {
  readonly tables: readonly string[];
  /** Whether the chains of a source speak of these tables. */
  readonly isSpokenOf: (source: string) => boolean;
  readonly query: ReturnType<typeof unlinkedIn>;
}

const queryOf = (tables: readonly string[], isSpokenOf: TableQuery["isSpokenOf"]): TableQuery => ({
  tables,
  isSpokenOf,
  query: unlinkedIn(tables),
});

const queries: readonly TableQuery[] = [
  queryOf(recordTables, (source) => !isStatementSource(source)),
  queryOf(statementTables, isStatementSource),
  queryOf(leafTables, () => true),
];
const allTables: ReadonlySet<string> = new Set(queries.flatMap(({ tables }) => tables));

/** O(rows): reads three columns of every table, or of those that are asked for. */
export async function unlinkedRows(
  reader: Reader,
  chains: readonly CoveredChain[],
  asked: ReadonlySet<string> = allTables,
): Promise<readonly UnlinkedRows[]> {
  const found: UnlinkedRows[] = [];
  for (const { tables, isSpokenOf, query } of queries) {
    const wanted = tables.filter((table) => asked.has(table));
    for (const lists of listsFor(chains, isSpokenOf)) {
      for (const row of await query(reader, { tables: wanted, ...lists })) {
        const { table_name: table, source, partition, row_count: rows } = row;
        const span = { from: row.first, to: row.last + 1 };
        found.push({ table, source, partition, ...span, rows, isLoose: row.is_last === 1 });
      }
    }
  }
  return found;
}

/** At least one page: rows without any chain come with the first. */
function* listsFor(chains: readonly CoveredChain[], isSpokenOf: TableQuery["isSpokenOf"]) {
  const runs = chains.flatMap((chain) => runsOf(chain, isSpokenOf(chain.source)));
  for (let at = 0; at === 0 || at < runs.length; at += runsPerQuery) {
    yield { ...listsOf(runs.slice(at, at + runsPerQuery)), is_first: at === 0 ? 1 : 0 };
  }
}

export const rowsUnlinked = (found: UnlinkedRows): Discrepancy => {
  const { table, source, partition, from, to, rows, isLoose } = found;
  const detail = `${rows} rows ${isLoose ? "behind the last link" : "at offsets that no link covers"}`;
  return { kind: "rows_unlinked", table, source, partition, from, to, detail };
};

interface Run extends ChainPlace {
  readonly start: number;
  readonly end: number;
  readonly until: number;
  readonly isLast: boolean;
}

/** An empty run speaks for what lies before the first link; no two begin at the same offset. */
function runsOf({ source, partition, covered }: CoveredChain, isSpokenOf: boolean): Run[] {
  // Of a table that the chain does not speak of, every row lies beside it.
  const own = isSpokenOf ? covered : [];
  const spans = own[0]?.from === 0 ? own : [{ from: 0, to: 0 }, ...own];
  return spans.map(({ from, to }, index) => {
    const next = spans[index + 1];
    const until = next?.from ?? numberMax;
    return { source, partition, start: from, end: to, until, isLast: next === undefined };
  });
}

const listsOf = (runs: readonly Run[]) => ({
  sources: runs.map(({ source }) => source),
  partitions: runs.map(({ partition }) => partition),
  starts: runs.map(({ start }) => start),
  ends: runs.map(({ end }) => end),
  untils: runs.map(({ until }) => until),
  lasts: runs.map(({ isLast }) => (isLast ? 1 : 0)),
});
