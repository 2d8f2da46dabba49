/**
 * The events of a support console in the form that everything behind the decoder works with.
 *
 * The wire form is the contract (`event.schema.json`); here identifiers are branded, times are epoch
 * milliseconds, defaults are filled in, and a subject's raw identifier is already replaced by its token.
 * Absent values are `undefined`, never missing keys, so that every event of a kind has one object shape.
 */
import type {
  AgentId,
  EpochMs,
  EventId,
  SessionId,
  SubjectToken,
  TenantId,
  TicketId,
} from "./brand.ts";

export const eventKinds = ["access", "subject", "ticket", "agent"] as const;
export type EventKind = (typeof eventKinds)[number];

export const subjectTypes = ["phone", "email", "username", "account"] as const;
export type SubjectType = (typeof subjectTypes)[number];

export const accessActions = [
  "login",
  "logout",
  "factor_enroll",
  "search",
  "list",
  "view",
  "reveal",
  "export",
  "update",
  "impersonate",
] as const;
export type AccessAction = (typeof accessActions)[number];

export const accessOutcomes = ["success", "denied", "not_found", "error"] as const;
export type AccessOutcome = (typeof accessOutcomes)[number];

export const searchKinds = ["exact", "prefix", "wildcard", "filter", "free_text"] as const;
export type SearchKind = (typeof searchKinds)[number];

export const searchFields = [
  "phone",
  "email",
  "username",
  "account",
  "name",
  "ticket",
  "other",
] as const;
export type SearchField = (typeof searchFields)[number];

export const authFactors = ["none", "sms", "totp", "push", "webauthn"] as const;
export type AuthFactor = (typeof authFactors)[number];

export const fieldClasses = [
  "phone",
  "email",
  "name",
  "address",
  "payment",
  "message_body",
  "call_log",
  "sms_code",
  "id_document",
  "credentials",
] as const;
export type FieldClass = (typeof fieldClasses)[number];

/** The classes whose disclosure alone can hand over an account. */
export const secretFieldClasses: ReadonlySet<FieldClass> = new Set([
  "sms_code",
  "id_document",
  "credentials",
  "message_body",
]);

export const justificationSources = ["ticket_link", "queue", "call", "chat", "manual"] as const;
export type JustificationSource = (typeof justificationSources)[number];

export const subjectEventTypes = [
  "registered",
  "reregistered",
  "device_added",
  "sim_changed",
  "password_reset",
  "factor_reset",
  "email_changed",
  "registration_lock_enabled",
  "registration_lock_disabled",
  "code_issued",
  "deregistered",
] as const;
export type SubjectEventType = (typeof subjectEventTypes)[number];

export const ticketEventTypes = [
  "opened",
  "assigned",
  "replied",
  "transferred",
  "closed",
  "call_started",
  "chat_started",
] as const;
export type TicketEventType = (typeof ticketEventTypes)[number];

export const ticketChannels = ["email", "call", "chat", "web", "internal"] as const;
export type TicketChannel = (typeof ticketChannels)[number];

export const agentEventTypes = [
  "hired",
  "terminated",
  "team_changed",
  "leave_started",
  "leave_ended",
  "on_call_started",
  "on_call_ended",
] as const;
export type AgentEventType = (typeof agentEventTypes)[number];

/** A data subject as the audit trail knows it: no raw identifier. */
export interface Subject {
  readonly token: SubjectToken;
  readonly type: SubjectType;
  readonly tenant: TenantId | undefined;
}

interface EventBase {
  readonly eventId: EventId;
  /** Event time: when it happened in the console, by the producer's clock. */
  readonly at: EpochMs;
}

export interface Agent {
  readonly id: AgentId;
  readonly team: string | undefined;
  readonly role: string | undefined;
  /** IANA name, e.g. `Europe/Dublin`. */
  readonly timeZone: string | undefined;
}

export interface Session {
  readonly id: SessionId | undefined;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  readonly deviceId: string | undefined;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | undefined;
  readonly asn: number | undefined;
  readonly authFactor: AuthFactor | undefined;
}

export interface Search {
  readonly kind: SearchKind;
  readonly field: SearchField | undefined;
}

export interface Justification {
  readonly ticketId: TicketId | undefined;
  readonly source: JustificationSource | undefined;
  readonly reason: string | undefined;
}

/** A support agent did something in the support console. */
export interface AccessEvent extends EventBase {
  readonly kind: "access";
  readonly console: string;
  readonly agent: Agent;
  readonly session: Session | undefined;
  readonly action: AccessAction;
  readonly outcome: AccessOutcome;
  readonly search: Search | undefined;
  /** Every subject that the screen showed, or that an exact search asked for; at most 10,000. */
  readonly subjects: readonly Subject[];
  /**
   * Of the only subject, where one was opened or searched: the same for those of this agent whose identifiers differ
   * in the last digit only. From 1 to 65,535; undefined: more than one, none, or no number.
   */
  readonly neighbourhood: number | undefined;
  /** Rows on the screen or in the file; may exceed `subjects.length`. */
  readonly resultCount: number | undefined;
  readonly bytes: number | undefined;
  readonly fields: readonly FieldClass[];
  readonly justification: Justification | undefined;
}

/** Something happened to a subject's account. */
export interface SubjectEvent extends EventBase {
  readonly kind: "subject";
  readonly type: SubjectEventType;
  readonly subject: Subject;
}

/** Support work that can explain an access. */
export interface TicketEvent extends EventBase {
  readonly kind: "ticket";
  readonly type: TicketEventType;
  readonly ticketId: TicketId;
  readonly agentId: AgentId | undefined;
  readonly channel: TicketChannel | undefined;
  readonly subjects: readonly Subject[];
}

/** A roster or identity change of a support agent. */
export interface AgentEvent extends EventBase {
  readonly kind: "agent";
  readonly type: AgentEventType;
  readonly agentId: AgentId;
  readonly team: string | undefined;
  readonly role: string | undefined;
}

export type ConsoleEvent = AccessEvent | SubjectEvent | TicketEvent | AgentEvent;
