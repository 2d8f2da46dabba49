/** What a store held before anybody touched it: every row of every covered table, and the way back to it. */
import type { Store } from "../../../ingest/clickhouse/client.ts";
import { statementTables } from "../../../ingest/ledger/statement.ts";
import { exactTables } from "../../../ingest/pipeline/audit-store.ts";

import type { Random } from "./column-value.ts";
import type { Chain } from "./units.ts";

export const logTables = ["ledger", "ledger_entries", "checkpoints"] as const;
export const rowTables = [
  ...exactTables,
  "identities",
  "retired_leaves",
  ...statementTables,
] as const;
const tables = [...rowTables, ...logTables];

export type Values = Readonly<Record<string, unknown>>;

export interface Row {
  readonly table: string;
  readonly id: number;
  /** As text where it is a number or a time. */
  readonly values: Values;
}

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** One step of a tampering: a row taken away, a row put in; an edit is both. */
export interface Change {
  readonly table: string;
  readonly drop?: number;
  readonly add?: Values;
}

export interface Pristine {
  readonly rows: (table: string) => readonly Row[];
  readonly columns: (table: string) => readonly Column[];
  /** Makes the store what it was, but for these changes. */
  readonly put: (changes: readonly Change[]) => Promise<void>;
}

/** What the acts of a round are chosen from. */
export interface Scene {
  readonly pristine: Pristine;
  readonly chains: readonly Chain[];
  readonly random: Random;
}

/**
 * Copies the tables into a database of their own. The live tables stay as the schema made them, but for what keeps
 * old rows from being written again, and for merges, which come when they like.
 */
export async function pristineOf(store: Store): Promise<Pristine> {
  const { reader, writer } = store;
  await writer.command("CREATE DATABASE pristine");
  const columnsOf = new Map<string, readonly Column[]>();
  const rowsOf = new Map<string, readonly Row[]>();
  for (const table of tables) {
    const found = await reader.query(
      `SELECT name, type FROM system.columns
        WHERE database = currentDatabase() AND table = {table:String} ORDER BY position`,
      { table },
    );
    const columns = found as Column[];
    columnsOf.set(table, columns);
    await writer.command(`CREATE TABLE pristine.${table} ENGINE = MergeTree ORDER BY row_id
      AS SELECT *, rowNumberInAllBlocks() AS row_id FROM ${table}`);
    const rows = await reader.query(
      `SELECT row_id, ${columns.map(asText).join(", ")} FROM pristine.${table} ORDER BY row_id`,
      {},
    );
    rowsOf.set(
      table,
      rows.map((row) => rowOf(table, row as Values)),
    );
    await writer.command(`ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS written_in_time`);
    await writer.command(`SYSTEM STOP MERGES ${table}`);
  }
  let dirty: ReadonlySet<string> = new Set();
  return {
    rows: (table) => rowsOf.get(table) ?? [],
    columns: (table) => columnsOf.get(table) ?? [],
    put: async (changes) => {
      const touched = new Set(changes.map(({ table }) => table));
      for (const table of new Set([...dirty, ...touched])) {
        const own = changes.filter((change) => change.table === table);
        await refill(store, table, { columns: columnsOf.get(table) ?? [], changes: own });
      }
      dirty = touched;
    },
  };
}

const asText = ({ name, type }: Column): string =>
  /^(?:Nullable\()?(?:UInt|DateTime)/.test(type) ? `toString(${name}) AS ${name}` : name;

function rowOf(table: string, { row_id, ...values }: Values): Row {
  return { table, id: Number(row_id), values };
}

interface Refill {
  readonly columns: readonly Column[];
  readonly changes: readonly Change[];
}

async function refill(
  { writer }: Store,
  table: string,
  { columns, changes }: Refill,
): Promise<void> {
  const names = columns.map(({ name }) => name).join(", ");
  const dropped = [-1, ...changes.flatMap(({ drop }) => drop ?? [])];
  await writer.command(`TRUNCATE TABLE ${table}`);
  await writer.command(`INSERT INTO ${table} (${names}) SELECT ${names} FROM pristine.${table}
    WHERE toInt64(row_id) NOT IN (${dropped.join(", ")}) SETTINGS insert_deduplicate = 0`);
  await writer.insertRows(
    table,
    changes.flatMap(({ add }) => (add === undefined ? [] : [add])),
  );
}
