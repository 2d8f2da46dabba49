/** A support desk before anything happens: its customers, its agents, and what it watches over. */
import { createPopulation, type Population } from "./population.ts";
import { createRoster, type DeskAgent } from "./roster.ts";
import type { WireSubjectRef } from "./wire-event.ts";

export interface DeskOptions {
  /** The same seed and options give the same events, byte for byte. */
  readonly seed: string;
  /** 3 to 100,000. Default 40. */
  readonly agents?: number;
  /** First moment, epoch milliseconds. */
  readonly start: number;
  /** Contacts that the median agent takes on a day at work. Default 12. */
  readonly contactsPerAgentDay?: number;
}

export interface Desk {
  readonly seed: string;
  readonly start: number;
  readonly contactsPerAgentDay: number;
  readonly population: Population;
  readonly agents: readonly DeskAgent[];
  /** As the configuration of detection lists them. */
  readonly config: {
    readonly canary_subjects: readonly WireSubjectRef[];
    readonly watchlist_subjects: readonly WireSubjectRef[];
  };
}

export const agentsMax = 100_000;

/** Throws RangeError when `agents` is out of range. O(agents) time and memory. */
export function createDesk(options: DeskOptions): Desk {
  const { seed, start, agents = 40, contactsPerAgentDay = 12 } = options;
  if (!Number.isInteger(agents) || agents < 3 || agents > agentsMax) {
    throw new RangeError(`agents must be an integer from 3 to ${agentsMax}`);
  }
  const population = createPopulation(seed, agents);
  return {
    seed,
    start,
    contactsPerAgentDay,
    population,
    agents: createRoster(seed, agents, start),
    config: {
      canary_subjects: population.canaries,
      watchlist_subjects: population.watchlist,
    },
  };
}
