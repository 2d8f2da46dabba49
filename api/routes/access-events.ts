/** Access events as the API shows them: what agents did, with tokens for subjects. */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { accessActions, accessOutcomes, subjectTypes } from "../../ingest/vocabulary/event.ts";
import { exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import { isoTime, tokenText } from "../parameters.ts";
import {
  type EventQuestion,
  inPage,
  newestFirst,
  optionalNumber,
  questionParams,
  questionValues,
  text,
} from "./event-question.ts";

/** An event may name 10,000 subjects; a page shows so many of each. */
const subjectsShownMax = 100;

export const accessEventDocument = z
  .object({
    kind: z.literal("access"),
    event_id: z.string(),
    time: z.iso.datetime(),
    console: z.string(),
    agent: z.object({
      id: z.string(),
      team: z.string().optional(),
      role: z.string().optional(),
      time_zone: z.string().optional(),
    }),
    session: z
      .object({
        id: z.string().optional(),
        ip: z.string().optional(),
        user_agent: z.string().optional(),
        device_id: z.string().optional(),
        country: z.string().optional(),
        asn: z.int().optional(),
        auth_factor: z.string().optional(),
      })
      .optional(),
    action: z.enum(accessActions),
    outcome: z.enum(accessOutcomes),
    search: z.object({ kind: z.string().optional(), field: z.string().optional() }).optional(),
    exposure: z.enum(exposureKinds).nullable().meta({ description: "null: it exposed nobody." }),
    subject_count: z.int().meta({ description: "Subjects that the event names." }),
    subjects: z
      .array(
        z.object({ token: tokenText, type: z.enum(subjectTypes), tenant: z.string().optional() }),
      )
      .max(subjectsShownMax)
      .meta({ description: `The first ${subjectsShownMax} of them.` }),
    result_count: z.int().optional(),
    bytes: z.int().optional(),
    fields: z.array(z.string()),
    justification: z
      .object({
        ticket_id: z.string().optional(),
        source: z.string().optional(),
        reason: z.string().optional(),
      })
      .optional(),
  })
  .meta({
    id: "AccessEvent",
    description: "The contract's access event with tokens for subjects.",
  });

/** An object of which nothing is known is absent too. */
const unlessEmpty = <Known extends object>(known: Known): Known | undefined =>
  Object.values(known).some((value) => value !== undefined) ? known : undefined;

const accessRow = z
  .object({
    at_ms: z.coerce.number(),
    event_id: z.string(),
    console: z.string(),
    agent_id: z.string(),
    agent_team: text,
    agent_role: text,
    agent_time_zone: text,
    session_id: text,
    session_ip: text,
    session_user_agent: text,
    session_device_id: text,
    session_country: text,
    session_asn: optionalNumber,
    session_auth_factor: text,
    action: z.enum(accessActions),
    outcome: z.enum(accessOutcomes),
    search_kind: text,
    search_field: text,
    exposure_kind: z.enum(["none", ...exposureKinds]),
    subject_count: z.coerce.number(),
    subjects: z.array(z.tuple([tokenText, z.enum(subjectTypes), z.string()])),
    result_count: optionalNumber,
    bytes: optionalNumber,
    fields: z.array(z.string()),
    ticket_id: text,
    justification_source: text,
    justification_reason: text,
  })
  .transform((row) => ({
    kind: "access" as const,
    event_id: row.event_id,
    time: isoTime(row.at_ms),
    console: row.console,
    agent: {
      id: row.agent_id,
      team: row.agent_team,
      role: row.agent_role,
      time_zone: row.agent_time_zone,
    },
    session: unlessEmpty({
      id: row.session_id,
      ip: row.session_ip,
      user_agent: row.session_user_agent,
      device_id: row.session_device_id,
      country: row.session_country,
      asn: row.session_asn,
      auth_factor: row.session_auth_factor,
    }),
    action: row.action,
    outcome: row.outcome,
    search: unlessEmpty({ kind: row.search_kind, field: row.search_field }),
    exposure: row.exposure_kind === "none" ? null : row.exposure_kind,
    subject_count: row.subject_count,
    subjects: row.subjects.map(([token, type, tenant]) =>
      tenant === "" ? { token, type } : { token, type, tenant },
    ),
    result_count: row.result_count,
    bytes: row.bytes,
    fields: row.fields,
    justification: unlessEmpty({
      ticket_id: row.ticket_id,
      source: row.justification_source,
      reason: row.justification_reason,
    }),
  }));

const eventsPage = defineQuery({
  name: "access_events.page",
  sql: `SELECT toUnixTimestamp64Milli(at) AS at_ms, event_id, console, agent_id, agent_team, agent_role,
  agent_time_zone, session_id, session_ip, session_user_agent, session_device_id, session_country,
  session_asn, session_auth_factor, action, outcome, search_kind, search_field, exposure_kind,
  length(subject_tokens) AS subject_count,
  arraySlice(arrayMap((token, type, tenant) -> (toString(token), toString(type), toString(tenant)),
    subject_tokens, subject_types, subject_tenants), 1, {shown:UInt32}) AS subjects,
  result_count, bytes, fields, ticket_id, justification_source, justification_reason
FROM access_events
WHERE ${inPage}
  AND (empty({agents:Array(String)}) OR agent_id IN {agents:Array(String)})
  AND (empty({sessions:Array(String)}) OR session_id IN {sessions:Array(String)})
  AND (empty({actions:Array(String)}) OR has({actions:Array(String)}, toString(action)))
  AND (empty({tokens:Array(UUID)}) OR hasAny(subject_tokens, {tokens:Array(UUID)}))
${newestFirst}`,
  params: questionParams.extend({
    sessions: z.array(z.string()),
    actions: z.array(z.string()),
    shown: z.number(),
  }),
  row: accessRow,
});

interface AccessQuestion extends EventQuestion {
  readonly sessions: readonly string[];
  readonly actions: readonly string[];
}

export const readAccessEvents = (reader: Reader, question: AccessQuestion) =>
  eventsPage(reader, {
    ...questionValues(question),
    sessions: [...question.sessions],
    actions: [...question.actions],
    shown: subjectsShownMax,
  });
