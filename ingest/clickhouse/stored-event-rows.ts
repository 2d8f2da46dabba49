/** How stored events look as rows, and the queries that read them by position. */
import { z } from "zod";
import {
  accessActions,
  accessOutcomes,
  agentEventTypes,
  authFactors,
  fieldClasses,
  justificationSources,
  searchFields,
  searchKinds,
  subjectEventTypes,
  subjectTypes,
  ticketChannels,
  ticketEventTypes,
} from "../vocabulary/event.ts";
import { defineQuery } from "./define-query.ts";

/** Offsets [start, end) of one partition of one source. */
const rangeParams = z.object({
  source: z.string(),
  partition: z.number().int(),
  start: z.number().int(),
  end: z.number().int(),
});
export type StoredRange = z.infer<typeof rangeParams>;

const inRange = `source = {source:String} AND partition = {partition:UInt32}
  AND offset >= {start:UInt64} AND offset < {end:UInt64}`;

/** Text columns hold '' for an absent value. */
const optional = <Schema extends z.ZodType<string>>(schema: Schema) =>
  z.union([z.literal("").transform(() => undefined), schema]);
const optionalText = z.string().transform((value) => (value === "" ? undefined : value));
const base = { at: z.coerce.number(), event_id: z.string(), offset: z.coerce.number() };
export const subjectColumns = {
  subject_tokens: z.array(z.string()),
  subject_types: z.array(z.enum(subjectTypes)),
  subject_tenants: z.array(z.string()),
};

const accessRow = z.object({
  ...base,
  ...subjectColumns,
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
  neighbourhood: z.number().int(),
});

export type AccessRow = z.output<typeof accessRow>;

export const accessQuery = defineQuery({
  name: "stored_access_events",
  sql: `SELECT toUnixTimestamp64Milli(at) AS at, event_id, offset, console, agent_id, agent_team, agent_role,
  agent_time_zone, session_id, session_ip, session_user_agent, session_device_id, session_country, session_asn,
  session_auth_factor, action, outcome, search_kind, search_field, subject_tokens, subject_types,
  subject_tenants, result_count, bytes, fields, ticket_id, justification_source, justification_reason,
  neighbourhood
FROM access_events WHERE ${inRange} ORDER BY offset`,
  params: rangeParams,
  row: accessRow,
});

export const subjectQuery = defineQuery({
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

export const ticketQuery = defineQuery({
  name: "stored_ticket_events",
  sql: `SELECT toUnixTimestamp64Milli(at) AS at, event_id, offset, type, ticket_id, agent_id, channel,
  subject_tokens, subject_types, subject_tenants
FROM ticket_events WHERE ${inRange} ORDER BY offset`,
  params: rangeParams,
  row: z.object({
    ...base,
    ...subjectColumns,
    type: z.enum(ticketEventTypes),
    ticket_id: z.string(),
    agent_id: optionalText,
    channel: optional(z.enum(ticketChannels)),
  }),
});

export const agentQuery = defineQuery({
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

export const settledQuery = defineQuery({
  name: "settled_offsets",
  sql: `SELECT toUInt32(uniqExact(offset)) AS settled FROM outcomes WHERE ${inRange}`,
  params: rangeParams,
  row: z.object({ settled: z.number() }),
});
