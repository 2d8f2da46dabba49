/**
 * Calibration of surprise by what the population really shows.
 *
 * Under a perfect model s = −ln p is standard exponential. Real counts have heavier tails than any fitted
 * negative binomial, so s above a level u is refitted as a generalised Pareto tail (peaks over threshold;
 * Pickands 1975, moment fit of Hosking and Wallis 1987) from all agents' closed windows:
 * P(S > s) = ζ (1 + ξ (s − u)/σ)^(−1/ξ). It may only take surprise away, never add any.
 */

/** −ln 0.1: the level above which the tail is refitted, nats. */
export const exceedanceLevel = Math.LN10;

/** Windows that the starting tail is worth. */
const priorWindows = 100;
const priorRate = 0.12;
const priorExcess = 1.6;
/** E[excess²] of the starting tail: 2.7 mean² means ξ = 0.13. */
const priorSquare = 2.7 * priorExcess * priorExcess;
const shapeMax = 0.45;
const shapeMin = 0.02;
/** Windows after which the past begins to be forgotten. */
const windowsMax = 20_000;
/** What one window may teach is cut where the tail as fitted says 1 in 10,000. */
const lessonSurpriseMax = 9.210_340_371_976_182;

export interface ExceedanceTail {
  /** Windows seen, each weighing 1, forgotten beyond `windowsMax`. */
  readonly windows: number;
  readonly exceeding: number;
  /** Σ (s − u) and Σ (s − u)² of those above u. */
  readonly excess: number;
  readonly excessSquare: number;
}

export const emptyTail: ExceedanceTail = { windows: 0, exceeding: 0, excess: 0, excessSquare: 0 };

export interface TailFit {
  readonly logRate: number;
  readonly scale: number;
  readonly shape: number;
}

/** Rate, scale and shape by moments, shrunk to the starting tail. */
export function fitTail(tail: ExceedanceTail): TailFit {
  const priorExceeding = priorWindows * priorRate;
  const exceeding = tail.exceeding + priorExceeding;
  const mean = (tail.excess + priorExceeding * priorExcess) / exceeding;
  const square = (tail.excessSquare + priorExceeding * priorSquare) / exceeding;
  const ratio = (mean * mean) / Math.max(square - mean * mean, 1e-9);
  const shape = Math.min(shapeMax, Math.max(shapeMin, (1 - ratio) / 2));
  return {
    logRate: Math.log(exceeding / (tail.windows + priorWindows)),
    scale: mean * (1 - shape),
    shape,
  };
}

/** −ln P(S > s) by the fitted tail, never more than `surprise` itself. */
export function calibratedSurprise(surprise: number, fit: TailFit): number {
  if (surprise <= exceedanceLevel) return surprise;
  const stretched = Math.log1p((fit.shape * (surprise - exceedanceLevel)) / fit.scale) / fit.shape;
  return Math.max(0, Math.min(surprise, stretched - fit.logRate));
}

/** The surprise that the fitted tail puts at `calibrated` = −ln P(S > s); inverse of the above. */
function rawSurprise(calibrated: number, fit: TailFit): number {
  const stretched = Math.max(0, calibrated + fit.logRate);
  return exceedanceLevel + (fit.scale * Math.expm1(fit.shape * stretched)) / fit.shape;
}

/** The tail after one closed window of surprise `surprise` (randomised, so that it is continuous). */
export function learnSurprise(tail: ExceedanceTail, surprise: number): ExceedanceTail {
  const keep = tail.windows >= windowsMax ? 1 - 1 / windowsMax : 1;
  const above = surprise > exceedanceLevel;
  const excess = above
    ? Math.min(surprise, rawSurprise(lessonSurpriseMax, fitTail(tail))) - exceedanceLevel
    : 0;
  return {
    windows: tail.windows * keep + 1,
    exceeding: tail.exceeding * keep + (above ? 1 : 0),
    excess: tail.excess * keep + excess,
    excessSquare: tail.excessSquare * keep + excess * excess,
  };
}
