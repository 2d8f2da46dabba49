/**
 * The simulated database: rows by table, partition and offset, and a dedup log of insert tokens that can part from
 * the rows in either order.
 */
import type { QueryParams } from "../../../../../ingest/clickhouse/define-query.ts";
import { answerTo } from "./simulated-answers.ts";
import {
  type InsertStatement,
  type SimulatedTable,
  type StoredRow,
  simulatedTables,
} from "./simulated-rows.ts";

export interface SimulatedDatabase {
  readonly rows: (table: SimulatedTable) => readonly StoredRow[];
  /** Rows of one offset. */
  readonly count: (table: SimulatedTable, partition: number, offset: number) => number;
  readonly outcomeAt: (partition: number, offset: number) => StoredRow | undefined;
  /** Keeps the rows and the token, or only one of them; a known token keeps nothing. */
  readonly land: (insert: InsertStatement, part?: "token_only" | "rows_only") => void;
  readonly answer: (sql: string, params: QueryParams) => readonly unknown[];
  /** Grows whenever rows land. */
  readonly landings: () => number;
  /** Forgets the newest so many landings, and all tokens: a copy of the rows has none. */
  readonly restore: (landings: number) => void;
}

/** `now`: its clock. */
export function createSimulatedDatabase(now: () => number): SimulatedDatabase {
  const tables = { agent_events: [], outcomes: [], ledger: [] } as {
    readonly [Table in SimulatedTable]: StoredRow[];
  };
  const counts = new Uint8Array(simulatedTables.length * placesMax);
  const outcomes: (StoredRow | undefined)[] = [];
  const tokens = new Set<string>();
  const landed: { readonly insert: InsertStatement; readonly hasRows: boolean }[] = [];
  let landings = 0;
  const keep = ({ table, rows }: InsertStatement): void => {
    for (const row of rows) {
      const cell = cellOf(table, row.partition, row.offset);
      tables[table].push(row);
      counts[cell] = (counts[cell] ?? 0) + 1;
      if (table === "outcomes") outcomes[placeOf(row.partition, row.offset)] = row;
    }
  };
  return {
    rows: (table) => tables[table],
    count: (table, partition, offset) => counts[cellOf(table, partition, offset)] ?? 0,
    outcomeAt: (partition, offset) => outcomes[placeOf(partition, offset)],
    land: (insert, part) => {
      const { token } = insert;
      const isKnown = token !== undefined && tokens.has(token);
      if (isKnown) return;
      landings += 1;
      landed.push({ insert, hasRows: part !== "token_only" });
      if (part !== "token_only") keep(insert);
      if (part !== "rows_only" && token !== undefined) tokens.add(token);
    },
    answer: (sql, params) =>
      sql.includes("now64(3)") ? [{ at: now() }] : answerTo(tables, sql, params),
    landings: () => landings,
    restore: (forgotten) => {
      landed.length = Math.max(0, landed.length - forgotten);
      for (const table of simulatedTables) tables[table].length = 0;
      counts.fill(0);
      outcomes.length = 0;
      tokens.clear();
      for (const { insert, hasRows } of landed) if (hasRows) keep(insert);
    },
  };
}

const offsetsMax = 64;
const partitionsMax = 4;
const placesMax = offsetsMax * partitionsMax;
const placeOf = (partition: number, offset: number): number => partition * offsetsMax + offset;
const cellOf = (table: SimulatedTable, partition: number, offset: number): number =>
  simulatedTables.indexOf(table) * placesMax + placeOf(partition, offset);
