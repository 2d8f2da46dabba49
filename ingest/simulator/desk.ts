/** A support desk before anything happens: its customers, its agents, and what it watches over. */

import { createPopulation, type Population } from "./population.ts";
import { type DeskProfile, plainProfile } from "./profile.ts";
import { createRoster, type DeskAgent, teamCount } from "./roster.ts";
import { type RosterPlan, varyRoster } from "./roster-variation.ts";
import { type Site, sitesNamed } from "./site.ts";
import type { WireSubjectRef } from "./wire-event.ts";

export interface DeskOptions {
  /** The same seed and options give the same events, byte for byte. */
  readonly seed: string;
  /** 3 to 100,000. Default 40. */
  readonly agents?: number;
  /** First moment, epoch milliseconds. */
  readonly start: number;
  /** Default: the demo's. */
  readonly profile?: DeskProfile;
  /** Length of the period in which people join, leave and move, days. Default 49. */
  readonly days?: number;
}

export interface Desk {
  readonly seed: string;
  readonly start: number;
  readonly profile: DeskProfile;
  readonly sites: readonly Site[];
  readonly teams: number;
  readonly population: Population;
  readonly agents: readonly DeskAgent[];
  /** Second people behind accounts of `agents`. */
  readonly doubles: readonly DeskAgent[];
  /** As the configuration of detection lists them. */
  readonly config: {
    readonly canary_subjects: readonly WireSubjectRef[];
    readonly watchlist_subjects: readonly WireSubjectRef[];
  };
}

export const agentsMax = 100_000;

/** Throws RangeError when `agents` is out of range. O(agents) time and memory. */
export function createDesk(options: DeskOptions): Desk {
  const { seed, start, agents = 40, profile = plainProfile, days = 49 } = options;
  if (!Number.isInteger(agents) || agents < 3 || agents > agentsMax) {
    throw new RangeError(`agents must be an integer from 3 to ${agentsMax}`);
  }
  const teams = teamCount(agents);
  const population = createPopulation(seed, { agents, teams });
  const sites = sitesNamed(profile.sites);
  const plan: RosterPlan = { seed, start, days, profile };
  const roster = varyRoster(createRoster({ seed, agents, start, sites, profile }), plan);
  return {
    seed,
    start,
    profile,
    sites,
    teams,
    population,
    ...roster,
    config: {
      canary_subjects: population.canaries,
      watchlist_subjects: population.watchlist,
    },
  };
}
