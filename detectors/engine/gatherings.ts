/** Agents who meet over subjects that they have no work on, read from who looked at whom. Pure. */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { fingerprint } from "../stats/seeded-uniform.ts";
import { type Lookup, onlySubject, type SubjectTrail } from "./subject-trail.ts";

/** Agents who lately met over subjects that they had no work on. */
export interface Gathering {
  /** What it is known by: 30 bits of the subject's token, or of both agents' ids. */
  readonly key: number;
  /** Agents of a crowd, subjects of a pair. */
  readonly size: number;
  readonly subjects: number;
  /** The newest look of each agent at each subject. */
  readonly members: readonly Lookup[];
  /** How far back it reaches. */
  readonly days: number;
}

const dayMs = 86_400_000;
const crowdDays = 14;
const pairDays = 30;
/** How long others count as onlookers of the subject that an agent opens. */
const onlookersMs = 14 * dayMs;
/** Between two looks of one agent that are two visits: a night. */
const visitMs = 8 * 3_600_000;
const returnMs = 30 * dayMs;

const isOnlooker = ({ relation }: Lookup): boolean => relation === "foreign" || relation === "none";

const isOnlooking = (one: Lookup, at: number): boolean =>
  at - one.at <= onlookersMs && isOnlooker(one);

/** Distinct other agents who lately looked without work of their own. */
export function onlookersAmong(looks: readonly Lookup[], { agent, at }: AccessEvent): number {
  let number = 0;
  for (let n = 0; n < looks.length; n += 1) {
    const one = looks[n];
    if (one === undefined || one.agent === agent.id || !isOnlooking(one, at)) continue;
    const firstOfAgent = looks.findIndex(
      (same) => same.agent === one.agent && isOnlooking(same, at),
    );
    if (firstOfAgent === n) number += 1;
  }
  return number;
}

/** Whether the agent had looked without work on an earlier day. */
export function isReturn(looks: readonly Lookup[], { agent, at }: AccessEvent): boolean {
  return looks.some((one) => {
    const elapsed = at - one.at;
    return one.agent === agent.id && isOnlooker(one) && elapsed >= visitMs && elapsed <= returnMs;
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
export function crowdJoined(looks: readonly Lookup[], event: AccessEvent): Gathering | undefined {
  const { eventId, agent, at } = event;
  const all = looks.filter((one) => at - one.at <= crowdDays * dayMs && one.at <= at);
  // Whoever has a case draws visitors with and without a ticket.
  const recent = all.every(isOnlooker) ? all : [];
  const own = recent.filter((one) => one.agent === agent.id);
  const isJoin = own.length === 1 && own[0]?.id === eventId;
  const members = [...new Map(recent.map((one) => [one.agent, one])).values()];
  const key = onlySubject(event);
  if (!isJoin || members.length < 2 || key === undefined) return undefined;
  return { key, size: members.length, subjects: 1, members, days: crowdDays };
}

/** Whether the look is one without work that is not too old at event time `at`. */
const isRecent = (one: Lookup, at: number): boolean =>
  isOnlooker(one) && one.at <= at && at - one.at <= pairDays * dayMs;

/** The agent's latest look without work, if it is not too old. */
function latestOf(looks: readonly Lookup[], agent: string, at: number): Lookup | undefined {
  for (let n = looks.length - 1; n >= 0; n -= 1) {
    const one = looks[n];
    if (one?.agent === agent && isRecent(one, at)) return one;
  }
  return undefined;
}

/**
 * The agent that has most of `strays`, marks of subjects that the event's agent looked at without work, in common
 * with it, now that it has looked at one more; undefined: nobody else was here, and whatever else is shared
 * was judged when it was.
 */
export function pairAround(
  trail: Pick<SubjectTrail, "looksAt" | "looksOfAny">,
  event: AccessEvent,
  strays: readonly number[],
): Gathering | undefined {
  const { agent, at } = event;
  const here = trail.looksAt(event);
  if (latestOf(here, agent.id, at) === undefined) return undefined;
  const shared = new Map<string, Lookup[]>();
  for (const look of here) {
    if (look.agent !== agent.id && isRecent(look, at)) shared.set(look.agent, []);
  }
  if (shared.size === 0) return undefined;
  const companions = [...shared.keys()];
  meetAt(here, event, shared);
  const only = onlySubject(event);
  for (const stray of strays) {
    if (stray !== only) meetAt(trail.looksOfAny(stray, companions), event, shared);
  }
  return largest(agent.id, shared);
}

/** Adds the looks of the event's agent and of each companion in `shared` at one subject. */
function meetAt(
  looks: readonly Lookup[],
  { agent, at }: AccessEvent,
  shared: ReadonlyMap<string, Lookup[]>,
): void {
  let own: Lookup | undefined;
  for (let n = looks.length - 1; n >= 0; n -= 1) {
    const one = looks[n];
    const members = one === undefined ? undefined : shared.get(one.agent);
    if (one === undefined || members === undefined || !isRecent(one, at)) continue;
    own ??= latestOf(looks, agent.id, at);
    if (own === undefined) return;
    // Only the companion's latest look there.
    if (members.at(-2) !== own) members.push(own, one);
  }
}

function largest(
  agent: string,
  shared: ReadonlyMap<string, readonly Lookup[]>,
): Gathering | undefined {
  let best: Gathering | undefined;
  for (const [companion, members] of shared) {
    const size = members.length / 2;
    if (best !== undefined && size <= best.size) continue;
    const key = 1 + (fingerprint([agent, companion].toSorted().join("|")) % 1_073_741_822);
    best = { key, size, subjects: size, members, days: pairDays };
  }
  return best;
}
