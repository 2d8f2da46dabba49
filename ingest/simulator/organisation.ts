/**
 * A whole organisation for a benchmark: a desk of its own kind over some weeks, misuses of every story in the last
 * of them, and the truth about all of it. The first pass over the desk's days writes down who worked when, so that
 * the careful misuses can hide there; the second gives the events.
 */
import { dayMs } from "./calendar.ts";
import { deliver } from "./delivery.ts";
import { byTime, merge } from "./demo-month.ts";
import { createDesk, type Desk } from "./desk.ts";
import { iso } from "./event-mint.ts";
import type { Truth } from "./misuse.ts";
import { type PlannedMisuse, planMisuse } from "./misuse-catalogue.ts";
import type { DeskProfile } from "./profile.ts";
import { createOddityList, type Oddity } from "./record.ts";
import { serviceAccountsOf } from "./robot.ts";
import { type Shock, shockFrom, shockUntil } from "./shock.ts";
import { simulateDesk } from "./simulation.ts";
import type { WireEvent, WireSubjectRef } from "./wire-event.ts";
import { createWorklog, type Worklog } from "./worklog.ts";

/** A misuse's id, and the days from the organisation's start until it begins. */
export type Episode = readonly [misuse: string, day: number];

export interface Organisation {
  readonly seed: string;
  /** First day, RFC 3339. */
  readonly start: string;
  readonly days: number;
  /** Day on which judging begins; what lies before is for learning. */
  readonly testFromDay: number;
  /** A week of judging without any misuse. */
  readonly quietFromDay: number;
  readonly agents: number;
  readonly profile: DeskProfile;
}

export interface Period {
  readonly kind: "quiet" | Shock["kind"];
  readonly start: string;
  readonly end: string;
  readonly team?: string;
}

export interface OrganisationTruth {
  readonly version: 1;
  readonly source: "simulator";
  readonly org: string;
  readonly period: { readonly start: string; readonly end: string; readonly test_start: string };
  readonly org_facts: OrganisationFacts;
  readonly periods: readonly Period[];
  readonly canary_subjects: readonly WireSubjectRef[];
  readonly watchlist_subjects: readonly WireSubjectRef[];
  readonly episodes: readonly Truth[];
  readonly oddities: readonly Oddity[];
}

interface OrganisationFacts {
  readonly agents: number;
  readonly service_accounts: readonly string[];
  readonly active_agent_days: number;
  readonly active_agent_days_test: number;
  readonly test_days: number;
  /** Without second copies. */
  readonly events: number;
}

export interface LabelledOrganisation {
  readonly truth: OrganisationTruth;
  /** In order of arrival; may be read more than once, each time from the start. */
  readonly events: Iterable<WireEvent>;
}

/** `episodes` empty: the organisation's attack-free twin, event by event the same otherwise. */
export function labelOrganisation(
  organisation: Organisation,
  episodes: readonly Episode[],
): LabelledOrganisation {
  const { seed, days, agents, profile } = organisation;
  const start = Date.parse(organisation.start);
  const desk = createDesk({ seed, agents, start, profile, days });
  const end = start + days * dayMs;
  const known = firstPass(organisation, desk);
  const planned = planEpisodes(desk, episodes, { worklog: known.worklog, until: end });
  const planted = planned.flatMap(({ events }) => events).toSorted(byTime);
  return {
    truth: {
      version: 1,
      source: "simulator",
      org: seed,
      period: {
        start: iso(start),
        end: iso(end),
        test_start: iso(start + organisation.testFromDay * dayMs),
      },
      org_facts: { ...known.facts, events: known.facts.events + planted.length },
      periods: periodsOf(organisation, desk),
      ...desk.config,
      episodes: planned.map(({ truth }) => truth),
      oddities: known.oddities.filter(({ start: from }) => Date.parse(from) < end),
    },
    events: {
      [Symbol.iterator]: () =>
        deliver(merge(simulateDesk(desk, { days }), planted), { seed, ...profile }),
    },
  };
}

interface Known {
  readonly worklog: Worklog;
  readonly oddities: readonly Oddity[];
  readonly facts: OrganisationFacts;
}

/** Plays the days once to learn what happens in them. */
function firstPass({ days, testFromDay }: Organisation, desk: Desk): Known {
  const worklog = createWorklog();
  const oddities = createOddityList(dayMs);
  const testFrom = iso(desk.start + testFromDay * dayMs);
  const active = new Set<string>();
  let events = 0;
  for (const event of simulateDesk(desk, { days, records: { worklog, note: oddities.note } })) {
    events += 1;
    if (event.kind === "access" && event.agent.role !== "service") {
      active.add(`${event.time.slice(0, 10)} ${event.agent.id}`);
    }
  }
  const test = [...active].filter((agentDay) => agentDay.slice(0, 10) >= testFrom.slice(0, 10));
  return {
    worklog,
    oddities: oddities.all(),
    facts: {
      agents: desk.agents.length,
      service_accounts: serviceAccountsOf(desk.agents.length),
      active_agent_days: active.size,
      active_agent_days_test: test.length,
      test_days: days - testFromDay,
      events,
    },
  };
}

interface Within {
  readonly worklog: Worklog;
  readonly until: number;
}

/** No agent takes part in two episodes. Throws RangeError on an unknown misuse. */
function planEpisodes(
  desk: Desk,
  episodes: readonly Episode[],
  within: Within,
): readonly PlannedMisuse[] {
  const busy = new Set<string>();
  const planned = episodes.map(([id, day]) => {
    const at = Math.floor(desk.start + day * dayMs);
    const misuse = planMisuse({ id, at, desk, seed: "1", busy, ...within });
    if (misuse === undefined) throw new RangeError(`no misuse is called ${id}`);
    for (const agent of misuse.truth.agent_ids) busy.add(agent);
    return misuse;
  });
  return planned.toSorted(({ truth: left }, { truth: right }) =>
    left.start < right.start ? -1 : Number(left.start > right.start),
  );
}

function periodsOf({ quietFromDay }: Organisation, desk: Desk): readonly Period[] {
  const quietFrom = desk.start + quietFromDay * dayMs;
  const teamName = (team: number) => desk.agents.find((agent) => agent.team === team)?.ref.team;
  const shocks = desk.profile.shocks.map((shock) => {
    const team = shock.team === undefined ? undefined : teamName(shock.team);
    const period = { kind: shock.kind, start: iso(shockFrom(desk, shock)) };
    return {
      ...period,
      end: iso(shockUntil(desk, shock)),
      ...(team === undefined ? {} : { team }),
    };
  });
  return [{ kind: "quiet", start: iso(quietFrom), end: iso(quietFrom + 7 * dayMs) }, ...shocks];
}
