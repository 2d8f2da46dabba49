/** The events that explain or follow accesses: of subjects' accounts, of tickets, of the roster. */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import {
  agentEventTypes,
  subjectEventTypes,
  subjectTypes,
  ticketChannels,
  ticketEventTypes,
} from "../../ingest/vocabulary/event.ts";
import { isoTime, tokenText } from "../parameters.ts";
import {
  type EventQuestion,
  inPage,
  newestFirst,
  questionParams,
  questionValues,
  text,
} from "./event-question.ts";

const subjectDocument = z.object({
  token: tokenText,
  type: z.enum(subjectTypes),
  tenant: z.string().optional(),
});

const subjectOf = (token: string, type: (typeof subjectTypes)[number], tenant: string) =>
  tenant === "" ? { token, type } : { token, type, tenant };

const common = { event_id: z.string(), time: z.iso.datetime() };
const commonRow = { at_ms: z.coerce.number(), event_id: z.string() };

export const subjectEventDocument = z
  .object({
    kind: z.literal("subject"),
    ...common,
    type: z.enum(subjectEventTypes),
    subject: subjectDocument,
  })
  .meta({ id: "SubjectEvent", description: "Something happened to a subject's account." });

const subjectEvents = defineQuery({
  name: "subject_events.page",
  sql: `SELECT toUnixTimestamp64Milli(at) AS at_ms, event_id, type, toString(subject_token) AS token,
  subject_type, tenant
FROM subject_events
WHERE subject_token IN {tokens:Array(UUID)} AND ${inPage}
${newestFirst}`,
  params: questionParams,
  row: z
    .object({
      ...commonRow,
      type: z.enum(subjectEventTypes),
      token: tokenText,
      subject_type: z.enum(subjectTypes),
      tenant: z.string(),
    })
    .transform((row) => ({
      kind: "subject" as const,
      event_id: row.event_id,
      time: isoTime(row.at_ms),
      type: row.type,
      subject: subjectOf(row.token, row.subject_type, row.tenant),
    })),
});

export const readSubjectEvents = (reader: Reader, question: EventQuestion) =>
  subjectEvents(reader, questionValues(question));

export const ticketEventDocument = z
  .object({
    kind: z.literal("ticket"),
    ...common,
    type: z.enum(ticketEventTypes),
    ticket_id: z.string(),
    agent_id: z.string().optional(),
    channel: z.enum(ticketChannels).optional(),
    subjects: z.array(subjectDocument),
  })
  .meta({ id: "TicketEvent", description: "Support work that can explain an access." });

const ticketEvents = defineQuery({
  name: "ticket_events.page",
  sql: `SELECT toUnixTimestamp64Milli(at) AS at_ms, event_id, type, ticket_id, agent_id, channel,
  arrayMap((token, type, tenant) -> (toString(token), toString(type), toString(tenant)),
    subject_tokens, subject_types, subject_tenants) AS subjects
FROM ticket_events
WHERE ${inPage}
  AND (empty({agents:Array(String)}) OR agent_id IN {agents:Array(String)})
  AND (empty({tokens:Array(UUID)}) OR hasAny(subject_tokens, {tokens:Array(UUID)}))
${newestFirst}`,
  params: questionParams,
  row: z
    .object({
      ...commonRow,
      type: z.enum(ticketEventTypes),
      ticket_id: z.string(),
      agent_id: text,
      channel: z.union([z.literal("").transform(() => undefined), z.enum(ticketChannels)]),
      subjects: z.array(z.tuple([tokenText, z.enum(subjectTypes), z.string()])),
    })
    .transform((row) => ({
      kind: "ticket" as const,
      event_id: row.event_id,
      time: isoTime(row.at_ms),
      type: row.type,
      ticket_id: row.ticket_id,
      agent_id: row.agent_id,
      channel: row.channel,
      subjects: row.subjects.map(([token, type, tenant]) => subjectOf(token, type, tenant)),
    })),
});

export const readTicketEvents = (reader: Reader, question: EventQuestion) =>
  ticketEvents(reader, questionValues(question));

export const agentEventDocument = z
  .object({
    kind: z.literal("agent"),
    ...common,
    type: z.enum(agentEventTypes),
    agent_id: z.string(),
    team: z.string().optional(),
    role: z.string().optional(),
  })
  .meta({ id: "AgentEvent", description: "A roster or identity change of an agent." });

const agentEvents = defineQuery({
  name: "agent_events.page",
  sql: `SELECT toUnixTimestamp64Milli(at) AS at_ms, event_id, type, agent_id, team, role
FROM agent_events
WHERE agent_id IN {agents:Array(String)} AND ${inPage}
${newestFirst}`,
  params: questionParams,
  row: z
    .object({
      ...commonRow,
      type: z.enum(agentEventTypes),
      agent_id: z.string(),
      team: text,
      role: text,
    })
    .transform((row) => ({
      kind: "agent" as const,
      event_id: row.event_id,
      time: isoTime(row.at_ms),
      type: row.type,
      agent_id: row.agent_id,
      team: row.team,
      role: row.role,
    })),
});

export const readAgentEvents = (reader: Reader, question: EventQuestion) =>
  agentEvents(reader, questionValues(question));
