/**
 * The simulated database: rows by table, partition and offset, a dedup log of insert tokens that can part from
 * the rows in either order, and the answers to the queries that production asks.
 *
 * `exactTables` of production that no record of this world writes stay empty. `ledger` is written last.
 */
import type { Insertion } from "../../../../../ingest/clickhouse/client.ts";
import type { QueryParams } from "../../../../../ingest/clickhouse/define-query.ts";
import { source } from "./simulated-log.ts";

export const simulatedTables = ["agent_events", "outcomes", "ledger"] as const;
export type SimulatedTable = (typeof simulatedTables)[number];

export interface StoredRow {
  readonly partition: number;
  readonly offset: number;
  /** agent_events: the event's id. outcomes: its hash, in decimal; 0: not an event. */
  readonly id: string;
  /** outcomes: event, skip or dead_letter, and why. */
  readonly kind: string;
  /** outcomes: hash of the content, in decimal. */
  readonly content: string;
  readonly ingestedAt: number;
}

export interface InsertStatement {
  readonly table: SimulatedTable;
  readonly queryId: string;
  readonly token: string | undefined;
  /** The database refuses the rows after it. Epoch ms. */
  readonly deadline: number;
  readonly rows: readonly StoredRow[];
}

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
}

export function createSimulatedDatabase(): SimulatedDatabase {
  const tables = { agent_events: [], outcomes: [], ledger: [] } as {
    readonly [Table in SimulatedTable]: StoredRow[];
  };
  const counts = new Uint8Array(simulatedTables.length * placesMax);
  const outcomes: (StoredRow | undefined)[] = [];
  const tokens = new Set<string>();
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
      if (part !== "token_only") keep(insert);
      if (part !== "rows_only" && token !== undefined) tokens.add(token);
    },
    answer: (sql, params) => {
      const query = queryOf(sql);
      return query.table === undefined ? [] : answers[query.kind](tables, query.table, params);
    },
    landings: () => landings,
  };
}

const offsetsMax = 64;
const partitionsMax = 4;
const placesMax = offsetsMax * partitionsMax;
const placeOf = (partition: number, offset: number): number => partition * offsetsMax + offset;
const cellOf = (table: SimulatedTable, partition: number, offset: number): number =>
  simulatedTables.indexOf(table) * placesMax + placeOf(partition, offset);

/** Reads what production sends: JSON arrays, one a line, that end with source, partition, offset, deadline. */
export function insertStatement(insertion: Insertion): InsertStatement {
  const { table, lines, queryId = "", token } = insertion;
  const known = simulatedTables.find((name) => name === table);
  if (known === undefined) throw new Error(`no record of this world belongs into ${table}`);
  const rows = lines.split("\n").map((line) => rowOf(known, line.slice(1, -1).split(",")));
  const deadline = Number(lines.slice(lines.lastIndexOf(",") + 1, -1));
  return { table: known, queryId, token, deadline, rows };
}

function rowOf(table: SimulatedTable, values: readonly string[]): StoredRow {
  const [partition, offset] = [Number(values.at(-3)), Number(values.at(-2))];
  if (table !== "outcomes") {
    const id = unquoted(values[1] ?? "");
    return { partition, offset, id, kind: "", content: "", ingestedAt: 0 };
  }
  const [kind = "", reason = "", id = "", content = "", ingestedAt] = values;
  const text = `${unquoted(kind)} ${unquoted(reason)}`;
  return { partition, offset, id, kind: text, content, ingestedAt: Number(ingestedAt) };
}

const unquoted = (text: string): string => text.slice(1, -1);

type Tables = { readonly [Table in SimulatedTable]: readonly StoredRow[] };
type Answer = (tables: Tables, table: SimulatedTable, params: QueryParams) => readonly unknown[];

const isInRange = ({ partition, offset }: StoredRow, params: QueryParams): boolean =>
  partition === params["partition"] &&
  offset >= Number(params["start"]) &&
  offset < Number(params["end"]);

const hashesByDecimal = new Map<string, string>();

/** The hash that production reads, of the decimal that it wrote. */
function hexOf(decimal: string): string {
  const known = hashesByDecimal.get(decimal);
  if (known !== undefined) return known;
  const hex = BigInt(decimal).toString(16).padStart(16, "0");
  hashesByDecimal.set(decimal, hex);
  return hex;
}

const known = (row: StoredRow) => ({
  id_hash: hexOf(row.id),
  content_hash: hexOf(row.content),
  source,
  partition: row.partition,
  offset: row.offset,
});

/** What marks each query in its SQL. */
const marks = {
  range_counts: "GROUP BY offset ORDER BY offset",
  source_end: "max(offset) + 1 AS end",
  by_hash: "event_id_hash IN",
  ids_of_range: "SELECT offset, leftPad",
  horizon: "min(ingested_at)",
  hash_page: "groupArray",
  orphans: "LEFT ANY JOIN",
} as const;
type QueryKind = keyof typeof marks;

interface KnownQuery {
  readonly kind: QueryKind;
  /** `undefined`: one that stays empty here. */
  readonly table: SimulatedTable | undefined;
}

const queriesBySql = new Map<string, KnownQuery>();

function queryOf(sql: string): KnownQuery {
  const found = queriesBySql.get(sql);
  if (found !== undefined) return found;
  const kind = queryKinds.find((name) => sql.includes(marks[name]));
  if (kind === undefined) throw new Error(`no answer to: ${sql}`);
  const name = /FROM (\w+)/.exec(sql)?.[1];
  const query = { kind, table: simulatedTables.find((table) => table === name) };
  queriesBySql.set(sql, query);
  return query;
}

const queryKinds = Object.keys(marks) as readonly QueryKind[];

/** Whether a query is about rows of this world; the others need no round trip of their own. */
export const isAboutRows = (sql: string): boolean => queryOf(sql).table !== undefined;

const answers: { readonly [Kind in QueryKind]: Answer } = {
  range_counts: (tables, table, params) => {
    const found = new Map<number, number>();
    for (const row of tables[table]) {
      if (isInRange(row, params)) found.set(row.offset, (found.get(row.offset) ?? 0) + 1);
    }
    return [...found].map(([offset, rows]) => ({ offset, rows }));
  },
  source_end: (tables, table, params) => {
    const own = tables[table].filter((row) => row.partition === params["partition"]);
    const end = own.reduce((most, { offset }) => Math.max(most, offset + 1), 0);
    return [{ rows: own.length, end }];
  },
  by_hash: (tables, table, params) => {
    const hashes = params["hashes"] as readonly string[];
    return tables[table].filter(({ id }) => hashes.includes(id)).map(known);
  },
  ids_of_range: (tables, table, params) =>
    tables[table]
      .filter((row) => isInRange(row, params) && row.id !== "0")
      .map((row) => ({ offset: row.offset, id_hash: hexOf(row.id) })),
  horizon: () => [{ at: 0 }],
  hash_page: (tables, table, params) => {
    const from = Number(params["from"]);
    const own = tables[table].filter((row) => row.id !== "0" && row.ingestedAt >= from);
    const last = own.reduce((most, row) => Math.max(most, row.ingestedAt), 0);
    return [{ rows: own.length, last, hashes: own.map((row) => hexOf(row.id)).join("") }];
  },
  orphans: (tables, table) => {
    const ends = new Map<number, number>();
    for (const { partition, offset } of tables.outcomes) {
      ends.set(partition, Math.max(ends.get(partition) ?? 0, offset + 1));
    }
    return tables[table]
      .filter(({ partition, offset }) => offset >= (ends.get(partition) ?? 0))
      .map(({ id, partition, offset }) => ({ event_id: id, source, partition, offset }));
  },
};
