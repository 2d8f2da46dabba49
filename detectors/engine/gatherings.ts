/** Agents who meet over subjects that they have no work on, read from who looked at whom. Pure. */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import { fingerprint } from "../stats/seeded-uniform.ts";
import type { Stray } from "./agent-state.ts";
import { type Lookup, onlySubject, type SubjectTrail } from "./subject-trail.ts";

/** Agents who lately met over subjects that they had no work on. */
export interface Gathering {
  /** What it is known by: 30 bits of the subject's token, or of both agents' ids. */
  readonly key: number;
  /** Agents of a crowd, subjects of a pair. */
  readonly size: number;
  /** Of each subject, in which ways its members exposed it: bits as of `Lookup`. */
  readonly ways: readonly number[];
  /** The newest look of each agent at each subject. */
  readonly members: readonly Lookup[];
  /** How far back it reaches. */
  readonly days: number;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

type Reach = DetectionParameters["gatherings"];

const isOnlooker = ({ relation }: Lookup): boolean => relation === "foreign" || relation === "none";

const isOnlooking = (one: Lookup, at: number, days: number): boolean =>
  at - one.at <= days * dayMs && isOnlooker(one);

/** Distinct other agents who lately looked without work of their own. */
export function onlookersAmong(
  looks: readonly Lookup[],
  { agent, at }: AccessEvent,
  { onlooker_days: days }: Reach,
): number {
  let number = 0;
  for (let n = 0; n < looks.length; n += 1) {
    const one = looks[n];
    if (one === undefined || one.agent === agent.id || !isOnlooking(one, at, days)) continue;
    const firstOfAgent = looks.findIndex(
      (same) => same.agent === one.agent && isOnlooking(same, at, days),
    );
    if (firstOfAgent === n) number += 1;
  }
  return number;
}

/** Whether the agent had looked without work on an earlier day. */
export function isReturn(
  looks: readonly Lookup[],
  { agent, at }: AccessEvent,
  { visit_hours, return_days }: Reach,
): boolean {
  return looks.some((one) => {
    const elapsed = at - one.at;
    if (elapsed < visit_hours * hourMs || elapsed > return_days * dayMs) return false;
    return one.agent === agent.id && isOnlooker(one);
  });
}

/** The mark of the event's only subject if its agent has just looked at it without work, as `looks` tell. */
export function strayOf(looks: readonly Lookup[], event: AccessEvent): number | undefined {
  const own = looks.findLast(({ agent }) => agent === event.agent.id);
  return own !== undefined && own.at === event.at && isOnlooker(own)
    ? onlySubject(event)
    : undefined;
}

/** The crowd that the event's agent has just joined; undefined: it joined none. */
export function crowdJoined(
  looks: readonly Lookup[],
  event: AccessEvent,
  { crowd_days: days }: Reach,
): Gathering | undefined {
  const { eventId, agent, at } = event;
  const all = looks.filter((one) => at - one.at <= days * dayMs && one.at <= at);
  // Whoever has a case draws visitors with and without a ticket.
  const recent = all.every(isOnlooker) ? all : [];
  const own = recent.filter((one) => one.agent === agent.id);
  const isJoin = own.length === 1 && own[0]?.id === eventId;
  const members = [...new Map(recent.map((one) => [one.agent, one])).values()];
  const key = onlySubject(event);
  if (!isJoin || members.length < 2 || key === undefined) return undefined;
  return { key, size: members.length, ways: [waysOf(recent)], members, days };
}

const waysOf = (looks: readonly Lookup[]): number => looks.reduce((all, { ways }) => all | ways, 0);

/** A moment, and how many days before it a look is too old. */
interface Span {
  readonly at: number;
  readonly days: number;
}

/** Whether the look is one without work that is not too old. */
const isRecent = (one: Lookup, { at, days }: Span): boolean =>
  isOnlooker(one) && one.at <= at && at - one.at <= days * dayMs;

/** The agent's latest look without work, if it is not too old. */
function latestOf(looks: readonly Lookup[], agent: string, span: Span): Lookup | undefined {
  for (let n = looks.length - 1; n >= 0; n -= 1) {
    const one = looks[n];
    if (one?.agent === agent && isRecent(one, span)) return one;
  }
  return undefined;
}

/**
 * The agent that has most of `strays`, subjects that the event's agent looked at without work, in common
 * with it, now that it has looked at one more; undefined: nobody else was here, and whatever else is shared
 * was judged when it was.
 */
export function pairAround(
  trail: Pick<SubjectTrail, "looksAt" | "looksOfAny">,
  event: AccessEvent,
  { strays, pair_days: days }: { readonly strays: readonly Stray[]; readonly pair_days: number },
): Gathering | undefined {
  const { agent, at } = event;
  const here = trail.looksAt(event);
  const span = { agent: agent.id, at, days };
  if (latestOf(here, agent.id, span) === undefined) return undefined;
  const shared = new Map<string, Meeting>();
  for (const look of here) {
    if (look.agent === agent.id || !isRecent(look, span)) continue;
    shared.set(look.agent, { members: [], ways: [] });
  }
  if (shared.size === 0) return undefined;
  const companions = [...shared.keys()];
  meetAt(here, span, shared);
  const only = onlySubject(event);
  for (const { mark } of strays) {
    if (mark !== only) meetAt(trail.looksOfAny(mark, companions), span, shared);
  }
  return largest(agent.id, shared, days);
}

/** An agent's meetings with the event's: their latest looks at each subject in turn, and its ways. */
interface Meeting {
  readonly members: Lookup[];
  readonly ways: number[];
}

/** Adds the looks of `span.agent` and of each companion in `shared` at one subject. */
function meetAt(
  looks: readonly Lookup[],
  span: Span & { readonly agent: string },
  shared: ReadonlyMap<string, Meeting>,
): void {
  let own: Lookup | undefined;
  for (let n = looks.length - 1; n >= 0; n -= 1) {
    const one = looks[n];
    const meeting = one === undefined ? undefined : shared.get(one.agent);
    if (one === undefined || meeting === undefined || !isRecent(one, span)) continue;
    own ??= latestOf(looks, span.agent, span);
    if (own === undefined) return;
    join(meeting, [own, one], () =>
      waysOf(looks.filter((same) => same.agent === span.agent && isRecent(same, span))),
    );
  }
}

/** Of the companion only the latest look at a subject is a member; `ownWays`: of the other at that subject. */
function join(
  { members, ways }: Meeting,
  [own, one]: readonly [Lookup, Lookup],
  ownWays: () => number,
): void {
  if (members.at(-2) === own) {
    ways.push((ways.pop() ?? 0) | one.ways);
    return;
  }
  members.push(own, one);
  ways.push(ownWays() | one.ways);
}

function largest(
  agent: string,
  shared: ReadonlyMap<string, Meeting>,
  days: number,
): Gathering | undefined {
  let best: Gathering | undefined;
  for (const [companion, { members, ways }] of shared) {
    const size = members.length / 2;
    if (best !== undefined && size <= best.size) continue;
    const key = 1 + (fingerprint([agent, companion].toSorted().join("|")) % 1_073_741_822);
    best = { key, size, ways, members, days };
  }
  return best;
}
