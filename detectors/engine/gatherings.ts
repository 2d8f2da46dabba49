/** Agents who meet over subjects that they have no work on, read from who looked at whom. Pure. */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
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
const hourMs = 3_600_000;

type Reach = DetectionParameters["gatherings"];

const isOnlooker = ({ relation }: Lookup): boolean => relation === "foreign" || relation === "none";

/** Distinct other agents who lately looked without work of their own. */
export function onlookersAmong(
  looks: readonly Lookup[],
  { agent, at }: AccessEvent,
  { onlooker_days }: Reach,
): number {
  const others = looks.filter(
    (one) => one.agent !== agent.id && at - one.at <= onlooker_days * dayMs && isOnlooker(one),
  );
  return new Set(others.map((one) => one.agent)).size;
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
  return { key, size: members.length, subjects: 1, members, days };
}

/** The latest look without work of each agent, if it is not too old. */
function onlookersOf(looks: readonly Lookup[], at: number, days: number): Map<string, Lookup> {
  const recent = looks.filter(
    (one) => isOnlooker(one) && one.at <= at && at - one.at <= days * dayMs,
  );
  return new Map(recent.map((one) => [one.agent, one]));
}

/**
 * The agent that has most of `strays`, marks of subjects that the event's agent looked at without work, in common
 * with it, now that it has looked at one more; undefined: nobody else was here, and whatever else is shared
 * was judged when it was.
 */
export function pairAround(
  trail: Pick<SubjectTrail, "looksAt" | "looksAtMark">,
  event: AccessEvent,
  { strays, pair_days: days }: { readonly strays: readonly number[]; readonly pair_days: number },
): Gathering | undefined {
  const { agent, at } = event;
  const here = onlookersOf(trail.looksAt(event), at, days);
  const shared = new Map<string, Lookup[]>();
  for (const other of here.keys()) if (other !== agent.id) shared.set(other, []);
  if (shared.size === 0 || !here.has(agent.id)) return undefined;
  meetAt(here, agent.id, shared);
  const only = onlySubject(event);
  for (const stray of strays) {
    if (stray !== only) meetAt(onlookersOf(trail.looksAtMark(stray), at, days), agent.id, shared);
  }
  return largest(agent.id, shared, days);
}

/** Adds the looks of `agent` and of each companion in `shared` at one subject. */
function meetAt(
  onlookers: ReadonlyMap<string, Lookup>,
  agent: string,
  shared: ReadonlyMap<string, Lookup[]>,
): void {
  const own = onlookers.get(agent);
  if (own === undefined) return;
  for (const [companion, members] of shared) {
    const look = onlookers.get(companion);
    if (look !== undefined) members.push(own, look);
  }
}

function largest(
  agent: string,
  shared: ReadonlyMap<string, readonly Lookup[]>,
  days: number,
): Gathering | undefined {
  let best: Gathering | undefined;
  for (const [companion, members] of shared) {
    const size = members.length / 2;
    if (best !== undefined && size <= best.size) continue;
    const key = 1 + (fingerprint([agent, companion].toSorted().join("|")) % 1_073_741_822);
    best = { key, size, subjects: size, members, days };
  }
  return best;
}
