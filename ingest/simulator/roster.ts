/** The support agents: who they are, when they work, how fast, from where, and how tidily. */
import type { AuthFactor } from "../vocabulary/event.ts";
import { dayMs, hourMs, utcDayOf } from "./calendar.ts";
import type { DeskProfile } from "./profile.ts";
import { createRandom, pick, pickWeighted, type Random } from "./random.ts";
import { type Site, siteOf } from "./site.ts";
import type { WireAgentRef } from "./wire-event.ts";

export interface DeskAgent {
  readonly ref: WireAgentRef;
  readonly site: Site;
  readonly team: number;
  /** Contacts handled relative to the median agent; log-normal. */
  readonly pace: number;
  /** Gamma shape of the day-to-day factor: low values work in fits and starts. */
  readonly evenness: number;
  /** Share of accesses that the agent makes from the ticket rather than beside it. */
  readonly linkShare: number;
  /** Share of shifts worked from home. */
  readonly homeShare: number;
  readonly homeIp: string;
  readonly homeAsn: number;
  readonly deviceId: string;
  readonly platform: string;
  readonly authFactor: AuthFactor;
  /** Local time of day at which the shift starts, milliseconds. */
  readonly shiftStartMs: number;
  readonly shiftMs: number;
  /** Weekdays off, 0 = Sunday. */
  readonly daysOff: readonly [number, number];
  readonly joinedAt: number;
  /** First moment after employment; Infinity while it lasts. */
  readonly leftAt: number;
  /** What changes about the agent during the period, earliest first. */
  readonly changes?: readonly AgentChange[];
}

/** From `at` on the agent's `next` values hold. */
export interface AgentChange {
  readonly kind: "team_change" | "role_change" | "new_machine";
  readonly at: number;
  readonly next: Partial<Pick<DeskAgent, "ref" | "team" | "deviceId" | "platform">>;
}

/** The agent as of `at`. */
export function agentAt(agent: DeskAgent, at: number): DeskAgent {
  const made = agent.changes?.filter((change) => change.at <= at) ?? [];
  return made.length === 0 ? agent : Object.assign({}, agent, ...made.map(({ next }) => next));
}

const roles = [
  { role: "agent", weight: 78 },
  { role: "senior", weight: 10 },
  { role: "supervisor", weight: 4 },
  { role: "fraud_analyst", weight: 4 },
  { role: "reporting", weight: 2 },
  { role: "engineer", weight: 2 },
] as const;

const functions = ["accounts", "billing", "delivery", "trust"];
const platforms = [
  "Windows NT 10.0; Win64; x64",
  "Windows NT 10.0; Win64; x64",
  "Macintosh; Intel Mac OS X 10_15_7",
  "X11; Linux x86_64",
];
const factors: readonly AuthFactor[] = ["push", "push", "totp", "sms", "webauthn"];
const weekends: readonly (readonly [number, number])[] = [
  [0, 6],
  [0, 6],
  [0, 6],
  [0, 1],
  [5, 6],
  [2, 3],
];
const agentsPerTeam = 8;

const teamsMin = 3;
export const teamCount = (agents: number) => Math.max(teamsMin, Math.round(agents / agentsPerTeam));

export interface RosterOptions {
  readonly seed: string;
  readonly agents: number;
  /** First moment of the simulated period, milliseconds. */
  readonly start: number;
  readonly sites: readonly Site[];
  readonly profile: DeskProfile;
}

export function createRoster(options: RosterOptions): readonly DeskAgent[] {
  const { seed, agents, start, sites, profile } = options;
  const random = createRandom(`${seed}/roster`);
  const teams = teamCount(agents);
  return Array.from({ length: agents }, (_, index) => {
    const team = index % teams;
    const place = { index, team, first: utcDayOf(start), site: siteOf(sites, team), profile };
    return createAgent(random, place);
  });
}

export const teamNameOf = (team: number) =>
  `tm-${functions[Math.floor(team / teamsMin) % functions.length]}-${team}`;

interface Place {
  readonly index: number;
  readonly team: number;
  readonly first: number;
  readonly site: Site;
  readonly profile: DeskProfile;
}

function createAgent(random: Random, place: Place): DeskAgent {
  const { index, team, first, site, profile } = place;
  // Every desk has a reporting role, somebody who leaves in its second week and somebody who joins.
  const role = index === 1 ? "reporting" : pickWeighted(random, roles).role;
  const leaves = index % 40 === 7;
  const joins = index % 40 === 11;
  const hex = (digits: number) =>
    random
      .below(16 ** digits)
      .toString(16)
      .padStart(digits, "0");
  return {
    ref: {
      id: `ag-${hex(4)}${index.toString(16).padStart(5, "0")}`,
      team: teamNameOf(team),
      role: leaves || joins ? "agent" : role,
      time_zone: site.timeZone,
    },
    site,
    team,
    pace: Math.min(5, random.logNormal(profile.paceSd)),
    evenness: random.between(...profile.evenness),
    linkShare: random.between(0.35, 0.95),
    homeShare: random.chance(0.5) ? random.between(0.2, 0.9) : 0,
    homeIp: `2001:db8:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::${hex(3)}`,
    homeAsn: pick(random, site.homeAsns),
    deviceId: `dv-${hex(8)}${index.toString(16).padStart(5, "0")}`,
    platform: pick(random, platforms),
    authFactor: pick(random, factors),
    shiftStartMs: pick(random, [7, 8, 8, 9, 9, 10, 12, 14]) * hourMs,
    shiftMs: pick(random, [8, 8, 8, 8, 6, 5]) * hourMs,
    daysOff: pick(random, weekends),
    joinedAt: joins ? first + (3 + random.below(6)) * dayMs : 0,
    leftAt: leaves ? first + (7 + random.below(5)) * dayMs + 18 * hourMs : Number.POSITIVE_INFINITY,
  };
}
