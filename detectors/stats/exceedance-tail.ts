/**
 * The tail of a statistic as the population really shows it: peaks over a fixed level, refitted as a
 * generalised Pareto distribution (Pickands 1975; moment fit of Hosking and Wallis 1987),
 * P(S > s) = ζ (1 + ξ (s − u)/σ)^(−1/ξ) for s ≥ u.
 *
 * A fitted model's tail is a guess; that of ten thousand closed windows is not. Extrapolation beyond them
 * keeps the shape, and ξ > 0 makes it modest.
 */

import { z } from "zod";
import { type FuzzyP, isCertain } from "./fuzzy-p.ts";

/** What the tail is taken to be before any window is seen, worth `windows` windows. */
export interface TailPrior {
  readonly level: number;
  readonly windows: number;
  readonly rate: number;
  /** E[excess] and E[excess²]. */
  readonly excess: number;
  readonly square: number;
  /** Where the statistic is itself a calibrated surprise its tail is exponential, and so is taken to be. */
  readonly isExponential?: boolean;
  /** What the scale never falls below, however the windows lie; in the unit of the statistic. Absent: 0. */
  readonly scaleMin?: number;
}

export interface ExceedanceTail {
  /** Windows seen, forgetting beyond `windowsMax`. */
  readonly windows: number;
  readonly exceeding: number;
  /** Σ (s − u) and Σ (s − u)² of those above u. */
  readonly excess: number;
  readonly excessSquare: number;
}

export const tailSchema = z.object({
  windows: z.number(),
  exceeding: z.number(),
  excess: z.number(),
  excessSquare: z.number(),
});

export const emptyTail: ExceedanceTail = { windows: 0, exceeding: 0, excess: 0, excessSquare: 0 };

export interface TailFit {
  readonly level: number;
  readonly logRate: number;
  readonly scale: number;
  readonly shape: number;
}

const shapeMax = 0.4;
const shapeMin = 0.02;
/** Scales of the tail that are always learnt, were it ever so thick. */
const cutMin = 1;
/** Windows after which the past begins to be forgotten. */
const windowsMax = 6_000;
/** A window of which the tail as fitted says that it is rarer than 1 in 1,000 teaches it nothing. */
const lessonSurpriseMax = 3 * Math.LN10;

/** What a standard exponential keeps of its mass, mean and mean square below `k`. */
function keptBelow(k: number) {
  const beyond = Math.exp(-k);
  const mass = 1 - beyond;
  return { mass, mean: mass - k * beyond, square: 2 * mass - (k * k + 2 * k) * beyond };
}

/**
 * Rate, scale and shape by moments, shrunk to the prior. What lies beyond the cut is not told; an exponential
 * tail's share of it is added back, so under ordinary work the fit is the same, and a few attacks, however
 * large, do not widen the tail that they are held against.
 */
export function fitTail(tail: ExceedanceTail, prior: TailPrior): TailFit {
  const priorExceeding = prior.windows * prior.rate;
  const rate = (tail.exceeding + priorExceeding) / (tail.windows + prior.windows);
  const kept = keptBelow(Math.max(cutMin, lessonSurpriseMax + Math.log(rate)));
  const exceeding = tail.exceeding / kept.mass + priorExceeding;
  const mean = (tail.excess / kept.mean + priorExceeding * prior.excess) / exceeding;
  const square =
    ((2 * tail.excessSquare) / kept.square + priorExceeding * prior.square) / exceeding;
  const ratio = (mean * mean) / Math.max(square - mean * mean, 1e-9);
  const isExponential = prior.isExponential ?? false;
  const shape = isExponential ? shapeMin : Math.min(shapeMax, Math.max(shapeMin, (1 - ratio) / 2));
  return {
    level: prior.level,
    logRate: Math.log(exceeding / (tail.windows + prior.windows)),
    scale: Math.max(prior.scaleMin ?? 0, mean * (1 - shape)),
    shape,
  };
}

/** −ln P(S > value) for value ≥ level. */
export function tailSurprise(value: number, { level, logRate, scale, shape }: TailFit): number {
  return Math.log1p((shape * Math.max(0, value - level)) / scale) / shape - logRate;
}

/** The value whose tail surprise is `surprise`; inverse of the above, at least the level. */
function tailValue(surprise: number, { level, logRate, scale, shape }: TailFit): number {
  return level + (scale * Math.expm1(shape * Math.max(0, surprise + logRate))) / shape;
}

/** The tail after one closed window. */
export function learnTail(tail: ExceedanceTail, value: number, fit: TailFit): ExceedanceTail {
  const isKept = value <= tailValue(lessonSurpriseMax, fit);
  return learnTailWhole(tail, isKept ? value : Number.NEGATIVE_INFINITY, fit);
}

/** The tail after a window that was ordinary, however rare. */
export function learnTailWhole(tail: ExceedanceTail, value: number, fit: TailFit): ExceedanceTail {
  const keep = tail.windows >= windowsMax ? 1 - 1 / windowsMax : 1;
  const isAbove = value > fit.level;
  const excess = isAbove ? value - fit.level : 0;
  return {
    windows: tail.windows * keep + 1,
    exceeding: tail.exceeding * keep + (isAbove ? 1 : 0),
    excess: tail.excess * keep + excess,
    excessSquare: tail.excessSquare * keep + excess * excess,
  };
}

/**
 * The tail of −ln p after one closed window: the mean of `learnTail` over all values of the p. The moments are
 * integrals of (−ln p − u)^k, in closed form.
 */
export function learnTailFuzzy(tail: ExceedanceTail, p: FuzzyP, fit: TailFit): ExceedanceTail {
  const { low, high } = p;
  if (isCertain(p)) return learnTail(tail, -Math.log(high), fit);
  const nothing = learnTailWhole(tail, Number.NEGATIVE_INFINITY, fit);
  const from = Math.max(low, Math.exp(-tailValue(lessonSurpriseMax, fit)));
  const to = Math.min(high, Math.exp(-fit.level));
  if (to <= from) return nothing;
  const [above, below] = [integrals(to, fit.level), integrals(from, fit.level)];
  const mean = (moment: keyof typeof above) => (above[moment] - below[moment]) / (high - low);
  return {
    windows: nothing.windows,
    exceeding: nothing.exceeding + mean("exceeding"),
    excess: nothing.excess + mean("excess"),
    excessSquare: nothing.excessSquare + mean("excessSquare"),
  };
}

/** From 0 to `p` > 0, of 1, −ln p − u and its square. */
function integrals(p: number, level: number) {
  const nats = -Math.log(p);
  const excess = nats - level;
  return {
    exceeding: p,
    excess: p * (excess + 1),
    excessSquare: p * (excess * excess + 2 * excess + 2),
  };
}
