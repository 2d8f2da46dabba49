/** The answers of the simulated database to the queries that production asks, told apart by their SQL. */
import type { QueryParams } from "../../../../../ingest/clickhouse/define-query.ts";
import { hash64 } from "../../../../../ingest/clickhouse/event-rows.ts";
import { source } from "./simulated-log.ts";
import type { SimulatedTable, StoredRow, Tables } from "./simulated-rows.ts";
import { simulatedTables } from "./simulated-rows.ts";

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

/** What marks each query in its SQL; the first that fits counts. */
const marks = {
  heads: "FROM checkpoints",
  adopted: "applied_at",
  range_found: "AS found",
  range_offsets: "groupArray(offset)",
  retired: "FROM retired_leaves",
  linked_end: "max(end_offset) AS end",
  newest_link: "ORDER BY sequence DESC",
  stored_outcomes: "AS ingested_ms",
  orphans: "LEFT ANY JOIN",
  stored_bodies: "AS own_text",
  range_repeats: "reason IN",
  range_bare: "AND neighbourhood = 0",
  source_end: "max(offset) + 1 AS end",
  by_hash: "event_id_hash IN",
  ids_of_range: "SELECT offset, leftPad",
  horizon: "min(ingested_at)",
  hash_page: "groupArray(leftPad",
  exposures: "FULL OUTER JOIN",
  identities: "sealed_ms",
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
  const name = emptyKinds.has(kind) ? "" : /FROM (\w+)/.exec(sql)?.[1];
  const query = { kind, table: simulatedTables.find((table) => table === name) };
  queriesBySql.set(sql, query);
  return query;
}

/** Of what this world has none of. */
const emptyKinds: ReadonlySet<QueryKind> = new Set([
  "heads",
  "adopted",
  "retired",
  "range_bare",
  "exposures",
  "identities",
]);

const queryKinds = Object.keys(marks) as readonly QueryKind[];

/** Whether a query is about rows of this world; the others need no round trip of their own. */
export const isAboutRows = (sql: string): boolean => queryOf(sql).table !== undefined;

export function answerTo(tables: Tables, sql: string, params: QueryParams): readonly unknown[] {
  const { kind, table } = queryOf(sql);
  return table === undefined ? [] : answers[kind](tables, table, params);
}

const ownOf = ({ line }: StoredRow): readonly unknown[] =>
  (JSON.parse(line) as readonly unknown[]).slice(0, -4);

const nothing: Answer = () => [];

const answers: { readonly [Kind in QueryKind]: Answer } = {
  heads: nothing,
  adopted: nothing,
  retired: nothing,
  range_bare: nothing,
  exposures: nothing,
  identities: nothing,
  linked_end: (tables, table, params) => {
    const own = tables[table].filter((row) => row.partition === params["partition"]);
    return [{ end: own.reduce((most, { offset }) => Math.max(most, offset + 1), 0) }];
  },
  newest_link: (tables, table, params) => {
    const links = tables[table]
      .filter(({ partition }) => partition === params["partition"])
      .map(({ line }) => linkOf(line))
      .toSorted((one, other) => other.sequence - one.sequence);
    return links.slice(0, 1);
  },
  stored_outcomes: (tables, table, params) =>
    tables[table]
      .filter((row) => isInRange(row, params))
      .map((row) => {
        const [kind, reason] = row.kind.split(" ");
        const { offset, deadline: deadline_ms, ingestedAt: ingested_ms } = row;
        return { ...known(row), offset, deadline_ms, kind, reason, ingested_ms };
      }),
  stored_bodies: (tables, table, params) =>
    tables[table]
      .filter((row) => isInRange(row, params))
      .map((row) => ({
        offset: row.offset,
        deadline_ms: row.deadline,
        row_name: hash64(row.id),
        own_text: JSON.stringify(ownOf(row)),
        own_hash: "",
      })),
  range_found: ({ agent_events, outcomes }, _table, params) => {
    const rows = [...agent_events, ...outcomes].filter((row) => isInRange(row, params));
    return [{ found: rows.length }];
  },
  range_repeats: (tables, table, params) =>
    tables[table]
      .filter((row) => isInRange(row, params) && /duplicate|id_conflict/.test(row.kind))
      .map(({ offset, kind }) => ({ offset, reason: kind.split(" ")[1] })),
  range_offsets: (tables, _table, params) =>
    simulatedTables.map((name) => {
      const own = tables[name].filter((row) => isInRange(row, params));
      return { name, offsets: own.map(({ offset }) => offset) };
    }),
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
    const [from, since] = [Number(params["from"]), Number(params["since"])];
    const own = tables[table].filter(
      ({ id, deadline, ingestedAt }) => id !== "0" && deadline >= since && ingestedAt >= from,
    );
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
      .map((row) => {
        const { id: event_id, partition, offset } = row;
        return { event_id, source, partition, offset, own: ownOf(row) };
      });
  },
};

/** A link as production reads it, of the line that it wrote. */
export function linkOf(line: string) {
  const values = JSON.parse(line) as readonly (string | number)[];
  const number = (at: number): number => Number(values[at]);
  return {
    source: String(values[0]),
    partition: number(1),
    sequence: number(2),
    start_offset: number(3),
    end_offset: number(4),
    outcomes: number(5),
    events: number(6),
    dead_letters: number(7),
    exposures: number(8),
    identities: number(9),
    root: String(values[10]),
    previous: String(values[11]),
    mac: String(values[12]),
    recorded: number(13),
  };
}
