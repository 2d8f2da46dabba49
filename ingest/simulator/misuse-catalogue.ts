/** Every misuse that the simulator can play, one line each, and how one is fired. */
import { createLocalTime, dayMs, weekdayOf } from "./calendar.ts";
import type { Desk } from "./desk.ts";
import { createEventMint } from "./event-mint.ts";
import { createScript, type Misuse, type Truth, truthOf } from "./misuse.ts";
import { bulkPaging } from "./misuses/bulk-paging.ts";
import { canaryTouch } from "./misuses/canary-touch.ts";
import { codeTheft } from "./misuses/code-theft.ts";
import { targetedSearch } from "./misuses/targeted-search.ts";
import { terminatedAgent } from "./misuses/terminated-agent.ts";
import { createRandom, pick, type Random } from "./random.ts";
import { agentAt, type DeskAgent } from "./roster.ts";
import { stories } from "./stories.ts";
import { misusesOf, storyIds } from "./story.ts";
import type { WireEvent } from "./wire-event.ts";
import type { Worklog } from "./worklog.ts";

export const misuses: readonly Misuse[] = [
  bulkPaging,
  targetedSearch,
  codeTheft,
  canaryTouch,
  terminatedAgent,
  ...storyIds.flatMap((id) => misusesOf(stories[id])),
];

export interface MisuseRequest {
  /** One of `misuses`. */
  readonly id: string;
  /** Which draw of it; the same request gives the same events, byte for byte. */
  readonly seed: string;
  /** First moment, epoch milliseconds. */
  readonly at: number;
  readonly desk: Desk;
  /** The (first) account that is used; also one that the desk does not know. Default: drawn. */
  readonly agentId?: string;
  /** What the desk's agents really do meanwhile. */
  readonly worklog?: Worklog;
  /** Agents who are in another misuse already. */
  readonly busy?: ReadonlySet<string>;
  /** Nothing of it at this time or later, epoch milliseconds. */
  readonly until?: number;
  /** Squeezes the whole into this time, for a running system; default: its natural minutes or hours. */
  readonly withinMs?: number;
}

export interface PlannedMisuse {
  /** Earliest first. */
  readonly events: readonly WireEvent[];
  readonly truth: Truth;
}

/** Plays one misuse. `undefined`: there is none of this id. */
export function planMisuse(request: MisuseRequest): PlannedMisuse | undefined {
  const misuse = misuses.find(({ id }) => id === request.id);
  if (misuse === undefined) return undefined;
  const { desk, at, withinMs, worklog } = request;
  const seed = `${desk.seed}/misuse/${misuse.id}/${request.seed}/${at}`;
  const random = createRandom(seed);
  const agents = cast(misuse, request, random).map((agent) => agentAt(agent, at));
  const { days } = misuse;
  const work = worklog === undefined ? {} : { worklog };
  const script = createScript({
    desk,
    random,
    mint: createEventMint(seed),
    at,
    agents,
    days,
    ...work,
  });
  misuse.play(script.stage);
  const { until = Number.POSITIVE_INFINITY } = request;
  const events = script.events(withinMs).filter(({ time }) => Date.parse(time) < until);
  return { events, truth: truthOf(`${misuse.id}-${request.seed}`, misuse, events) };
}

/** Distinct agents for the parts: the one asked for first, the others drawn from those who fit. */
function cast(misuse: Misuse, request: MisuseRequest, random: Random): readonly DeskAgent[] {
  const { desk, at, agentId, busy, worklog } = request;
  const asked = agentId === undefined ? [] : [agentOf(desk, agentId)];
  const chosen = new Map(asked.map((agent) => [agent.ref.id, agent]));
  const fitting = poolOf(misuse, request);
  // Whoever is to hide among work needs some: more than a third of the days.
  const atWork = fitting.filter(({ ref }) => {
    const shifts = worklog?.shiftsOf(ref.id, at, at + misuse.days * dayMs) ?? [];
    return misuse.formerAgents || worklog === undefined || shifts.length * 3 > misuse.days;
  });
  for (const pool of [atWork, employed(desk, at)]) {
    const free = pool.filter(({ ref }) => !chosen.has(ref.id) && busy?.has(ref.id) !== true);
    while (chosen.size < misuse.accounts && free.length > 0) {
      const [agent] = free.splice(random.below(free.length), 1);
      if (agent !== undefined) chosen.set(agent.ref.id, agent);
    }
  }
  return [...chosen.values()];
}

/** Former agents; else whoever is employed, and on shift now unless it is known who works when. */
function poolOf({ formerAgents: former, days }: Misuse, { desk, at, worklog }: MisuseRequest) {
  if (former) return formerAgents(desk, at);
  return worklog === undefined ? agentsOnShift(desk, at) : employed(desk, at, days);
}

/** The desk's agent of this id, or a stranger who otherwise resembles one of its agents. */
function agentOf(desk: Desk, id: string): DeskAgent {
  const known = desk.agents.find(({ ref }) => ref.id === id);
  if (known !== undefined) return known;
  const double = pick(createRandom(id), desk.agents);
  return { ...double, ref: { ...double.ref, id } };
}

const employed = (desk: Desk, at: number, days = 1) =>
  desk.agents.filter(
    ({ ref, joinedAt, leftAt }) =>
      ref.role === "agent" && joinedAt <= at && leftAt > at + days * dayMs,
  );

const formerAgents = (desk: Desk, at: number) => desk.agents.filter(({ leftAt }) => leftAt <= at);

/** Employed agents whose shift, by their own clock, goes on at `at`. */
function agentsOnShift(desk: Desk, at: number): readonly DeskAgent[] {
  const localTime = createLocalTime();
  return employed(desk, at).filter(({ site, daysOff, shiftStartMs, shiftMs }) => {
    const local = at + localTime.offsetMs(site.timeZone, at);
    const intoShift = (local % dayMs) - shiftStartMs;
    return !daysOff.includes(weekdayOf(local)) && intoShift >= 0 && intoShift < shiftMs;
  });
}
