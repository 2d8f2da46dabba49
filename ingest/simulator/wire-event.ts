/** The contract's events as a producer writes them: plain JSON objects (`event.schema.json`). */
import type {
  AccessAction,
  AccessOutcome,
  AgentEventType,
  AuthFactor,
  FieldClass,
  JustificationSource,
  SearchField,
  SearchKind,
  SubjectEventType,
  SubjectType,
  TicketChannel,
  TicketEventType,
} from "../vocabulary/event.ts";

interface WireBase {
  readonly event_id: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
}

export interface WireSubjectRef {
  readonly type: SubjectType;
  /** Raw identifier. */
  readonly id: string;
  readonly tenant?: string;
}

export interface WireAgentRef {
  readonly id: string;
  readonly team: string;
  readonly role: string;
  readonly time_zone: string;
}

export interface WireSession {
  readonly id: string;
  readonly ip: string;
  readonly user_agent: string;
  readonly device_id: string;
  readonly country: string;
  readonly asn: number;
  readonly auth_factor: AuthFactor;
}

export interface WireSearch {
  readonly kind: SearchKind;
  readonly field: SearchField;
}

export interface WireJustification {
  readonly ticket_id?: string;
  readonly source: JustificationSource;
  readonly reason?: string;
}

export interface WireAccess extends WireBase {
  readonly kind: "access";
  readonly console: string;
  readonly agent: WireAgentRef;
  readonly session: WireSession;
  readonly action: AccessAction;
  readonly outcome?: AccessOutcome;
  readonly search?: WireSearch;
  readonly subjects?: readonly WireSubjectRef[];
  readonly result_count?: number;
  readonly bytes?: number;
  readonly fields?: readonly FieldClass[];
  readonly justification?: WireJustification;
}

export interface WireSubject extends WireBase {
  readonly kind: "subject";
  readonly type: SubjectEventType;
  readonly subject: WireSubjectRef;
}

export interface WireTicket extends WireBase {
  readonly kind: "ticket";
  readonly type: TicketEventType;
  readonly ticket_id: string;
  readonly agent_id?: string;
  readonly channel: TicketChannel;
  readonly subjects?: readonly WireSubjectRef[];
}

export interface WireAgent extends WireBase {
  readonly kind: "agent";
  readonly type: AgentEventType;
  readonly agent_id: string;
  readonly team?: string;
  readonly role?: string;
}

export type WireEvent = WireAccess | WireSubject | WireTicket | WireAgent;

/** What an access says besides who, where and when. */
export type AccessDetail = Omit<
  WireAccess,
  "kind" | "event_id" | "time" | "console" | "agent" | "session"
>;

/** Who acts, and through which sign-in. */
export interface Actor {
  readonly agent: WireAgentRef;
  readonly session: WireSession;
}

/** What the contract keys the event's topic by. */
export function keyOf(event: WireEvent): string {
  switch (event.kind) {
    case "access":
      return event.agent.id;
    case "subject":
      return event.subject.id;
    case "ticket":
      return event.ticket_id;
    case "agent":
      return event.agent_id;
  }
}
