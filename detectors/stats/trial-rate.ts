/**
 * How often one agent's ordinary work answers a question with yes: a beta–binomial mean, the peers' rate as
 * prior. Gelman et al. 2013, 2.4.
 */

/** Sums that forget exponentially. */
export interface RateHistory {
  readonly asked: number;
  readonly yes: number;
}

export const emptyRate: RateHistory = { asked: 0, yes: 0 };

/** Questions that the peers' rate is worth in the agent's. */
const peerQuestions = 30;
/** Before anybody was asked: one yes in four, worth four questions. */
const priorRate = 0.25;
const priorQuestions = 4;
/** A rate is never taken as further from the middle than this. */
const rateMin = 0.002;
const rateMax = 0.98;
/** Standard errors of the rate that an agent is given beyond its estimate. */
const marginErrors = 0.5;

function peerRate({ asked, yes }: RateHistory): number {
  return (yes + priorRate * priorQuestions) / (asked + priorQuestions);
}

/** Sums over closed windows of all agents that tell how far windows differ beyond chance. */
export interface RateSpread {
  /** Σ (yes − n q)² − n q (1 − q). */
  readonly excess: number;
  /** Σ n (n − 1) q (1 − q). */
  readonly pairs: number;
}

export const emptySpread: RateSpread = { excess: 0, pairs: 0 };

/** Correlation of two answers of one window before anything is known, and the pairs that this is worth. */
const priorCorrelation = 0.08;
const priorPairs = 100;
const correlationMin = 0.01;
const correlationMax = 0.6;
/** Windows after which the past begins to be forgotten, as a share per window. */
const spreadForgets = 1 / 20_000;

/** κ = 1/ρ − 1 with ρ by moments: Var(yes) = n q (1 − q) (1 + (n − 1) ρ). */
export function questionsOf({ excess, pairs }: RateSpread): number {
  const raw = (excess + priorCorrelation * priorPairs) / (pairs + priorPairs);
  return 1 / Math.min(correlationMax, Math.max(correlationMin, raw)) - 1;
}

/** Questions of one window that count for the spread: beyond them it would outweigh all others. */
const spreadQuestionsMax = 60;

export function learnSpread(
  spread: RateSpread,
  asked: number,
  yes: number,
  rate: number,
): RateSpread {
  if (asked < 2) return spread;
  const n = Math.min(asked, spreadQuestionsMax);
  const chance = n * rate * (1 - rate);
  const deviation = n * (yes / asked - rate);
  const keep = 1 - spreadForgets;
  return {
    excess: spread.excess * keep + deviation * deviation - chance,
    pairs: spread.pairs * keep + (n - 1) * chance,
  };
}

/** Questions of an agent's own that weigh as much in its rate as the peers do. */
export const priorQuestionsOf = (peers: RateHistory): number =>
  Math.min(peerQuestions, peers.asked + priorQuestions);

/** The rate that a window is held against, a little above the estimate while that is uncertain. */
export function ordinaryRate(own: RateHistory, peers: RateHistory): number {
  const questions = own.asked + priorQuestionsOf(peers);
  const peerShare = questions - own.asked;
  const rate = (own.yes + peerShare * peerRate(peers)) / questions;
  const error = Math.sqrt((rate * (1 - rate)) / questions);
  return Math.min(rateMax, Math.max(rateMin, rate + marginErrors * error));
}

/** Standard deviations above its expectation up to which a window's yes are learnt. */
const lessonErrors = 4;

/** What of `yes` out of `asked` may be learnt: an attack moves a rate little, a lasting change within days. */
export function lessonOf(asked: number, yes: number, rate: number): number {
  const spread = Math.sqrt(asked * rate * (1 - rate) * (1 + asked / peerQuestions));
  return Math.min(yes, asked * rate + lessonErrors * spread);
}

export function learnRate(
  past: RateHistory,
  asked: number,
  yes: number,
  keep: number,
): RateHistory {
  return {
    asked: Math.fround(past.asked * keep + asked),
    yes: Math.fround(past.yes * keep + yes),
  };
}
