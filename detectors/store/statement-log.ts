/** Statements that detection takes in, as the ledger has them, by their place. */
import { z } from "zod";
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
  readonly within: (range: ChainRange) => Promise<ReadonlyMap<number, Input>>;
}

export interface ChainRange {
  readonly source: string;
  readonly start: number;
  readonly end: number;
}

/** By the partition under which what was taken in of each stands in the recorded order; statements have none. */
export const statementPartitions = { verdicts: 0, reads: 1 } as const;
export type StatementLogs = Readonly<Record<keyof typeof statementPartitions, StatementLog>>;

const nothing: StatementLog = {
  page: async () => ({ placed: [], next: undefined }),
  within: async () => new Map(),
};
export const noStatements: StatementLogs = { verdicts: nothing, reads: nothing };

export const afterParams = z.object({
  after_at: z.number().int(),
  after_source: z.string(),
  after_offset: z.number().int(),
  limit: z.number().int(),
});

/** The condition and the order of a page; `at_ms` must be the selected epoch ms. */
export const behindCursor = `startsWith(source, 'service:')
      AND at >= fromUnixTimestamp64Milli({after_at:Int64}, 'UTC')
      AND (at_ms, toString(source), offset) > ({after_at:Int64}, {after_source:String}, {after_offset:UInt64})
    ORDER BY at, source, offset LIMIT {limit:UInt32}`;

export const afterValues = (
  { at, source, offset }: StatementCursor,
  limit: number,
): z.input<typeof afterParams> => ({
  after_at: at,
  after_source: source,
  after_offset: offset,
  limit,
});

/** Where the page behind `rows` begins, unless they are the last. */
export const behind = (
  rows: readonly StatementCursor[],
  limit: number,
): StatementCursor | undefined => (rows.length < limit ? undefined : rows.at(-1));
