/**
 * Events read back from the audit trail by the position that they came in with: how detection is re-fed
 * after a restart, in the order that it recorded.
 */
import { z } from "zod";
import {
  agentId,
  epochMs,
  eventId,
  sessionId,
  subjectToken,
  tenantId,
  ticketId,
} from "../vocabulary/brand.ts";
import {
  type AccessEvent,
  type AgentEvent,
  accessActions,
  accessOutcomes,
  agentEventTypes,
  authFactors,
  type ConsoleEvent,
  fieldClasses,
  justificationSources,
  type Subject,
  type SubjectEvent,
  searchFields,
  searchKinds,
  subjectEventTypes,
  subjectTypes,
  type TicketEvent,
  ticketChannels,
  ticketEventTypes,
} from "../vocabulary/event.ts";
import { defineQuery, type Reader } from "./define-query.ts";

/** Offsets [start, end) of one partition of one source. */
const rangeParams = z.object({
  source: z.string(),
  partition: z.number().int(),
  start: z.number().int(),
  end: z.number().int(),
});
type StoredRange = z.infer<typeof rangeParams>;

const inRange = `source = {source:String} AND partition = {partition:UInt32}
  AND offset >= {start:UInt64} AND offset < {end:UInt64}`;

/** Text columns hold '' for an absent value. */
const optional = <Schema extends z.ZodType<string>>(schema: Schema) =>
  z.union([z.literal("").transform(() => undefined), schema]);
const optionalText = z.string().transform((value) => (value === "" ? undefined : value));
const base = { at: z.coerce.number(), event_id: z.string(), offset: z.coerce.number() };
const subjects = {
  subject_tokens: z.array(z.string()),
  subject_types: z.array(z.enum(subjectTypes)),
  subject_tenants: z.array(z.string()),
};

const accessRow = z.object({
  ...base,
  ...subjects,
  console: z.string(),
  agent_id: z.string(),
  agent_team: optionalText,
  agent_role: optionalText,
  agent_time_zone: optionalText,
  session_id: optionalText,
  session_ip: optionalText,
  session_user_agent: optionalText,
  session_device_id: optionalText,
  session_country: optionalText,
  session_asn: z.number().nullable(),
  session_auth_factor: optional(z.enum(authFactors)),
  action: z.enum(accessActions),
  outcome: z.enum(accessOutcomes),
  search_kind: optional(z.enum(searchKinds)),
  search_field: optional(z.enum(searchFields)),
  result_count: z.number().nullable(),
  bytes: z.coerce.number().nullable(),
  fields: z.array(z.enum(fieldClasses)),
  ticket_id: optionalText,
  justification_source: optional(z.enum(justificationSources)),
  justification_reason: optionalText,
});

const accessQuery = defineQuery({
  name: "stored_access_events",
  sql: `SELECT toUnixTimestamp64Milli(at) AS at, event_id, offset, console, agent_id, agent_team, agent_role,
  agent_time_zone, session_id, session_ip, session_user_agent, session_device_id, session_country, session_asn,
  session_auth_factor, action, outcome, search_kind, search_field, subject_tokens, subject_types,
  subject_tenants, result_count, bytes, fields, ticket_id, justification_source, justification_reason
FROM access_events WHERE ${inRange} ORDER BY offset`,
  params: rangeParams,
  row: accessRow,
});

const subjectQuery = defineQuery({
  name: "stored_subject_events",
  sql: `SELECT toUnixTimestamp64Milli(at) AS at, event_id, offset, type, subject_token, subject_type, tenant
FROM subject_events WHERE ${inRange} ORDER BY offset`,
  params: rangeParams,
  row: z.object({
    ...base,
    type: z.enum(subjectEventTypes),
    subject_token: z.string(),
    subject_type: z.enum(subjectTypes),
    tenant: z.string(),
  }),
});

const ticketQuery = defineQuery({
  name: "stored_ticket_events",
  sql: `SELECT toUnixTimestamp64Milli(at) AS at, event_id, offset, type, ticket_id, agent_id, channel,
  subject_tokens, subject_types, subject_tenants
FROM ticket_events WHERE ${inRange} ORDER BY offset`,
  params: rangeParams,
  row: z.object({
    ...base,
    ...subjects,
    type: z.enum(ticketEventTypes),
    ticket_id: z.string(),
    agent_id: optionalText,
    channel: optional(z.enum(ticketChannels)),
  }),
});

const agentQuery = defineQuery({
  name: "stored_agent_events",
  sql: `SELECT toUnixTimestamp64Milli(at) AS at, event_id, offset, type, agent_id, team, role
FROM agent_events WHERE ${inRange} ORDER BY offset`,
  params: rangeParams,
  row: z.object({
    ...base,
    type: z.enum(agentEventTypes),
    agent_id: z.string(),
    team: optionalText,
    role: optionalText,
  }),
});

const settledQuery = defineQuery({
  name: "settled_offsets",
  sql: `SELECT toUInt32(uniqExact(offset)) AS settled FROM outcomes WHERE ${inRange}`,
  params: rangeParams,
  row: z.object({ settled: z.number() }),
});

/** How many offsets of the range have left an outcome; equal to its length once all of it is stored. */
export async function countSettled(reader: Reader, range: StoredRange): Promise<number> {
  const [row] = await settledQuery(reader, range);
  return row?.settled ?? 0;
}

/** Every event stored for the range, by offset. Dead letters and skipped records have none. */
export async function readStoredEvents(
  reader: Reader,
  range: StoredRange,
): Promise<ReadonlyMap<number, ConsoleEvent>> {
  const [accesses, subjectEvents, tickets, agents] = await Promise.all([
    accessQuery(reader, range),
    subjectQuery(reader, range),
    ticketQuery(reader, range),
    agentQuery(reader, range),
  ]);
  const events = new Map<number, ConsoleEvent>();
  for (const row of accesses) events.set(row.offset, accessEventOf(row));
  for (const row of subjectEvents) events.set(row.offset, subjectEventOf(row));
  for (const row of tickets) events.set(row.offset, ticketEventOf(row));
  for (const row of agents) events.set(row.offset, agentEventOf(row));
  return events;
}

const tenantOf = (tenant: string | undefined) =>
  tenant === undefined || tenant === "" ? undefined : tenantId(tenant);

function subjectsOf(row: z.output<z.ZodObject<typeof subjects>>): Subject[] {
  return row.subject_tokens.map((token, index) => ({
    token: subjectToken(token),
    type: row.subject_types[index] ?? "account",
    tenant: tenantOf(row.subject_tenants[index]),
  }));
}

type AccessRow = z.output<typeof accessRow>;

function sessionOf(row: AccessRow): AccessEvent["session"] {
  const session = {
    id: row.session_id === undefined ? undefined : sessionId(row.session_id),
    ip: row.session_ip,
    userAgent: row.session_user_agent,
    deviceId: row.session_device_id,
    country: row.session_country,
    asn: row.session_asn ?? undefined,
    authFactor: row.session_auth_factor,
  };
  return Object.values(session).every((value) => value === undefined) ? undefined : session;
}

function justificationOf(row: AccessRow): AccessEvent["justification"] {
  const justification = {
    ticketId: row.ticket_id === undefined ? undefined : ticketId(row.ticket_id),
    source: row.justification_source,
    reason: row.justification_reason,
  };
  const empty = Object.values(justification).every((value) => value === undefined);
  return empty ? undefined : justification;
}

function accessEventOf(row: AccessRow): AccessEvent {
  return {
    kind: "access",
    eventId: eventId(row.event_id),
    at: epochMs(row.at),
    console: row.console,
    agent: {
      id: agentId(row.agent_id),
      team: row.agent_team,
      role: row.agent_role,
      timeZone: row.agent_time_zone,
    },
    session: sessionOf(row),
    action: row.action,
    outcome: row.outcome,
    search:
      row.search_kind === undefined
        ? undefined
        : { kind: row.search_kind, field: row.search_field },
    subjects: subjectsOf(row),
    resultCount: row.result_count ?? undefined,
    bytes: row.bytes ?? undefined,
    fields: row.fields,
    justification: justificationOf(row),
  };
}

function subjectEventOf(row: Awaited<ReturnType<typeof subjectQuery>>[number]): SubjectEvent {
  return {
    kind: "subject",
    eventId: eventId(row.event_id),
    at: epochMs(row.at),
    type: row.type,
    subject: {
      token: subjectToken(row.subject_token),
      type: row.subject_type,
      tenant: tenantOf(row.tenant),
    },
  };
}

function ticketEventOf(row: Awaited<ReturnType<typeof ticketQuery>>[number]): TicketEvent {
  return {
    kind: "ticket",
    eventId: eventId(row.event_id),
    at: epochMs(row.at),
    type: row.type,
    ticketId: ticketId(row.ticket_id),
    agentId: row.agent_id === undefined ? undefined : agentId(row.agent_id),
    channel: row.channel,
    subjects: subjectsOf(row),
  };
}

function agentEventOf(row: Awaited<ReturnType<typeof agentQuery>>[number]): AgentEvent {
  return {
    kind: "agent",
    eventId: eventId(row.event_id),
    at: epochMs(row.at),
    type: row.type,
    agentId: agentId(row.agent_id),
    team: row.team,
    role: row.role,
  };
}
