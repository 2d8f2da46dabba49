/** The raw columns of everything that is stored for a range of offsets, table by table. */
import { z } from "zod";
import {
  firstColumnsOf,
  type StatementTable,
  statementColumns,
  statementTables,
} from "../ledger/statement.ts";
import type { ExactTable } from "../pipeline/audit-store.ts";
import { defineQuery } from "./define-query.ts";
import { eventTables, ownColumnsOf, youngColumns } from "./event-rows.ts";

/** The tables that hold one row for an event or a dead letter. */
const recordTables = [...Object.values(eventTables), "dead_letters"] as const;
export type BodyTable = (typeof recordTables)[number] | StatementTable;
const eventTableNames: ReadonlySet<string> = new Set(Object.values(eventTables));
const isEventTable = (table: BodyTable): boolean => eventTableNames.has(table);

const rangeParams = z.object({
  source: z.string(),
  partition: z.number().int(),
  start: z.number().int(),
  end: z.number().int(),
});
const inRange = `source = {source:String} AND partition = {partition:UInt32}
  AND offset >= {start:UInt64} AND offset < {end:UInt64}`;
const deadlineMs = "toUnixTimestamp64Milli(deadline) AS deadline_ms";

export const outcomesQuery = defineQuery({
  name: "outcomes.stored_records",
  sql: `SELECT offset, ${deadlineMs}, toString(kind) AS kind, reason,
      toUnixTimestamp64Milli(ingested_at) AS ingested_ms,
      leftPad(lower(hex(event_id_hash)), 16, '0') AS id_hash,
      leftPad(lower(hex(content_hash)), 16, '0') AS content_hash
    FROM outcomes WHERE ${inRange} ORDER BY offset`,
  params: rangeParams,
  row: z.object({
    offset: z.number(),
    deadline_ms: z.number(),
    kind: z.string(),
    reason: z.string(),
    ingested_ms: z.number(),
    id_hash: z.string(),
    content_hash: z.string(),
  }),
});

/** Times as the epoch milliseconds that they were written as. */
const written = (column: string): string =>
  column === "at" || column.endsWith("_at") ? `toUnixTimestamp64Milli(${column})` : column;

/** A row's own columns as one value: read as JSON it is the list of values that was written. */
export const storedRow = (columns: readonly string[]): string =>
  `tuple(${columns.map(written).join(", ")})`;

const asJson = (columns: readonly string[]): string => `toJSONString(${storedRow(columns)})`;

/** Without the table's young column where it holds nothing, as an earlier version would have written it. */
function recordAsJson(table: ExactTable): string {
  const every = asJson(ownColumnsOf(table));
  const young = youngColumns[table];
  return young === undefined
    ? every
    : `if(${young} = 0, concat(left(${every}, length(${every}) - 3), ']'), ${every})`;
}

/** A statement as it is read back for its MAC, which is the last value. */
export const sealedRow = (table: StatementTable): string =>
  storedRow([...statementColumns[table], "mac"]);

/**
 * As the version wrote it that did: without a MAC where it has none, and up to its last young column that holds
 * something. Whoever filled one wrote a MAC, which else could stand in its place and nobody would see.
 */
function statementAsJson(table: StatementTable): string {
  const columns = statementColumns[table];
  const first = firstColumnsOf(table);
  const upTo = (count: number): string => {
    const own = columns.slice(0, count);
    const withMac = asJson([...own, "mac"]);
    return count === first
      ? `if(mac = '', ${asJson(own)}, ${withMac})`
      : `if(${columns[count - 1]} = '', ${upTo(count - 1)}, ${withMac})`;
  };
  return upTo(columns.length);
}

/**
 * Rows are hashed where they lie. The engine writes JSON as `JSON.stringify` does, but for control characters and
 * the two line separators, which it escapes in its own way: rows that may hold one come as they are, as do those
 * that are asked for as a `whole`.
 */
const bodyQuery = (table: BodyTable, own: string) => ({
  table,
  query: defineQuery({
    name: `${table}.stored_records`,
    sql: `SELECT offset, deadline_ms, row_name, if(is_bare, '', own) AS own_text,
        if(is_bare, lower(hex(SHA256(substring(own, 2, length(own) - 2)))), '') AS own_hash
      FROM (
        SELECT offset, ${deadlineMs}, ${nameOf(table)} AS row_name,
          ${own} AS own,
          {whole:UInt8} = 0 AND position(own, '\\\\u00') = 0 AND position(own, '\\\\u20') = 0 AS is_bare
        FROM ${table} WHERE ${inRange}
        SETTINGS output_format_json_escape_forward_slashes = 0)
      ORDER BY offset`,
    params: rangeParams.extend({ whole: z.number().int() }),
    row: bodyRow,
  }),
});

/** What an outcome repeats of the row: 16 hex digits for an event's id, the reason of a dead letter. */
function nameOf(table: BodyTable): string {
  if (table === "dead_letters") return "toString(reason)";
  return isEventTable(table) ? "substring(lower(hex(SHA256(event_id))), 1, 16)" : "''";
}

const bodyRow = z.object({
  offset: z.number(),
  deadline_ms: z.number(),
  row_name: z.string(),
  /** The row as JSON; empty where its hash is given. */
  own_text: z.string(),
  own_hash: z.string(),
});
export type BodyRow = z.output<typeof bodyRow>;

export const recordQueries = recordTables.map((table) => bodyQuery(table, recordAsJson(table)));
export const statementQueries = statementTables.map((table) =>
  bodyQuery(table, statementAsJson(table)),
);

/** One exposure as a tuple, the same from both sides. `subject` names type, token and tenant there. */
const exposureOf = (token: string, type: string, tenant: string): string =>
  `(toString(${token}), toString(${type}), toString(${tenant}), toUnixTimestamp64Milli(at),
          toString(exposure_kind), toString(agent_id), toString(session_id), toString(action))`;

/** As long as the tokens, which an edited row may not have it. */
const besideTokens = (column: string): string =>
  `arrayResize(arrayMap(item -> toString(item), ${column}), length(subject_tokens), '')`;

export const exposuresQuery = defineQuery({
  name: "exposures.stored_records",
  sql: `SELECT if(exposed.row_count = 0, expected.offset, exposed.offset) AS at_offset,
      exposed.row_count AS row_count, exposed.deadline_ms AS deadline_ms,
      expected.row_count AS expected_count,
      exposed.digest = expected.digest AND exposed.deadlines = 1 AS as_expected
    FROM (
      SELECT offset, count() AS row_count, toUnixTimestamp64Milli(min(deadline)) AS deadline_ms,
        uniqExact(deadline) AS deadlines,
        SHA256(toString(arraySort(groupArray(
          ${exposureOf("subject_token", "subject_type", "tenant")})))) AS digest
      FROM exposures WHERE ${inRange} GROUP BY offset) AS exposed
    FULL OUTER JOIN (
      SELECT offset, arrayDistinct(arrayMap((own_token, own_type, own_tenant) ->
          ${exposureOf("own_token", "own_type", "own_tenant")},
          subject_tokens, ${besideTokens("subject_types")}, ${besideTokens("subject_tenants")})) AS own,
        length(own) AS row_count, SHA256(toString(arraySort(own))) AS digest
      FROM access_events
      WHERE ${inRange} AND exposure_kind != 'none' AND notEmpty(subject_tokens)) AS expected
    ON exposed.offset = expected.offset
    ORDER BY at_offset`,
  params: rangeParams,
  row: z.object({
    at_offset: z.number(),
    row_count: z.number(),
    expected_count: z.number(),
    deadline_ms: z.number(),
    as_expected: z.number(),
  }),
});

/** Wrappings of one identifier that are looked at; there is one, unless somebody has put others beside it. */
const wrappingsMax = 16;

/**
 * The table keeps the newest of rows of one token and place, sooner or later: only that is read, whatever the
 * engine has merged. Another wrapping of the key makes no other row here: they come as the list of those that are
 * there, each with the version of its master key.
 */
export const identitiesQuery = defineQuery({
  name: "identities.stored_records",
  sql: `SELECT offset, toString(subject_token) AS token, toString(subject_type) AS type,
      sealed_id, toUnixTimestamp64Milli(sealed_at) AS sealed_ms,
      groupUniqArray(${wrappingsMax})((wrapped_key, master_key_version)) AS wrappings
    FROM identities
    WHERE ${inRange} AND (offset, subject_token, sealed_at) IN (
      SELECT offset, subject_token, max(sealed_at) FROM identities WHERE ${inRange}
      GROUP BY offset, subject_token)
    GROUP BY offset, token, type, sealed_id, sealed_ms
    ORDER BY offset`,
  params: rangeParams,
  row: z.object({
    offset: z.number(),
    token: z.string(),
    type: z.string(),
    sealed_id: z.string(),
    sealed_ms: z.number(),
    wrappings: z.array(z.tuple([z.string(), z.number()])),
  }),
});

export const retiredQuery = defineQuery({
  name: "retired_leaves.stored_records",
  sql: `SELECT offset, retirement, leaf FROM retired_leaves WHERE ${inRange}
    ORDER BY offset, retirement`,
  params: rangeParams,
  row: z.object({ offset: z.number(), retirement: z.string(), leaf: z.string() }),
});
