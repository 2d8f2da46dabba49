/**
 * The branded primitives: ids and times that must never be swapped for one another.
 *
 * A branded value is the bare string or number at run time. Only the functions here cast; everything
 * else receives the brand from a parser, so a bare string in an id's place does not type-check.
 */
declare const brand: unique symbol;
type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };

/** A support agent's id in the console, as the producer sent it. */
export type AgentId = Brand<string, "AgentId">;
/** One sign-in of one agent. */
export type SessionId = Brand<string, "SessionId">;
/** The customer organisation that a subject belongs to. */
export type TenantId = Brand<string, "TenantId">;
/** A piece of support work. */
export type TicketId = Brand<string, "TicketId">;
/** The producer's idempotency key of one event; unique over all kinds. */
export type EventId = Brand<string, "EventId">;
/** Keyed 128-bit pseudonym of a subject, as a lower-case UUID text of 36 characters. */
export type SubjectToken = Brand<string, "SubjectToken">;
/** Derived from an alert's cause; the same events give the same id. */
export type AlertId = Brand<string, "AlertId">;
/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = Brand<number, "EpochMs">;

export const agentId = (value: string): AgentId => value as AgentId;
export const sessionId = (value: string): SessionId => value as SessionId;
export const tenantId = (value: string): TenantId => value as TenantId;
export const ticketId = (value: string): TicketId => value as TicketId;
export const eventId = (value: string): EventId => value as EventId;
export const subjectToken = (value: string): SubjectToken => value as SubjectToken;
export const alertId = (value: string): AlertId => value as AlertId;
export const epochMs = (value: number): EpochMs => value as EpochMs;
