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

const islandRow = z.object({
  source: z.string(),
  partition: z.number().int(),
  first: z.number().int(),
  last: z.number().int(),
  is_last: z.number(),
  row_count: z.number().int(),
});

/** Rows as (source, partition, offset, is_last) told together where their offsets adjoin. */
const islandsOf = (rows: string): string => `
  SELECT source, partition, least(min(offset), ${numberMax}) AS first,
    least(max(offset), ${numberMax}) AS last, is_last, count() AS row_count
  FROM (
    SELECT source, partition, offset, is_last, offset - dense_rank() OVER (
      PARTITION BY source, partition ORDER BY offset) AS island
    FROM (${rows}))
  GROUP BY source, partition, is_last, island
  ORDER BY source, partition, first LIMIT ${islandsMax}`;

/**
 * A run covers [start, end) and speaks for the offsets up to `until`, the last of a chain for all. Runs travel as
 * lists: they are those that were verified, not those of this moment.
 */
const besideRuns = (table: string) =>
  defineQuery({
    name: `${table}.beside_runs`,
    sql: islandsOf(`
      SELECT stored.source AS source, stored.partition AS partition, stored.offset AS offset,
        runs.is_last AS is_last
      FROM ${table} AS stored
      ASOF INNER JOIN (
        SELECT tupleElement(run, 1) AS source, tupleElement(run, 2) AS partition,
          tupleElement(run, 3) AS start, tupleElement(run, 4) AS end, tupleElement(run, 5) AS until,
          tupleElement(run, 6) AS is_last
        FROM (SELECT arrayJoin(arrayZip({sources:Array(String)}, {partitions:Array(UInt32)},
          {starts:Array(UInt64)}, {ends:Array(UInt64)}, {untils:Array(UInt64)},
          {lasts:Array(UInt8)})) AS run)) AS runs
      ON stored.source = runs.source AND stored.partition = runs.partition
        AND stored.offset >= runs.start
      WHERE stored.offset >= runs.end AND (stored.offset < runs.until OR runs.is_last = 1)`),
    params: z.object({
      sources: z.array(z.string()),
      partitions: z.array(z.number().int()),
      starts: z.array(z.number().int()),
      ends: z.array(z.number().int()),
      untils: z.array(z.number().int()),
      lasts: z.array(z.number().int()),
    }),
    row: islandRow,
  });

/** What an earlier version wrote without a place in any chain keeps the empty source. */
const withoutChain = (table: string, mayLackPlace: boolean) =>
  defineQuery({
    name: `${table}.without_chain`,
    sql: islandsOf(`
      SELECT source, partition, offset, 1 AS is_last FROM ${table}
      WHERE (source, partition) NOT IN (SELECT source, partition FROM ledger)
        AND (source, partition) NOT IN (SELECT source, partition FROM ledger_entries)
        ${mayLackPlace ? "AND source != ''" : ""}`),
    params: z.object({}),
    row: islandRow,
  });

const tables = [...exactTables, "identities", ...statementTables].map((table) => {
  const isOfStatements = statementTables.some((name) => name === table);
  const mayLackPlace = isOfStatements || table === "identities";
  return {
    table,
    isOfStatements,
    besideRuns: besideRuns(table),
    withoutChain: withoutChain(table, mayLackPlace),
  };
});

/** O(rows): reads three columns of every table, or of those that are asked for. */
export async function unlinkedRows(
  reader: Reader,
  chains: readonly CoveredChain[],
  asked?: ReadonlySet<string>,
): Promise<readonly UnlinkedRows[]> {
  const found: UnlinkedRows[] = [];
  const wanted = tables.filter(({ table }) => asked?.has(table) ?? true);
  for (const { table, isOfStatements, besideRuns, withoutChain } of wanted) {
    const add = ({
      first,
      last,
      is_last,
      row_count,
      ...place
    }: z.output<typeof islandRow>): void => {
      const span = { from: first, to: last + 1 };
      found.push({ table, ...place, ...span, rows: row_count, isLoose: is_last === 1 });
    };
    for (const row of await withoutChain(reader, {})) add(row);
    const runs = chains.flatMap((chain) => runsOf(chain, isOfStatements));
    for (let at = 0; at < runs.length; at += runsPerQuery) {
      const page = runs.slice(at, at + runsPerQuery);
      for (const row of await besideRuns(reader, listsOf(page))) add(row);
    }
  }
  return found;
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
function runsOf({ source, partition, covered }: CoveredChain, isOfStatements: boolean): Run[] {
  // Of a table that the chain does not speak of, every row lies beside it.
  const isOwnTable = isStatementSource(source) === isOfStatements;
  const own = isOwnTable ? covered : [];
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
