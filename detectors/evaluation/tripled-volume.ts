/**
 * The same desk with three times the work: every exposing access, ticket and subject event happens for two
 * further subjects each, at the same moment, by the same agent in the same session. So every baseline and every
 * episode is three times as large; sign-ins and the roster stay as they are.
 */
import { eventId, subjectToken, ticketId } from "../../ingest/vocabulary/brand.ts";
import type { ConsoleEvent, Subject } from "../../ingest/vocabulary/event.ts";
import type { ListedSubject } from "../engine/subject-list.ts";
import { isExposing } from "./agent-days.ts";
import type { LabelledStream } from "./labelled-stream.ts";
import { withSubjects } from "./subject-mapping.ts";

const furtherCopies = [1, 2] as const;

export function triple(stream: LabelledStream): LabelledStream {
  const { episodes } = stream.truth;
  return {
    events: stream.events.flatMap((event) =>
      isWork(event) ? [event, ...furtherCopies.map((copy) => copied(event, copy))] : [event],
    ),
    canaries: stream.canaries.flatMap(withCopies),
    watchlist: stream.watchlist.flatMap(withCopies),
    truth: {
      ...stream.truth,
      episodes: episodes.map((episode) => ({
        ...episode,
        eventIds: episode.eventIds.flatMap((id) => [
          id,
          ...furtherCopies.map((copy) => copyOf(id, copy)),
        ]),
      })),
    },
  };
}

const isWork = (event: ConsoleEvent): boolean =>
  event.kind === "ticket" || event.kind === "subject" || isExposing(event);

const copyOf = (id: string, copy: number): string => `${id}~${copy}`;

/** Tokens keep their 36 characters: their first 8 hexadecimal digits are moved by as much for each copy. */
function tokenCopy(token: string, copy: number): string {
  const moved = (Number.parseInt(token.slice(0, 8), 16) + copy * 0x5bd1e995) % 0x1_0000_0000;
  return `${moved.toString(16).padStart(8, "0")}${token.slice(8)}`;
}

/** Copies live elsewhere, each as near to others as its original is. */
const neighbourhoodCopy = (place: number | undefined, copy: number): number | undefined =>
  place === undefined ? undefined : 1 + ((place - 1 + copy * 21_845) % 65_535);

const withCopies = (listed: ListedSubject): ListedSubject[] => [
  listed,
  ...furtherCopies.map((copy) => ({
    ...listed,
    token: subjectToken(tokenCopy(listed.token, copy)),
  })),
];

function copied(event: ConsoleEvent, copy: number): ConsoleEvent {
  const subject = (own: Subject): Subject => ({
    ...own,
    token: subjectToken(tokenCopy(own.token, copy)),
  });
  const id = eventId(copyOf(event.eventId, copy));
  const other = { ...withSubjects(event, subject), eventId: id };
  if (other.kind === "ticket") {
    return { ...other, ticketId: ticketId(copyOf(other.ticketId, copy)) };
  }
  if (other.kind !== "access") return other;
  const { justification } = other;
  const moved = { ...other, neighbourhood: neighbourhoodCopy(other.neighbourhood, copy) };
  if (justification?.ticketId === undefined) return moved;
  return {
    ...moved,
    justification: {
      ...justification,
      ticketId: ticketId(copyOf(justification.ticketId, copy)),
    },
  };
}
