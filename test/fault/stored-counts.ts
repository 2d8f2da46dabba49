/** What the store holds in sum, counted so that a lost and a doubled row both show. */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";

const tables = [
  "access_events",
  "subject_events",
  "ticket_events",
  "agent_events",
  "dead_letters",
  "exposures",
  "outcomes",
] as const;

const countQueries = tables.map((table) => ({
  table,
  query: defineQuery({
    name: `fault.${table}`,
    sql: `SELECT count() AS rows, uniqExact(source, partition, offset) AS positions FROM ${table}`,
    params: z.object({}),
    row: z.object({ rows: z.coerce.number(), positions: z.coerce.number() }),
  }),
}));

const idQuery = defineQuery({
  name: "fault.event_ids",
  sql: `SELECT event_id, count() AS rows FROM (
  SELECT event_id FROM access_events UNION ALL SELECT event_id FROM subject_events
  UNION ALL SELECT event_id FROM ticket_events UNION ALL SELECT event_id FROM agent_events
) GROUP BY event_id HAVING rows > 1 ORDER BY event_id LIMIT 20`,
  params: z.object({}),
  row: z.object({ event_id: z.string(), rows: z.coerce.number() }),
});

export interface StoredCounts {
  readonly outcomes: number;
  readonly events: number;
  readonly exposures: number;
  readonly deadLetters: number;
  /** Rows of the exact tables at a position that has one already; exposures have two by design. */
  readonly doubledRows: number;
  readonly doubledIds: readonly string[];
}

export async function storedCounts(reader: Reader): Promise<StoredCounts> {
  const rows = new Map<string, number>();
  let doubledRows = 0;
  for (const { table, query } of countQueries) {
    const [count = { rows: 0, positions: 0 }] = await query(reader, {});
    rows.set(table, count.rows);
    if (table !== "exposures") doubledRows += count.rows - count.positions;
  }
  const of = (table: (typeof tables)[number]): number => rows.get(table) ?? 0;
  const doubled = await idQuery(reader, {});
  return {
    outcomes: of("outcomes"),
    events: of("access_events") + of("subject_events") + of("ticket_events") + of("agent_events"),
    exposures: of("exposures"),
    deadLetters: of("dead_letters"),
    doubledRows,
    doubledIds: doubled.map((row) => row.event_id),
  };
}
