/** Active agent-days: an agent, a UTC day, and the accesses by which it exposed subjects on that day. */
import type { AccessEvent, ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { exposureKindOf } from "../../ingest/vocabulary/exposure.ts";
import { isWithin, type Span } from "./truth.ts";

export const dayMs = 86_400_000;

export interface AgentDay {
  readonly agent: string;
  /** UTC days since 1970-01-01. */
  readonly day: number;
  /** The exposing accesses, in the order of the stream. */
  readonly eventIds: readonly string[];
  /** Distinct subjects exposed. */
  readonly subjects: number;
  /** Of them those that the agent had not exposed on an earlier day. */
  readonly firstTouches: number;
}

/** An access by which somebody's record came into view. */
export function isExposing(event: ConsoleEvent): event is AccessEvent {
  return (
    event.kind === "access" && event.subjects.length > 0 && exposureKindOf(event) !== undefined
  );
}

interface OpenDay {
  readonly agent: string;
  readonly day: number;
  readonly eventIds: Set<string>;
  readonly subjects: Set<string>;
}

/** Every active agent-day of the stream, by day and then agent. */
export function agentDaysOf(events: readonly ConsoleEvent[]): AgentDay[] {
  const open = new Map<string, OpenDay>();
  for (const event of events) {
    if (!isExposing(event)) continue;
    const day = Math.floor(event.at / dayMs);
    const key = `${day}|${event.agent.id}`;
    const own = open.get(key) ?? openDay(event.agent.id, day);
    open.set(key, own);
    own.eventIds.add(event.eventId);
    for (const { token } of event.subjects) own.subjects.add(token);
  }
  const ordered = [...open.values()].sort((a, b) => a.day - b.day || (a.agent < b.agent ? -1 : 1));
  const met = new Map<string, Set<string>>();
  return ordered.map((own) => ({
    agent: own.agent,
    day: own.day,
    eventIds: [...own.eventIds],
    subjects: own.subjects.size,
    firstTouches: meetAll(met, own),
  }));
}

const openDay = (agent: string, day: number): OpenDay => ({
  agent,
  day,
  eventIds: new Set(),
  subjects: new Set(),
});

/** How many of the day's subjects the agent had not met before; it has met them all afterwards. */
function meetAll(met: Map<string, Set<string>>, { agent, subjects }: OpenDay): number {
  const known = met.get(agent) ?? new Set();
  met.set(agent, known);
  const before = known.size;
  for (const token of subjects) known.add(token);
  return known.size - before;
}

/** How many agent-days have an exposing access within one of `spans`. */
export function countAgentDays(events: readonly ConsoleEvent[], spans: readonly Span[]): number {
  const active = new Set<string>();
  for (const event of events) {
    if (!isExposing(event) || !spans.some((span) => isWithin(event.at, span))) continue;
    active.add(`${Math.floor(event.at / dayMs)}|${event.agent.id}`);
  }
  return active.size;
}
