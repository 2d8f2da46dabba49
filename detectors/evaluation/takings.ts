/** What an episode took, and when: its malicious events as they stand in the stream. */
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { isExposing } from "./agent-days.ts";
import type { Episode, MaliciousEvents } from "./truth.ts";

/** A place in the stream. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Position of the event among all events of the stream. */
  readonly position: number;
}

export interface Taking {
  readonly episode: Episode;
  /** Of its earliest and latest malicious event, epoch milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Distinct subjects exposed by its malicious events. */
  readonly subjects: number;
  /** Share of them, 0 to 1, exposed up to and including a moment; 1 if it took none. */
  readonly shareTakenBy: (moment: Moment) => number;
}

interface OpenTaking {
  firstAt: number;
  lastAt: number;
  /** Positions at which a further subject was exposed, ascending. */
  readonly positions: number[];
  readonly seen: Set<string>;
}

/** One for each episode of which anything is in the stream. */
export function takingsOf(
  events: readonly ConsoleEvent[],
  episodes: readonly Episode[],
  malicious: MaliciousEvents,
): Taking[] {
  const open = new Map<string, OpenTaking>();
  for (const [position, event] of events.entries()) {
    for (const id of malicious.get(event.eventId) ?? []) noteEvent(open, id, event, position);
  }
  return episodes.flatMap((episode) => {
    const own = open.get(episode.id);
    return own === undefined ? [] : [closeTaking(episode, own)];
  });
}

function noteEvent(
  open: Map<string, OpenTaking>,
  id: string,
  event: ConsoleEvent,
  position: number,
): void {
  const { at } = event;
  const own = open.get(id) ?? { firstAt: at, lastAt: at, positions: [], seen: new Set() };
  open.set(id, own);
  own.firstAt = Math.min(own.firstAt, at);
  own.lastAt = Math.max(own.lastAt, at);
  if (!isExposing(event)) return;
  for (const { token } of event.subjects) {
    if (own.seen.has(token)) continue;
    own.seen.add(token);
    own.positions.push(position);
  }
}

function closeTaking(episode: Episode, { firstAt, lastAt, positions }: OpenTaking): Taking {
  const subjects = positions.length;
  return {
    episode,
    firstAt,
    lastAt,
    subjects,
    shareTakenBy: ({ position }) =>
      subjects === 0 ? 1 : positions.filter((own) => own <= position).length / subjects,
  };
}
