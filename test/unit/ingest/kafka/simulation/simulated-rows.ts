/** Rows of the simulated database, read from what production sends. */
import type { Insertion } from "../../../../../ingest/clickhouse/client.ts";

/** In the order in which a range writes them. `exactTables` of production that no record here writes stay empty. */
export const simulatedTables = ["agent_events", "outcomes", "ledger"] as const;
export type SimulatedTable = (typeof simulatedTables)[number];

export type Tables = { readonly [Table in SimulatedTable]: readonly StoredRow[] };

export interface StoredRow {
  readonly partition: number;
  /** ledger: there is a row for each offset that the link covers. */
  readonly offset: number;
  /** agent_events: the event's id. outcomes: its hash, in decimal; 0: not an event. */
  readonly id: string;
  /** outcomes: event, skip or dead_letter, and why. */
  readonly kind: string;
  /** outcomes: hash of the content, in decimal. */
  readonly content: string;
  readonly ingestedAt: number;
  readonly deadline: number;
  /** As it was written. */
  readonly line: string;
}

export interface InsertStatement {
  readonly table: SimulatedTable;
  readonly queryId: string;
  readonly token: string | undefined;
  /** The database refuses the rows after it. Epoch ms. */
  readonly deadline: number;
  readonly rows: readonly StoredRow[];
}

/** JSON arrays, one a line; those of the exact tables end with source, partition, offset, deadline. */
export function insertStatement(insertion: Insertion): InsertStatement {
  const { table, lines, queryId = "", token } = insertion;
  const known = simulatedTables.find((name) => name === table);
  if (known === undefined) throw new Error(`no record of this world belongs into ${table}`);
  const rows = lines.split("\n").flatMap((line) => rowsOf(known, line));
  const deadline = Math.min(...rows.map((row) => row.deadline));
  return { table: known, queryId, token, deadline, rows };
}

function rowsOf(table: SimulatedTable, line: string): readonly StoredRow[] {
  const values = line.slice(1, -1).split(",");
  const deadline = Number(values.at(-1));
  const plain = { id: "", kind: "", content: "", ingestedAt: 0, deadline, line };
  if (table === "ledger") {
    const [partition, start, end] = [Number(values[1]), Number(values[3]), Number(values[4])];
    return Array.from({ length: end - start }, (_, at) => ({
      ...plain,
      partition,
      offset: start + at,
    }));
  }
  const place = { partition: Number(values.at(-3)), offset: Number(values.at(-2)) };
  if (table !== "outcomes") return [{ ...plain, ...place, id: unquoted(values[1] ?? "") }];
  const [kind = "", reason = "", id = "", content = "", ingestedAt] = values;
  const text = `${unquoted(kind)} ${unquoted(reason)}`;
  return [{ ...plain, ...place, id, kind: text, content, ingestedAt: Number(ingestedAt) }];
}

const unquoted = (text: string): string => text.slice(1, -1);
