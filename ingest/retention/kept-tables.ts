/** The tables whose rows the service retires, how old a row is, and which legal hold protects it. */
import { z } from "zod";
import { defineQuery } from "../clickhouse/define-query.ts";
import type { RetentionConfig } from "../clickhouse/retention.ts";
import type { LegalHold } from "../clickhouse/stored-holds.ts";
import type { BodyTable } from "../clickhouse/stored-record-queries.ts";

interface Rule {
  readonly table: BodyTable;
  readonly timeColumn: "at" | "ingested_at";
  readonly setting: keyof RetentionConfig;
  /** Whether a row is about the agent, the subject of a hold; absent: no hold can be about it. */
  readonly agent?: string;
  readonly subject?: string;
  /** Which rows stay however old they are. */
  readonly spared?: string;
}

/** Holds travel as four lists. */
const heldLists = {
  agents: "{agents:Array(String)}",
  tokens: "{tokens:Array(UUID)}",
  froms: "{froms:Array(Int64)}",
  tos: "{tos:Array(Int64)}",
} as const;

/**
 * Alerts that stay, and with them what was decided about them: those with newer evidence, those about the agent of a hold
 * in its range of time, and those that cite what is stored about the subject of one, whenever that was.
 */
const ofKeptAlert = `alert_id IN (SELECT alert_id FROM alerts
    WHERE last_event_time >= fromUnixTimestamp64Milli({cutoff:Int64})
      OR arrayExists((held_agent, held_from, held_to) -> held_agent != '' AND has(agent_ids, held_agent)
        AND toUnixTimestamp64Milli(last_event_time) >= held_from
        AND toUnixTimestamp64Milli(first_event_time) <= held_to,
        ${heldLists.agents}, ${heldLists.froms}, ${heldLists.tos})
      OR hasAny(JSONExtract(body, 'evidence', 'Array(String)'), (
        SELECT groupUniqArray(event_id) FROM access_events
        WHERE hasAny(subject_tokens, ${heldLists.tokens}))))`;

const byAgent = "agent_id = held_agent";
const bySubjects = "has(subject_tokens, held_token)";
const rules: readonly Rule[] = [
  {
    table: "access_events",
    timeColumn: "at",
    setting: "retentionAccessEventsDays",
    agent: byAgent,
    subject: bySubjects,
  },
  {
    table: "subject_events",
    timeColumn: "at",
    setting: "retentionSubjectEventsDays",
    subject: "subject_token = held_token",
  },
  {
    table: "ticket_events",
    timeColumn: "at",
    setting: "retentionTicketEventsDays",
    agent: byAgent,
    subject: bySubjects,
  },
  {
    table: "agent_events",
    timeColumn: "at",
    setting: "retentionAgentEventsDays",
    agent: byAgent,
  },
  { table: "dead_letters", timeColumn: "ingested_at", setting: "retentionDeadLettersDays" },
  {
    table: "reads",
    timeColumn: "at",
    setting: "retentionReadsDays",
    agent: "(has(agent_ids, held_agent) OR principal = held_agent)",
    subject: bySubjects,
  },
  {
    table: "alert_actions",
    timeColumn: "at",
    setting: "retentionAlertsDays",
    spared: ofKeptAlert,
  },
];

const noToken = "00000000-0000-0000-0000-000000000000";

const heldParams = {
  agents: z.array(z.string()),
  tokens: z.array(z.string()),
  froms: z.array(z.number().int()),
  tos: z.array(z.number().int()),
};

const noHold = ({ agent = "0", subject = "0" }: Rule): string =>
  `NOT arrayExists((held_agent, held_token, held_from, held_to) ->
      toUnixTimestamp64Milli(at) >= held_from AND toUnixTimestamp64Milli(at) <= held_to
      AND ((held_agent != '' AND ${agent}) OR (held_token != toUUID('${noToken}') AND ${subject})),
    ${Object.values(heldLists).join(", ")})`;

const isHoldable = ({ agent, subject }: Rule): boolean => (agent ?? subject) !== undefined;

/** Rows that retention may take; those without a place are of a time before the ledger. */
const condition = (rule: Rule): string =>
  `${rule.timeColumn} < fromUnixTimestamp64Milli({cutoff:Int64}) AND source != ''
    ${isHoldable(rule) ? `AND ${noHold(rule)}` : ""}
    ${rule.spared === undefined ? "" : `AND NOT ${rule.spared}`}`;

const placesOf = (rule: Rule) =>
  defineQuery({
    name: `${rule.table}.retirable_places`,
    sql: `SELECT source, partition FROM ${rule.table} WHERE ${condition(rule)}
      GROUP BY source, partition ORDER BY source, partition LIMIT {limit:UInt32}`,
    params: z.object({ cutoff: z.number().int(), limit: z.number().int(), ...heldParams }),
    row: z.object({ source: z.string(), partition: z.number().int() }),
  });

const offsetsOf = (rule: Rule) =>
  defineQuery({
    name: `${rule.table}.retirable_offsets`,
    sql: `SELECT offset FROM ${rule.table}
      WHERE source = {source:String} AND partition = {partition:UInt32} AND offset >= {from:UInt64}
        AND ${condition(rule)}
      GROUP BY offset ORDER BY offset LIMIT {limit:UInt32}`,
    params: z.object({
      source: z.string(),
      partition: z.number().int(),
      from: z.number().int(),
      cutoff: z.number().int(),
      limit: z.number().int(),
      ...heldParams,
    }),
    row: z.object({ offset: z.number().int() }),
  });

export const keptTables = rules.map((rule) => ({
  table: rule.table,
  setting: rule.setting,
  places: placesOf(rule),
  offsets: offsetsOf(rule),
}));
export type KeptTable = (typeof keptTables)[number];

/**
 * What no link covers goes without leaving anything in its place: actions of a time before the ledger, the record of what
 * was sent, which keeps an alert from paging again, and last the alerts themselves, on which the others hang.
 */
const rowsWithoutLink: readonly { readonly table: string; readonly isOld: string }[] = [
  {
    table: "alert_actions",
    isOld: "source = '' AND at < fromUnixTimestamp64Milli({cutoff:Int64})",
  },
  { table: "deliveries", isOld: "updated_at < fromUnixTimestamp64Milli({cutoff:Int64})" },
  { table: "alerts", isOld: "last_event_time < fromUnixTimestamp64Milli({cutoff:Int64})" },
];

/** Those of them that nothing else limits. */
export const unlinkedTables = [{ table: "alerts", setting: "retentionAlertsDays" }] as const;

export const unlinkedRemovals = rowsWithoutLink.map(({ table, isOld }) => {
  const retirable = `${isOld} AND NOT ${ofKeptAlert}`;
  return {
    count: defineQuery({
      name: `${table}.unlinked`,
      sql: `SELECT count() AS row_count FROM ${table} WHERE ${retirable}`,
      params: z.object({ cutoff: z.number().int(), ...heldParams }),
      row: z.object({ row_count: z.number().int() }),
    }),
    command: `ALTER TABLE ${table} DELETE WHERE ${retirable} SETTINGS mutations_sync = 2`,
  };
});

const lastInstantMs = 10_413_791_999_999;

export const heldOf = (holds: readonly LegalHold[]) => ({
  agents: holds.map(({ agentId }) => agentId),
  tokens: holds.map(({ subjectToken }) => (subjectToken === "" ? noToken : subjectToken)),
  froms: holds.map(({ fromAt }) => fromAt ?? 0),
  tos: holds.map(({ toAt }) => toAt ?? lastInstantMs),
});
