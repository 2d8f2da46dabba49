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

/** The rate that a window is held against, a little above the estimate while that is uncertain. */
export function ordinaryRate(own: RateHistory, peers: RateHistory): number {
  const questions = own.asked + Math.min(peerQuestions, peers.asked + priorQuestions);
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
