/**
 * What the agents of one role have shown together: the prior of each of them.
 *
 * Peers are the agents of the same role, shrunk to all agents: a role's sums are topped up with everybody's,
 * scaled to `sharedWindows` windows, so a small role borrows and a large one speaks for itself.
 */
import { z } from "zod";
import type { Answer } from "../detector.ts";
import {
  type CountHistory,
  emptyPeers,
  learnPeers,
  type PeerHistory,
} from "../stats/count-baseline.ts";
import { emptyRate, learnRate, type RateHistory } from "../stats/trial-rate.ts";
import { type Dimension, type Dimensions, type WindowKind, windowKinds } from "./dimension.ts";

/** Windows of all agents that a role's own sums are topped up with. */
const sharedWindows = 10;
/** Roles with peers of their own; agents of further roles are compared with everybody. */
const rolesMax = 64;
const dayMs = 86_400_000;
/** The role that stands for all agents. */
export const everybody = "";
/** Questions of all agents that a role's own are topped up with. */
const sharedQuestions = 100;
/** Questions after which peers begin to forget. */
const peerQuestionsMax = 20_000;
const peerSchema = z.object({
  windows: z.number(),
  sum: z.number(),
  excess: z.number(),
  square: z.number(),
  between: z.number(),
  betweenSquare: z.number(),
});
const rateSchema = z.object({ asked: z.number(), yes: z.number() });
export const roleSchema = z.object({
  at: z.number(),
  peers: z.object({ session: z.array(peerSchema), "agent-day": z.array(peerSchema) }),
  /** Of each trial. */
  rates: z.array(rateSchema),
});
type RolePeers = z.infer<typeof roleSchema>;

/** One closed window's lesson about one dimension. */
export interface Lesson {
  readonly process: WindowKind;
  /** Position among the process's dimensions. */
  readonly dimension: number;
  readonly role: string;
  /** The agent's history before the window. */
  readonly own: CountHistory;
  /** The count, clipped at its predictive 99.9 % quantile. */
  readonly count: number;
  readonly at: number;
}

export interface RoleBook {
  readonly of: (role: string) => RolePeers;
  readonly priorOf: (process: WindowKind, dimension: number, role: string) => PeerHistory;
  readonly learn: (role: string, lesson: Lesson) => void;
  readonly learnRate: (role: string, trial: number, answer: Answer) => void;
  /** The role's own, topped up with everybody's. */
  readonly rateOf: (role: string, trial: number) => RateHistory;
  readonly all: Map<string, RolePeers>;
}

/** What is known of peers halves every `halfLifeDays`. */
export function createRolePeers({ byProcess, trials }: Dimensions, halfLifeDays: number): RoleBook {
  const halfLifeMs = halfLifeDays * dayMs;
  const roles = new Map<string, RolePeers>();
  const peersOf = (role: string): RolePeers => {
    const known = roles.get(role);
    if (known !== undefined) return known;
    if (roles.size >= rolesMax) return peersOf(everybody);
    const fresh: RolePeers = {
      at: 0,
      peers: { session: [], "agent-day": [] },
      rates: trials.map(() => emptyRate),
    };
    for (const process of windowKinds) {
      fresh.peers[process] = byProcess[process].filter(isCount).map(() => emptyPeers);
    }
    roles.set(role, fresh);
    return fresh;
  };
  const priorOf = (process: WindowKind, dimension: number, role: string): PeerHistory => {
    const all = peersOf(everybody).peers[process][dimension] ?? emptyPeers;
    if (role === everybody) return all;
    const own = peersOf(role).peers[process][dimension] ?? emptyPeers;
    return toppedUp(own, all);
  };
  const learnRole = (role: string, lesson: Lesson): void => {
    const entry = peersOf(role);
    const keep = entry.at === 0 ? 1 : 2 ** (-Math.max(0, lesson.at - entry.at) / halfLifeMs);
    const { process, dimension } = lesson;
    const before = entry.peers[process][dimension] ?? emptyPeers;
    entry.peers[process][dimension] = learnPeers(before, lesson.own, lesson.count, keep);
    if (dimension === entry.peers[process].length - 1) entry.at = Math.max(entry.at, lesson.at);
  };

  /** Forgets by questions, not by time: a rate is a share, whatever the volume. */
  const learnRoleRate = (role: string, trial: number, { asked, yes }: Answer): void => {
    const { rates } = peersOf(role);
    const before = rates[trial] ?? emptyRate;
    const keep = before.asked > peerQuestionsMax ? 1 - asked / before.asked : 1;
    rates[trial] = learnRate(before, asked, yes, Math.max(0, keep));
  };

  const rateOf = (role: string, trial: number): RateHistory => {
    const all = peersOf(everybody).rates[trial] ?? emptyRate;
    if (role === everybody) return all;
    const { asked, yes } = peersOf(role).rates[trial] ?? emptyRate;
    const scale = Math.min(1, sharedQuestions / Math.max(all.asked, 1e-9));
    return { asked: asked + scale * all.asked, yes: yes + scale * all.yes };
  };

  peersOf(everybody);
  return {
    rateOf,
    of: peersOf,
    priorOf,
    learn: learnRole,
    learnRate: learnRoleRate,
    all: roles,
  };
}

const isCount = ({ form }: Dimension): boolean => form !== "trial";

/** `own` plus everybody's sums, scaled to at most `sharedWindows` windows. */
function toppedUp(own: PeerHistory, all: PeerHistory): PeerHistory {
  const scale = Math.min(1, sharedWindows / Math.max(all.windows, 1e-9));
  return {
    windows: own.windows + scale * all.windows,
    sum: own.sum + scale * all.sum,
    excess: own.excess + scale * all.excess,
    square: own.square + scale * all.square,
    between: own.between + scale * all.between,
    betweenSquare: own.betweenSquare + scale * all.betweenSquare,
  };
}
