/** Statements that detection takes in, as the ledger has them, by their place. */
import type { EngineInput } from "../engine-input.ts";

export interface PlacedInput<Input extends EngineInput = EngineInput> {
  readonly source: string;
  readonly offset: number;
  /** When the API took it, by the wall clock. Milliseconds. */
  readonly at: number;
  readonly input: Input;
}

export interface StatementLog<Input extends EngineInput = EngineInput> {
  /** Those taken at `from` or later, oldest first, at most `limit`. */
  readonly since: (from: number, limit: number) => Promise<readonly PlacedInput<Input>[]>;
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

const nothing: StatementLog = { since: async () => [], within: async () => new Map() };
export const noStatements: StatementLogs = { verdicts: nothing, reads: nothing };
