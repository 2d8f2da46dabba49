/**
 * What a profile adds to a roster: reviewers, a night shift, people who join, leave, move, are promoted or get a new
 * machine, and accounts that two people use. Its chance is its own: a profile without any of it changes nothing.
 */
import { dayMs, hourMs } from "./calendar.ts";
import type { DeskProfile } from "./profile.ts";
import { createRandom, type Random } from "./random.ts";
import { type AgentChange, type DeskAgent, teamCount, teamNameOf } from "./roster.ts";

export interface RosterPlan {
  readonly seed: string;
  readonly start: number;
  readonly days: number;
  readonly profile: DeskProfile;
}

export interface VariedRoster {
  readonly agents: readonly DeskAgent[];
  readonly doubles: readonly DeskAgent[];
}

export function varyRoster(roster: readonly DeskAgent[], plan: RosterPlan): VariedRoster {
  const random = createRandom(`${plan.seed}/variation`);
  const agents = roster.map((agent) => varyAgent(random, agent, { ...plan, size: roster.length }));
  const { sharedAccounts } = plan.profile;
  const shared = agents.slice(agents.length - sharedAccounts);
  return { agents, doubles: shared.map((agent) => secondPerson(random, agent)) };
}

type Size = { readonly size: number };

function varyAgent(random: Random, agent: DeskAgent, plan: RosterPlan & Size): DeskAgent {
  const { profile } = plan;
  const isNight = random.chance(profile.nightShare);
  const isReviewer = agent.ref.role === "agent" && random.chance(profile.reviewerShare);
  const { forgetting } = profile;
  return {
    ...agent,
    ...(forgetting === undefined ? {} : { linkShare: tidiness(random, forgetting) }),
    ...(isNight ? { shiftStartMs: 22 * hourMs, shiftMs: 8 * hourMs } : {}),
    ...(isReviewer ? { ref: { ...agent.ref, role: "reviewer" } } : {}),
    ...employmentOf(random, agent, plan),
    ...changesOf(random, agent, plan),
  };
}

function employmentOf(
  random: Random,
  { joinedAt, leftAt }: DeskAgent,
  plan: RosterPlan,
): Partial<Pick<DeskAgent, "joinedAt" | "leftAt">> {
  const { joinerShare, leaverShare } = plan.profile;
  if (joinedAt > 0 || leftAt < Number.POSITIVE_INFINITY) return {};
  if (random.chance(joinerShare)) return { joinedAt: someDay(random, plan) };
  return random.chance(leaverShare) ? { leftAt: someDay(random, plan) + 12 * hourMs } : {};
}

/** 1 - Beta(a, b), from two gamma deviates (which come with mean 1). */
function tidiness(random: Random, [a, b]: readonly [number, number]): number {
  const forgets = a * random.gamma(a);
  return 1 - forgets / (forgets + b * random.gamma(b));
}

/** A day between the first week and the last, at 06:00 UTC. */
const someDay = (random: Random, { start, days }: RosterPlan) =>
  start + (5 + random.below(Math.max(1, days - 8))) * dayMs + 6 * hourMs;

function changesOf(
  random: Random,
  agent: DeskAgent,
  plan: RosterPlan & Size,
): Pick<DeskAgent, "changes"> {
  const { profile, size } = plan;
  const changes: AgentChange[] = [];
  if (random.chance(profile.moverShare)) {
    // Within the site: one team in `teamCount` later by the number of sites sits in the same place.
    const team = (agent.team + profile.sites.length) % teamCount(size);
    const ref = { ...agent.ref, team: teamNameOf(team) };
    changes.push({ kind: "team_change", at: someDay(random, plan), next: { team, ref } });
  }
  if (changes.length === 0 && random.chance(profile.promotedShare)) {
    const ref = { ...agent.ref, role: agent.ref.role === "agent" ? "senior" : "agent" };
    changes.push({ kind: "role_change", at: someDay(random, plan), next: { ref } });
  }
  if (random.chance(profile.newMachineShare)) {
    const deviceId = `${agent.deviceId}n`;
    const next = { deviceId, platform: "Macintosh; Intel Mac OS X 10_15_7" };
    changes.push({ kind: "new_machine", at: someDay(random, plan), next });
  }
  if (changes.length === 0) return {};
  return { changes: changes.toSorted((left, right) => left.at - right.at) };
}

/** Somebody else who knows the password: another machine, another half of the day. */
function secondPerson(random: Random, agent: DeskAgent): DeskAgent {
  const { changes: _, ...person } = agent;
  return {
    ...person,
    deviceId: `${agent.deviceId}b`,
    platform: "X11; Linux x86_64",
    homeIp: `${agent.homeIp}b`,
    pace: agent.pace * random.between(0.3, 0.9),
    shiftStartMs: (agent.shiftStartMs + 4 * hourMs) % dayMs,
    shiftMs: 5 * hourMs,
  };
}
