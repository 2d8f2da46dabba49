/** The same stream in which every id is another one of the same kind: agents, sessions, tickets, subjects, … */
import {
  agentId,
  eventId,
  sessionId,
  subjectToken,
  tenantId,
  ticketId,
} from "../../ingest/vocabulary/brand.ts";
import type { AccessEvent, ConsoleEvent, Subject } from "../../ingest/vocabulary/event.ts";
import type { ListedSubject } from "../engine/subject-list.ts";
import type { LabelledStream } from "./labelled-stream.ts";
import { drawWithoutReplacement } from "./random-alerter.ts";
import { subjectsOf, withSubjects } from "./subject-mapping.ts";

type Rename = (id: string) => string;

interface Renames {
  readonly agent: Rename;
  readonly session: Rename;
  readonly ticket: Rename;
  readonly tenant: Rename;
  readonly token: Rename;
  readonly event: Rename;
}

/** Each id of `ids` becomes another one of them; an id that does not occur keeps its name. */
function permutationOf(ids: Iterable<string>, seed: string): Rename {
  const distinct = [...new Set(ids)];
  const shuffled = drawWithoutReplacement(distinct, distinct.length, seed);
  const renamed = new Map(distinct.map((id, n) => [id, shuffled[n] ?? id]));
  return (id) => renamed.get(id) ?? id;
}

export function permuteIds(stream: LabelledStream): LabelledStream {
  const renames = renamesOf(stream.events);
  const listed = ({ token, tenant }: ListedSubject): ListedSubject => ({
    token: subjectToken(renames.token(token)),
    tenant: tenant && tenantId(renames.tenant(tenant)),
  });
  const { episodes } = stream.truth;
  return {
    events: stream.events.map((event) => renamed(event, renames)),
    canaries: stream.canaries.map(listed),
    watchlist: stream.watchlist.map(listed),
    truth: {
      ...stream.truth,
      episodes: episodes.map((episode) => ({
        ...episode,
        eventIds: episode.eventIds.map(renames.event),
      })),
    },
  };
}

function renamesOf(events: readonly ConsoleEvent[]): Renames {
  const idsOf = (read: (event: ConsoleEvent) => readonly (string | undefined)[]) =>
    events.flatMap((event) => read(event).filter((id) => id !== undefined));
  return {
    agent: permutationOf(idsOf(agentsOf), "agent"),
    session: permutationOf(
      idsOf((event) => (event.kind === "access" ? [event.session?.id] : [])),
      "session",
    ),
    ticket: permutationOf(idsOf(ticketsOf), "ticket"),
    tenant: permutationOf(
      idsOf((event) => subjectsOf(event).map(({ tenant }) => tenant)),
      "tenant",
    ),
    token: permutationOf(
      idsOf((event) => subjectsOf(event).map(({ token }) => token)),
      "token",
    ),
    event: permutationOf(
      idsOf(({ eventId: id }) => [id]),
      "event",
    ),
  };
}

function agentsOf(event: ConsoleEvent): readonly (string | undefined)[] {
  if (event.kind === "access") return [event.agent.id];
  return event.kind === "subject" ? [] : [event.agentId];
}

function ticketsOf(event: ConsoleEvent): readonly (string | undefined)[] {
  if (event.kind === "access") return [event.justification?.ticketId];
  return event.kind === "ticket" ? [event.ticketId] : [];
}

function renamed(event: ConsoleEvent, renames: Renames): ConsoleEvent {
  const subject = ({ token, type, tenant }: Subject): Subject => ({
    token: subjectToken(renames.token(token)),
    type,
    tenant: tenant && tenantId(renames.tenant(tenant)),
  });
  const other = withSubjects(event, subject);
  const id = eventId(renames.event(event.eventId));
  switch (other.kind) {
    case "access":
      return { ...renamedAccess(other, renames), eventId: id };
    case "ticket":
      return {
        ...other,
        eventId: id,
        ticketId: ticketId(renames.ticket(other.ticketId)),
        agentId: other.agentId && agentId(renames.agent(other.agentId)),
      };
    case "agent":
      return { ...other, eventId: id, agentId: agentId(renames.agent(other.agentId)) };
    case "subject":
      return { ...other, eventId: id };
  }
}

function renamedAccess(event: AccessEvent, renames: Renames): AccessEvent {
  const { agent, session, justification } = event;
  return {
    ...event,
    agent: { ...agent, id: agentId(renames.agent(agent.id)) },
    session: session && {
      ...session,
      id: session.id && sessionId(renames.session(session.id)),
    },
    justification: justification && {
      ...justification,
      ticketId: justification.ticketId && ticketId(renames.ticket(justification.ticketId)),
    },
  };
}
