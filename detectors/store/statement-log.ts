/** Statements that detection takes in, as the ledger has them, by their place. */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import type { StatementTable } from "../../ingest/ledger/statement.ts";
import type { StatementMac } from "../../ingest/ledger/statement-mac.ts";
import type { EngineInput } from "../engine-input.ts";

export interface PlacedInput<Input extends EngineInput = EngineInput> {
  readonly source: string;
  readonly offset: number;
  /** When the API took it, by the wall clock. Milliseconds. */
  readonly at: number;
  readonly input: Input;
}

/** Behind the last row of a page, in the order of time and place. */
export interface StatementCursor {
  readonly at: number;
  readonly source: string;
  readonly offset: number;
}

/** Oldest first. */
export interface StatementPage<Input extends EngineInput = EngineInput> {
  /** Those that the service wrote. */
  readonly placed: readonly PlacedInput<Input>[];
  /** `undefined`: there are no further rows. */
  readonly next: StatementCursor | undefined;
}

export interface StatementLog<Input extends EngineInput = EngineInput> {
  /** Of `limit` rows behind `after`, whoever wrote them. */
  readonly page: (after: StatementCursor, limit: number) => Promise<StatementPage<Input>>;
  /** Those of one chain whose offset is in [start, end), by offset. */
  readonly within: (range: ChainRange) => Promise<readonly PlacedInput<Input>[]>;
}

export interface ChainRange {
  readonly source: string;
  readonly start: number;
  readonly end: number;
  /** Only what was stated at this time or later; absent: all. Epoch milliseconds. */
  readonly since?: number;
}

/** By the partition under which what was taken in of each stands in the recorded order; statements have none. */
export const statementPartitions = { verdicts: 0, reads: 1 } as const;
export type StatementLogs = Readonly<Record<keyof typeof statementPartitions, StatementLog>>;

const nothing: StatementLog = {
  page: async () => ({ placed: [], next: undefined }),
  within: async () => [],
};
export const noStatements: StatementLogs = { verdicts: nothing, reads: nothing };

export interface StatementReader {
  readonly reader: Reader;
  readonly mac: Pick<StatementMac, "isAuthentic">;
}

interface SealedInput<Input extends EngineInput> {
  readonly placed: PlacedInput<Input>;
  /** The row as it was sealed. */
  readonly own: readonly unknown[];
}

interface StatementSelection<Input extends EngineInput> {
  readonly table: StatementTable;
  /** With `at_ms`, the epoch milliseconds. */
  readonly columns: string;
  readonly row: z.ZodType<SealedInput<Input>>;
}

/**
 * One of a table's rows, of which only those count that have the service's MAC: whoever may write to the database must
 * not teach detection.
 */
export function createStatementLog<Input extends EngineInput>(
  { reader, mac }: StatementReader,
  { table, columns, row }: StatementSelection<Input>,
): StatementLog<Input> {
  const rowsBehind = defineQuery({
    name: `${table}.behind`,
    sql: `SELECT ${columns} FROM ${table} WHERE startsWith(source, 'service:')
      AND at >= fromUnixTimestamp64Milli({after_at:Int64}, 'UTC')
      AND (at_ms, toString(source), offset) > ({after_at:Int64}, {after_source:String}, {after_offset:UInt64})
    ORDER BY at, source, offset LIMIT {limit:UInt32}`,
    params: z.object({
      after_at: z.number().int(),
      after_source: z.string(),
      after_offset: z.number().int(),
      limit: z.number().int(),
    }),
    row,
  });
  const rowsWithin = defineQuery({
    name: `${table}.within`,
    sql: `SELECT ${columns} FROM ${table}
    WHERE source = {source:String} AND offset >= {start:UInt64} AND offset < {end:UInt64}
      AND at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
    ORDER BY offset`,
    params: z.object({
      source: z.string(),
      start: z.number().int(),
      end: z.number().int(),
      since: z.number().int(),
    }),
    row,
  });
  const authentic = (rows: readonly SealedInput<Input>[]) =>
    rows
      .filter(({ placed, own }) => mac.isAuthentic(table, placed, own))
      .map(({ placed }) => placed);
  return {
    page: async ({ at, source, offset }, limit) => {
      const after = { after_at: at, after_source: source, after_offset: offset };
      const rows = await rowsBehind(reader, { ...after, limit });
      const isLast = rows.length < limit;
      return { placed: authentic(rows), next: isLast ? undefined : rows.at(-1)?.placed };
    },
    within: async ({ source, start, end, since = 0 }) =>
      authentic(await rowsWithin(reader, { source, start, end, since })),
  };
}
