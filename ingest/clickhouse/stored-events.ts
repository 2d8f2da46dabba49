/**
 * Events read back from the audit trail by the position that they came in with: how detection is re-fed
 * after a restart, in the order that it recorded.
 */
import type { z } from "zod";
import {
  agentId,
  epochMs,
  eventId,
  sessionId,
  subjectToken,
  tenantId,
  ticketId,
} from "../vocabulary/brand.ts";
import type {
  AccessEvent,
  AgentEvent,
  ConsoleEvent,
  Subject,
  SubjectEvent,
  TicketEvent,
} from "../vocabulary/event.ts";
import type { Reader } from "./define-query.ts";
import {
  type AccessRow,
  accessQuery,
  agentQuery,
  type StoredRange,
  settledQuery,
  type subjectColumns,
  subjectQuery,
  ticketQuery,
} from "./stored-event-rows.ts";

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

function subjectsOf(row: z.output<z.ZodObject<typeof subjectColumns>>): Subject[] {
  return row.subject_tokens.map((token, index) => ({
    token: subjectToken(token),
    type: row.subject_types[index] ?? "account",
    tenant: tenantOf(row.subject_tenants[index]),
  }));
}

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
    neighbourhood: row.neighbourhood === 0 ? undefined : row.neighbourhood,
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
