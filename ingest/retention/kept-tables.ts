/** The tables whose rows the service retires, how old a row is, and which legal hold protects it. */
import { z } from "zod";
import { defineQuery } from "../clickhouse/define-query.ts";
import type { RetentionConfig } from "../clickhouse/retention.ts";
import type { BodyTable } from "../clickhouse/stored-record-queries.ts";
import type { LegalHold } from "./legal-holds.ts";

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

/** New evidence keeps an alert for longer than what was once decided about it; without that it would be open again. */
export const ofKeptAlert = `alert_id IN (
      SELECT alert_id FROM alerts WHERE last_event_time >= fromUnixTimestamp64Milli({cutoff:Int64}))`;

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

/** Holds travel as four lists. */
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
    {agents:Array(String)}, {tokens:Array(UUID)}, {froms:Array(Int64)}, {tos:Array(Int64)})`;

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

const lastInstantMs = 10_413_791_999_999;

export const heldOf = (holds: readonly LegalHold[]) => ({
  agents: holds.map(({ agentId }) => agentId),
  tokens: holds.map(({ subjectToken }) => (subjectToken === "" ? noToken : subjectToken)),
  froms: holds.map(({ fromAt }) => fromAt ?? 0),
  tos: holds.map(({ toAt }) => toAt ?? lastInstantMs),
});
