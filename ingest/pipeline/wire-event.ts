/**
 * From parsed JSON to an event, one kind after the other as `event.schema.json` lists them. The raw
 * identifiers of subjects end here: an event carries tokens.
 */
import { assertNever } from "../vocabulary/assert-never.ts";
import {
  agentId,
  type EpochMs,
  epochMs,
  eventId,
  sessionId,
  subjectToken,
  type TenantId,
  tenantId,
  ticketId,
} from "../vocabulary/brand.ts";
import {
  type AccessEvent,
  type Agent,
  type AgentEvent,
  accessActions,
  accessOutcomes,
  agentEventTypes,
  authFactors,
  type ConsoleEvent,
  type EventKind,
  eventKinds,
  type FieldClass,
  fieldClasses,
  type Justification,
  justificationSources,
  type Search,
  type Session,
  type Subject,
  type SubjectEvent,
  type SubjectType,
  searchFields,
  searchKinds,
  subjectEventTypes,
  subjectTypes,
  type TicketEvent,
  ticketChannels,
  ticketEventTypes,
} from "../vocabulary/event.ts";
import type { Identity } from "../vocabulary/outcome.ts";
import { parseRfc3339 } from "./rfc3339.ts";
import {
  anId,
  isJsonObject,
  type JsonObject,
  members,
  noteFault,
  optionalCount,
  optionalList,
  optionalMember,
  optionalNode,
  optionalText,
  requiredMember,
  requiredText,
  upTo,
  type WireNode,
} from "./wire-reader.ts";

/** Takes a subject as the wire wrote it; remembers whom the record is about. */
export type Identify = (type: SubjectType, id: string) => Identity;

const eventIdLength = { min: 1, max: 128 };
const accessSubjectsMax = 10_000;
const ticketSubjectsMax = 100;

const kinds = { allowed: members(eventKinds), fallback: "access" } as const;
const actions = { allowed: members(accessActions), fallback: "view" } as const;
const outcomes = members(accessOutcomes);
const factors = members(authFactors);
const kindsOfSearch = { allowed: members(searchKinds), fallback: "exact" } as const;
const fieldsOfSearch = members(searchFields);
const classes = members(fieldClasses);
const sources = members(justificationSources);
const typesOfSubject = { allowed: members(subjectTypes), fallback: "account" } as const;
const subjectEvents = { allowed: members(subjectEventTypes), fallback: "registered" } as const;
const ticketEvents = { allowed: members(ticketEventTypes), fallback: "opened" } as const;
const channels = members(ticketChannels);
const agentEvents = { allowed: members(agentEventTypes), fallback: "hired" } as const;

/** The event's kind; with a fault noted when there is none or an unknown one. */
export const readKind = (node: WireNode): EventKind => requiredMember(node, "kind", kinds);

/** The event; meaningless when a fault was noted. Only fields of the contract are looked at. */
export function readEvent(node: WireNode, kind: EventKind, identify: Identify): ConsoleEvent {
  switch (kind) {
    case "access":
      return readAccess(node, identify);
    case "subject":
      return readSubjectEvent(node, identify);
    case "ticket":
      return readTicket(node, identify);
    case "agent":
      return readAgentEvent(node);
    default:
      return assertNever(kind);
  }
}

const readBase = (node: WireNode) => ({
  eventId: eventId(requiredText(node, "event_id", eventIdLength)),
  at: readTime(node),
});

function readTime(node: WireNode): EpochMs {
  const value = node.value["time"];
  if (value === undefined) noteFault(node, "missing_field", "time", "is required");
  const at = typeof value === "string" ? parseRfc3339(value) : undefined;
  if (at === undefined) noteFault(node, "invalid_time", "time", "expected RFC 3339 with an offset");
  return at ?? epochMs(0);
}

function readAccess(node: WireNode, identify: Identify): AccessEvent {
  const search = optionalNode(node, "search");
  const justification = optionalNode(node, "justification");
  const session = optionalNode(node, "session");
  const agent = optionalNode(node, "agent");
  if (agent === undefined) noteFault(node, "missing_field", "agent", "is required");
  return {
    kind: "access",
    ...readBase(node),
    console: optionalText(node, "console", upTo(64)) ?? "default",
    agent: agent === undefined ? nobody : readAgent(agent),
    session: session && readSession(session),
    action: requiredMember(node, "action", actions),
    outcome: optionalMember(node, "outcome", outcomes) ?? "success",
    search: search && readSearch(search),
    subjects: readSubjects(node, accessSubjectsMax, identify),
    neighbourhood: undefined,
    resultCount: optionalCount(node, "result_count"),
    bytes: optionalCount(node, "bytes"),
    fields: readFields(node),
    justification: justification && readJustification(justification),
  };
}

/** Stands in for the agent of a record that is refused. */
const nobody: Agent = { id: agentId(""), team: undefined, role: undefined, timeZone: undefined };

const readAgent = (node: WireNode): Agent => ({
  id: agentId(requiredText(node, "id", anId)),
  team: optionalText(node, "team", upTo(64)),
  role: optionalText(node, "role", upTo(64)),
  timeZone: optionalText(node, "time_zone", upTo(64)),
});

function readSession(node: WireNode): Session {
  const id = optionalText(node, "id", anId);
  const country = optionalText(node, "country", upTo(2));
  if (country !== undefined && !/^[A-Z]{2}$/.test(country)) {
    noteFault(node, "invalid_field", "country", "expected two capital letters");
  }
  return {
    id: id === undefined ? undefined : sessionId(id),
    ip: optionalText(node, "ip", upTo(45)),
    userAgent: optionalText(node, "user_agent", upTo(512)),
    deviceId: optionalText(node, "device_id", anId),
    country,
    asn: optionalCount(node, "asn"),
    authFactor: optionalMember(node, "auth_factor", factors),
  };
}

const readSearch = (node: WireNode): Search => ({
  kind: requiredMember(node, "kind", kindsOfSearch),
  field: optionalMember(node, "field", fieldsOfSearch),
});

function readJustification(node: WireNode): Justification {
  const ticket = optionalText(node, "ticket_id", anId);
  return {
    ticketId: ticket === undefined ? undefined : ticketId(ticket),
    source: optionalMember(node, "source", sources),
    reason: optionalText(node, "reason", upTo(512)),
  };
}

function readFields(node: WireNode): readonly FieldClass[] {
  const found: FieldClass[] = [];
  for (const value of optionalList(node, "fields")) {
    const known = typeof value === "string" ? classes.get(value) : undefined;
    if (known !== undefined) found.push(known);
    else {
      const reason = typeof value === "string" ? "unknown_enum" : "invalid_field";
      noteFault(node, reason, "fields", `expected some of ${fieldClasses.join(", ")}`);
    }
  }
  return found;
}

function readSubjects(node: WireNode, max: number, identify: Identify): readonly Subject[] {
  const values = optionalList(node, "subjects");
  if (values.length > max) {
    noteFault(node, "too_many_subjects", "subjects", `expected at most ${max}`);
    return [];
  }
  const parent = { ...node, path: "subjects[]." };
  return values.map((value) => readSubject(value, parent, identify));
}

function readSubject(value: unknown, parent: WireNode, identify: Identify): Subject {
  if (!isJsonObject(value)) noteFault(parent, "invalid_field", "", "expected an object");
  const fields: JsonObject = isJsonObject(value) ? value : {};
  const node = { value: fields, path: parent.path, box: parent.box };
  const type = requiredMember(node, "type", typesOfSubject);
  const id = requiredText(node, "id", anId);
  const tenant = readTenant(node);
  // Nothing of a refused record is worth a place in the tokenizer's memory.
  const token = node.box.fault === undefined ? identify(type, id).token : unidentified;
  return { token, type, tenant };
}

const unidentified = subjectToken("");

function readTenant(node: WireNode): TenantId | undefined {
  const tenant = optionalText(node, "tenant", anId);
  return tenant === undefined ? undefined : tenantId(tenant);
}

function readSubjectEvent(node: WireNode, identify: Identify): SubjectEvent {
  const base = readBase(node);
  const type = requiredMember(node, "type", subjectEvents);
  const value = node.value["subject"];
  if (value === undefined) noteFault(node, "missing_field", "subject", "is required");
  const subject = readSubject(value, { ...node, path: "subject." }, identify);
  return { kind: "subject", ...base, type, subject };
}

function readTicket(node: WireNode, identify: Identify): TicketEvent {
  const agent = optionalText(node, "agent_id", anId);
  return {
    kind: "ticket",
    ...readBase(node),
    type: requiredMember(node, "type", ticketEvents),
    ticketId: ticketId(requiredText(node, "ticket_id", anId)),
    agentId: agent === undefined ? undefined : agentId(agent),
    channel: optionalMember(node, "channel", channels),
    subjects: readSubjects(node, ticketSubjectsMax, identify),
  };
}

const readAgentEvent = (node: WireNode): AgentEvent => ({
  kind: "agent",
  ...readBase(node),
  type: requiredMember(node, "type", agentEvents),
  agentId: agentId(requiredText(node, "agent_id", anId)),
  team: optionalText(node, "team", upTo(64)),
  role: optionalText(node, "role", upTo(64)),
});
