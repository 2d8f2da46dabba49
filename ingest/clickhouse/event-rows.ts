/**
 * Events as rows of their tables: JSON values in the order of the columns, without brackets, so that the
 * columns every exact table ends with can follow.
 */
import { rowHash } from "../ledger/leaf.ts";
import type { EventContent, ExactTable } from "../pipeline/audit-store.ts";
import type { Hash64 } from "../pipeline/event-index.ts";
import { assertNever } from "../vocabulary/assert-never.ts";
import {
  type AccessEvent,
  type AgentEvent,
  type ConsoleEvent,
  type EventKind,
  eventKinds,
  type Subject,
  type SubjectEvent,
  type TicketEvent,
} from "../vocabulary/event.ts";
import { type ExposureKind, exposureKindOf } from "../vocabulary/exposure.ts";

export const eventTables = {
  access: "access_events",
  subject: "subject_events",
  ticket: "ticket_events",
  agent: "agent_events",
} as const satisfies Readonly<Record<EventKind, ExactTable>>;

/** Where an outcome has its row; `undefined`: it has none. Statements name their table as the reason. */
export function bodyTableOf({ kind, reason }: OutcomeName): string | undefined {
  if (kind === "dead_letter") return "dead_letters";
  if (kind === "statement") return String(reason);
  const event = kind === "event" ? eventKinds.find((known) => known === reason) : undefined;
  return event && eventTables[event];
}

interface OutcomeName {
  readonly kind: unknown;
  readonly reason: unknown;
}

/** Columns that every exact table ends with. */
export const positionColumns = ["source", "partition", "offset", "deadline"] as const;

const ownColumnTexts: Readonly<Record<ExactTable, string>> = {
  access_events:
    "at event_id console agent_id agent_team agent_role agent_time_zone session_id session_ip" +
    " session_user_agent session_device_id session_country session_asn session_auth_factor action" +
    " outcome search_kind search_field exposure_kind subject_tokens subject_types subject_tenants" +
    " result_count bytes fields ticket_id justification_source justification_reason" +
    " neighbourhood",
  exposures: "subject_token at exposure_kind subject_type tenant agent_id session_id action",
  subject_events: "at event_id type subject_token subject_type tenant",
  ticket_events:
    "at event_id type ticket_id agent_id channel subject_tokens subject_types subject_tenants",
  agent_events: "at event_id type agent_id team role",
  dead_letters: "ingested_at reason detail size_bytes sealed_value",
  outcomes: "kind reason event_id_hash content_hash ingested_at",
};

/** In the order in which a row's values are written, and hashed for the ledger. */
export const ownColumnsOf = (table: ExactTable): readonly string[] =>
  ownColumnTexts[table].split(" ");

export const columnsOf = (table: ExactTable): readonly string[] => [
  ...ownColumnsOf(table),
  ...positionColumns,
];

/** The row of the event in the table of its kind. The same content gives the same text. */
export function eventFields(event: ConsoleEvent): string {
  switch (event.kind) {
    case "access":
      return accessFields(event);
    case "subject":
      return subjectFields(event);
    case "ticket":
      return ticketFields(event);
    case "agent":
      return agentFields(event);
    default:
      return assertNever(event);
  }
}

/**
 * The table's last column, which rows of an earlier version lack: where it holds nothing, it is no part of what a row
 * is hashed as.
 */
export const youngColumns: Readonly<Partial<Record<string, string>>> = {
  access_events: "neighbourhood",
};

/** What is hashed of a row's own values. */
export function committedValues(table: string, values: readonly unknown[]): readonly unknown[] {
  return table in youngColumns && values.at(-1) === 0 ? values.slice(0, -1) : values;
}

const ofNone = ",0";

/** The same of values as `eventFields` writes them. */
const committedFields = (event: ConsoleEvent, own: string): string =>
  event.kind === "access" && event.neighbourhood === undefined ? own.slice(0, -ofNone.length) : own;

/** The event as a version wrote it that knew no neighbourhoods. */
export const withoutNeighbourhood = (event: ConsoleEvent): ConsoleEvent =>
  event.kind === "access" ? { ...event, neighbourhood: undefined } : event;

export function contentOf(event: ConsoleEvent): EventContent {
  const own = eventFields(event);
  const full = rowHash(committedFields(event, own));
  return {
    idHash: hash64(event.eventId),
    contentHash: full.slice(0, hash64Digits),
    rowHash: full,
    fields: own,
  };
}

const hash64Digits = 16;

/** First 64 bits of SHA-256. */
export const hash64 = (text: string): Hash64 => rowHash(text).slice(0, hash64Digits);

/** As the decimal that a UInt64 column takes. */
export const decimal64 = (value: Hash64): string => BigInt(`0x${value}`).toString();

/** Values without the brackets around them. */
export const fields = (values: readonly unknown[]): string => JSON.stringify(values).slice(1, -1);

function accessFields(event: AccessEvent): string {
  const { agent, session, search, justification } = event;
  return fields([
    event.at,
    event.eventId,
    event.console,
    agent.id,
    agent.team ?? "",
    agent.role ?? "",
    agent.timeZone ?? "",
    ...(session === undefined ? noSession : sessionValues(session)),
    event.action,
    event.outcome,
    search?.kind ?? "",
    search?.field ?? "",
    exposureKindOf(event) ?? "none",
    ...subjectValues(event.subjects),
    event.resultCount ?? null,
    event.bytes ?? null,
    event.fields,
    ...justificationValues(justification),
    event.neighbourhood ?? 0,
  ]);
}

const noSession = ["", "", "", "", "", null, ""] as const;

const sessionValues = (session: NonNullable<AccessEvent["session"]>) => [
  session.id ?? "",
  session.ip ?? "",
  session.userAgent ?? "",
  session.deviceId ?? "",
  session.country ?? "",
  session.asn ?? null,
  session.authFactor ?? "",
];

const justificationValues = (justification: AccessEvent["justification"]) => [
  justification?.ticketId ?? "",
  justification?.source ?? "",
  justification?.reason ?? "",
];

const subjectValues = (subjects: readonly Subject[]) => [
  subjects.map(({ token }) => token),
  subjects.map(({ type }) => type),
  subjects.map(({ tenant }) => tenant ?? ""),
];

const subjectFields = ({ at, eventId, type, subject }: SubjectEvent): string =>
  fields([at, eventId, type, subject.token, subject.type, subject.tenant ?? ""]);

const ticketFields = (event: TicketEvent): string =>
  fields([
    event.at,
    event.eventId,
    event.type,
    event.ticketId,
    event.agentId ?? "",
    event.channel ?? "",
    ...subjectValues(event.subjects),
  ]);

const agentFields = (event: AgentEvent): string =>
  fields([event.at, event.eventId, event.type, event.agentId, event.team ?? "", event.role ?? ""]);

/** One row per distinct subject and tenant of an exposing access; none for any other event. */
export function exposureRows(event: ConsoleEvent): readonly string[] {
  if (event.kind !== "access") return [];
  const kind = exposureKindOf(event);
  if (kind === undefined) return [];
  const tail = fields([event.agent.id, event.session?.id ?? "", event.action]);
  const rows = event.subjects.map((subject) => exposureRow(event.at, kind, subject) + tail);
  return rows.length < 2 ? rows : [...new Set(rows)];
}

/** How many rows `exposureRows` makes. */
export function exposureCount(event: ConsoleEvent): number {
  if (event.kind !== "access" || exposureKindOf(event) === undefined) return 0;
  const { subjects } = event;
  return subjects.length < 2 ? subjects.length : exposureRows(event).length;
}

const exposureRow = (at: number, kind: ExposureKind, { token, type, tenant }: Subject): string =>
  `"${token}",${at},"${kind}","${type}",${JSON.stringify(tenant ?? "")},`;
