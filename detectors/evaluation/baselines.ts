/**
 * What a simple alerter would have done with as many alerts: each ranks the agent-days by a score, and those of
 * the test period with the highest scores are its alerts, citing what the agent exposed on that day. They are
 * favoured: they rank the whole test period at once, which nobody can do while it runs.
 */
import {
  type CountHistory,
  emptyHistory,
  emptyPeers,
  learnOwn,
  learnPeers,
  predict,
} from "../stats/count-baseline.ts";
import { surprise } from "../stats/count-surprise.ts";
import type { AgentDay } from "./agent-days.ts";

/** The score of each agent-day, aligned with the days; given and scored by day. */
type Scorer = (days: readonly AgentDay[]) => readonly number[];

/** Distinct subjects of the day. */
const staticThreshold: Scorer = (days) => days.map(({ subjects }) => subjects);

/** Days that everybody's mean and variance are worth in an agent's: a first day is not infinitely odd. */
const priorDays = 3;

interface Moments {
  days: number;
  sum: number;
  squares: number;
}

const noMoments = (): Moments => ({ days: 0, sum: 0, squares: 0 });

function noteCount(moments: Moments, count: number): void {
  moments.days += 1;
  moments.sum += count;
  moments.squares += count * count;
}

/** Subjects of the day in standard deviations above the mean of the agent's earlier days. */
const zScore: Scorer = (days) => {
  const all = noMoments();
  const byAgent = new Map<string, Moments>();
  return days.map(({ agent, subjects }) => {
    const own = byAgent.get(agent) ?? noMoments();
    byAgent.set(agent, own);
    const share = priorDays / Math.max(all.days, 1);
    const weight = own.days + share * all.days;
    const mean = weight === 0 ? subjects : (own.sum + share * all.sum) / weight;
    const square = weight === 0 ? 0 : (own.squares + share * all.squares) / weight;
    const score = (subjects - mean) / Math.sqrt(Math.max(square - mean * mean, 1));
    noteCount(own, subjects);
    noteCount(all, subjects);
    return score;
  });
};

/** Weight of the newest day. Roberts 1959 has 0.05 to 0.3 as usual. */
const ewmaWeight = 0.2;

/** Subjects of the day in standard deviations above an exponentially weighted mean of the agent's days. */
const ewma: Scorer = (days) => {
  const byAgent = new Map<string, { mean: number; variance: number }>();
  const all = noMoments();
  return days.map(({ agent, subjects }) => {
    const before = all.days === 0 ? subjects : all.sum / all.days;
    const spread = all.days === 0 ? 1 : all.squares / all.days - before * before;
    const own = byAgent.get(agent) ?? { mean: before, variance: spread };
    const deviation = subjects - own.mean;
    const score = deviation / Math.sqrt(Math.max(own.variance, 1));
    byAgent.set(agent, {
      mean: own.mean + ewmaWeight * deviation,
      variance: (1 - ewmaWeight) * (own.variance + ewmaWeight * deviation * deviation),
    });
    noteCount(all, subjects);
    return score;
  });
};

/** Surprise at the day's first touches under a negative binomial of the agent's past with its peers as prior. */
const firstTouches: Scorer = (days) => {
  const byAgent = new Map<string, CountHistory>();
  let peers = emptyPeers;
  return days.map(({ agent, firstTouches: count }) => {
    const own = byAgent.get(agent) ?? emptyHistory;
    const model = predict(own, peers);
    byAgent.set(agent, learnOwn(own, count, model.mean, 1));
    peers = learnPeers(peers, own, count, 1);
    return surprise(count, model);
  });
};

export const baselines: Readonly<Record<string, Scorer>> = {
  "static threshold": staticThreshold,
  "z-score": zScore,
  EWMA: ewma,
  "NB on first touches": firstTouches,
};

/** The `alerts` agent-days with the highest scores among those that `isTest` admits, highest first. */
export function topDays(
  days: readonly AgentDay[],
  scorer: Scorer,
  { alerts, isTest }: { readonly alerts: number; readonly isTest: (day: AgentDay) => boolean },
): AgentDay[] {
  const scores = scorer(days);
  return days
    .map((day, n) => ({ day, score: scores[n] ?? 0 }))
    .filter(({ day }) => isTest(day))
    .sort((a, b) => b.score - a.score)
    .slice(0, alerts)
    .map(({ day }) => day);
}
