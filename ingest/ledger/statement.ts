/**
 * What the service itself puts down and the ledger covers: what was asked through its API, the analysts' verdicts and
 * suppressions, the API keys, what its retention removed and what it must not, whose identifier was erased. Such
 * rows have a place in a chain of their own, one chain per process that writes them.
 */
import type { Leaf } from "./leaf.ts";

/**
 * Each table's own columns, in the order in which a row's values are hashed; behind them comes `mac`, empty in what
 * an earlier version wrote.
 */
export const statementColumns = {
  alert_actions: ["alert_id", "sequence", "status", "disposition", "note", "principal", "at"],
  api_keys: [
    "key_id",
    "revision",
    "name",
    "role",
    "secret_hash",
    "created_at",
    "expires_at",
    "revoked_at",
    "principal",
  ],
  retirements: [
    "retirement",
    "at",
    "principal",
    "table_name",
    "cutoff_at",
    "retired_source",
    "retired_partition",
    "first_offset",
    "last_offset",
    "leaves",
    "spared",
  ],
  legal_holds: [
    "hold_id",
    "revision",
    "agent_id",
    "subject_token",
    "from_at",
    "to_at",
    "reason",
    "principal",
    "placed_at",
    "released_at",
  ],
  suppressions: [
    "suppression_id",
    "revision",
    "detectors",
    "agent_id",
    "subject_token",
    "tenant",
    "team",
    "reason",
    "principal",
    "created_at",
    "expires_at",
    "revoked_at",
  ],
  reads: [
    "request_id",
    "at",
    "principal",
    "role",
    "route",
    "agent_ids",
    "session_ids",
    "subject_tokens",
    "tenants",
    "alert_id",
    "from_at",
    "to_at",
    "reason",
    "incident_id",
  ],
  erasures: ["subject_token", "reason", "principal", "erased_at"],
} as const;
export type StatementTable = keyof typeof statementColumns;
export const statementTables: readonly StatementTable[] = [
  "alert_actions",
  "api_keys",
  "retirements",
  "legal_holds",
  "suppressions",
  "reads",
  "erasures",
];

/** A table's last columns, texts, the youngest last, which rows of an earlier version lack. */
const youngStatementColumns: Readonly<Partial<Record<StatementTable, readonly string[]>>> = {
  api_keys: ["principal"],
  retirements: ["spared"],
  reads: ["reason", "incident_id"],
};

/** How many of a table's columns every version has. */
export const firstColumnsOf = (table: StatementTable): number =>
  statementColumns[table].length - (youngStatementColumns[table] ?? []).length;

/** What is hashed and vouched for of a row's own values: young columns without any value behind them are no part. */
export function committedStatement(
  table: StatementTable,
  values: readonly unknown[],
): readonly unknown[] {
  const isPart = (value: unknown, place: number) => place < firstColumnsOf(table) || value !== "";
  return values.slice(0, values.findLastIndex(isPart) + 1);
}

const sourcePrefix = "service:";

/** `writer`: names the writing process for ever. */
export const statementSource = (writer: string): string => `${sourcePrefix}${writer}`;
export const isStatementSource = (source: string): boolean => source.startsWith(sourcePrefix);

export const isStatementTable = (table: string): table is StatementTable =>
  table in statementColumns;

/** Statements of one table that are put down in one go. */
export const statementsAtOnceMax = 100;

/** One statement per place; its partition is 0. */
export interface StatementPlace {
  readonly source: string;
  readonly offset: number;
}

export interface StatementRow {
  readonly table: StatementTable;
  readonly hash: string;
  readonly deadline: number;
}

export const statementLeaf = (offset: number, { table, hash, deadline }: StatementRow): Leaf => ({
  offset,
  outcome: { kind: "statement", reason: table, ingestedAt: 0, deadline },
  body: { hash, deadline },
  exposures: undefined,
  identities: [],
});

/** Puts statements down, each once and committed to before it counts as done. */
export interface StatementWriter {
  /**
   * `values`: of the table's own columns, in order, times as epoch milliseconds. Rejects with `clickhouse.*`
   * when the statement may or may not be stored; a reader of the table sees which.
   */
  readonly append: (table: StatementTable, values: readonly unknown[]) => Promise<void>;
  /** Several of one table, `statementsAtOnceMax` at most: all of them or, on an error, all or none. */
  readonly appendAll: (
    table: StatementTable,
    rows: readonly (readonly unknown[])[],
  ) => Promise<void>;
  /**
   * Commits to what an earlier process or a failed append left behind, as far as it has settled. Resolves with the
   * number of chains that hold more than that: statements that no holder of the key has written, which get no link.
   */
  readonly coverOrphans: () => Promise<number>;
}
