/** The kinds of gatherings, and what is said of each. */
import type { GatheringBudget } from "../evidence/budget.ts";
import type { SizePrior } from "../stats/size-tail.ts";

/** How large gatherings are. */
interface Usual {
  readonly mean: number;
  /** At most one in twenty is larger. */
  readonly level: number;
  /** "about one in N". */
  readonly rarity: string;
}

/** What is particular to one kind of gathering. */
export interface GatheringKind extends GatheringBudget {
  readonly id: "crowd" | "pair";
  /** The parameter that says how far back it reaches. */
  readonly reachKey: "crowd_days" | "pair_days";
  /** Whether it is around the one subject that is looked at. */
  readonly hasOneSubject: boolean;
  /** Sizes before any was seen. */
  readonly prior: SizePrior;
  readonly unit: string;
  readonly title: (size: number) => string;
  /** A sentence without its end: what was seen. */
  readonly seen: (size: number, days: number) => string;
  /** How large such gatherings are, and how rare one so large is. */
  readonly usual: (usual: Usual) => string;
}

export const crowd: GatheringKind = {
  id: "crowd",
  reachKey: "crowd_days",
  hasOneSubject: true,
  shareKey: "crowd_share",
  priorGrowths: 5,
  prior: { least: 2, windows: 50, more: 0.3 },
  unit: "agents who opened one subject without own work",
  title: (size) => `${size} agents looked at one subject without work of their own`,
  seen: (size, days) => `${size} agents opened one subject without own work within ${days} days`,
  usual: ({ mean, level, rarity }) =>
    `such crowds have ${mean} on average and 19 of 20 of them at most ${level}; ${rarity} agents who join a crowd joins one so large`,
};

export const pair: GatheringKind = {
  id: "pair",
  reachKey: "pair_days",
  hasOneSubject: false,
  shareKey: "pair_share",
  priorGrowths: 20,
  prior: { least: 1, windows: 50, more: 0.5 },
  unit: "subjects that the same two agents opened without own work",
  title: (size) => `Two agents looked at the same ${size} subjects without work of their own`,
  seen: (size, days) =>
    `Two agents opened the same ${size} subjects without own work within ${days} days`,
  usual: ({ mean, level, rarity }) =>
    `such pairs share ${mean} on average and 19 of 20 of them at most ${level}; ${rarity} times that a pair shares one more it shares so many`,
};
