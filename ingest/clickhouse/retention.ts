/**
 * How long rows that are no part of the audit trail are kept, by configuration: applied at each start as the TTL of
 * their tables, so that a shortened or lifted limit takes effect without a migration.
 *
 * What the ledger commits to must not vanish at some merge: those tables have no TTL, one of an earlier version is
 * lifted here, and a pass of retention retires their rows. Outcomes, sealed identities and snapshots are kept.
 */
import { z } from "zod";
import { exactTables } from "../pipeline/audit-store.ts";
import type { Config } from "../runtime/settings.ts";
import type { Store } from "./client.ts";
import { defineQuery } from "./define-query.ts";

export type RetentionConfig = Pick<
  Config,
  | "retentionAccessEventsDays"
  | "retentionSubjectEventsDays"
  | "retentionTicketEventsDays"
  | "retentionAgentEventsDays"
  | "retentionReadsDays"
  | "retentionDeadLettersDays"
  | "retentionAlertsDays"
  | "retentionEngineInputsDays"
>;

interface Rule {
  readonly table: string;
  readonly timeColumn: string;
  /** `undefined`: none; a pass of retention retires the rows. */
  readonly setting: keyof RetentionConfig | undefined;
  /** Of which rows it is the limit; absent: of all. */
  readonly only?: string;
}

const retired = (table: string): Rule => ({ table, timeColumn: "at", setting: undefined });

const rules: readonly Rule[] = [
  ...exactTables.filter((table) => table !== "outcomes").map(retired),
  retired("alert_actions"),
  retired("reads"),
  // A hold keeps alerts, which a limit of the table would not know of.
  retired("alerts"),
  {
    table: "deliveries",
    timeColumn: "updated_at",
    setting: "retentionAlertsDays",
    // An alert can grow for longer. Without the record of its page it would page again: a pass takes that with it.
    only: "state = 'retrying'",
  },
  { table: "engine_inputs", timeColumn: "recorded_at", setting: "retentionEngineInputsDays" },
];

/** The tables that a limit of their own merges away, whatever the ledger says. */
export const mergedTables = rules.flatMap(({ table, setting }) =>
  setting === undefined ? [] : [{ table, setting }],
);

const definitions = defineQuery({
  name: "system.tables.definitions",
  sql: `SELECT name, create_table_query AS definition FROM system.tables
    WHERE database = currentDatabase() ORDER BY name`,
  params: z.object({}),
  row: z.object({ name: z.string(), definition: z.string() }),
});

/** Sets or lifts the limit of each table where it differs. Returns the tables that were changed. */
export async function applyRetention(
  { writer }: Pick<Store, "writer">,
  config: RetentionConfig,
): Promise<readonly string[]> {
  const rows = await definitions(writer, {});
  const current = new Map(rows.map(({ name, definition }) => [name, definition]));
  const changed: string[] = [];
  for (const rule of rules) {
    const { table, setting } = rule;
    const days = setting === undefined ? 0 : config[setting];
    if (hasLimit(current.get(table) ?? "", rule, days)) continue;
    await writer.command(
      `ALTER TABLE ${table} ${days === 0 ? "REMOVE TTL" : `MODIFY ${limitOf(rule, days)}`}`,
    );
    changed.push(table);
  }
  return changed;
}

const limitOf = ({ timeColumn, only }: Rule, days: number): string =>
  `TTL toDateTime(${timeColumn}) + toIntervalDay(${days})${only === undefined ? "" : ` DELETE WHERE ${only}`}`;

/** One of an earlier version was of all rows. */
function hasLimit(definition: string, { only }: Rule, days: number): boolean {
  const isOfRows = days === 0 || only === undefined || definition.includes(` WHERE ${only}`);
  return daysOf(definition) === days && isOfRows;
}

/** Days of the limit that a table has; 0: none. */
function daysOf(definition: string): number {
  const days = /\bTTL toDateTime\(\w+\) \+ toIntervalDay\((\d+)\)/.exec(definition)?.[1];
  return days === undefined ? 0 : Number(days);
}
