/** Rows that no link covers: beyond a chain's end, in its holes, or of a partition without a chain. */
import { z } from "zod";
import { defineQuery, type Reader } from "../clickhouse/define-query.ts";
import { statementTables } from "../ledger/statement.ts";
import { exactTables } from "../pipeline/audit-store.ts";
import type { CheckedChain } from "./chain-check.ts";

const coveredTables = [...exactTables, "identities", "retired_leaves", ...statementTables] as const;

/** What one table holds of one partition. */
export interface RowTotal {
  readonly table: string;
  readonly source: string;
  readonly partition: number;
  /** Rows below the end of the chain. */
  readonly within: number;
  /** Rows at or behind it, and where they lie: [first, end). */
  readonly beyond: number;
  readonly from: number;
  readonly to: number;
}

const totalRow = z.object({
  source: z.string(),
  partition: z.number().int(),
  within: z.number().int(),
  beyond: z.number().int(),
  first: z.number().int(),
  last: z.number().int(),
});

/** Chains travel as three lists: their ends are those that were verified, not those of this moment. */
const totalsOf = (table: string) =>
  defineQuery({
    name: `${table}.row_totals`,
    sql: `SELECT stored.source AS source, stored.partition AS partition,
        countIf(offset < chain_end) AS within, countIf(offset >= chain_end) AS beyond,
        minIf(offset, offset >= chain_end) AS first, maxIf(offset, offset >= chain_end) AS last
      FROM ${table} AS stored
      LEFT JOIN (
        SELECT tupleElement(chain, 1) AS source, toUInt32(tupleElement(chain, 2)) AS partition,
          toUInt64(tupleElement(chain, 3)) AS chain_end
        FROM (SELECT arrayJoin(arrayZip({sources:Array(String)}, {partitions:Array(UInt32)},
          {ends:Array(UInt64)})) AS chain)) AS chains
      ON stored.source = chains.source AND stored.partition = chains.partition
      WHERE stored.source != ''
      GROUP BY source, partition ORDER BY source, partition`,
    params: z.object({
      sources: z.array(z.string()),
      partitions: z.array(z.number().int()),
      ends: z.array(z.number().int()),
    }),
    row: totalRow,
  });

const queries = coveredTables.map((table) => ({ table, query: totalsOf(table) }));

/** One total per table and partition that has rows. O(rows): reads three columns of every table. */
export async function rowTotals(
  reader: Reader,
  chains: readonly Pick<CheckedChain, "source" | "partition" | "end">[],
): Promise<readonly RowTotal[]> {
  const params = {
    sources: chains.map(({ source }) => source),
    partitions: chains.map(({ partition }) => partition),
    ends: chains.map(({ end }) => end),
  };
  const totals: RowTotal[] = [];
  for (const { table, query } of queries) {
    for (const { first, last, ...row } of await query(reader, params)) {
      totals.push({ table, ...row, from: first, to: last + 1 });
    }
  }
  return totals;
}
