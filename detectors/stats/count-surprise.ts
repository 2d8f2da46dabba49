/**
 * How surprising a count is: s = −ln p, in nats. Three readings of one tail for three uses.
 */
import type { Spread } from "./exceedance-tail.ts";
import { type CountModel, logMass, logUpperTail } from "./negative-binomial.ts";

/** −ln P(X ≥ count): conservative, the only one fit for a threshold. */
export function surprise(count: number, model: CountModel): number {
  return -logUpperTail(count, model);
}

/**
 * −ln of the randomised p = P(X > count) + u · P(X = count), 0 < u < 1: exactly uniform p under the model
 * although counts are discrete, so the right one to measure calibration on. Smyth, Pearson and others.
 */
export function randomisedSurprise(count: number, model: CountModel, u: number): number {
  return -logSum(logUpperTail(count + 1, model), Math.log(u) + logMass(count, model));
}

/** All values that the randomised p can have. */
export const spreadOf = (count: number, model: CountModel): Spread => ({
  low: Math.exp(logUpperTail(count + 1, model)),
  high: Math.exp(logUpperTail(count, model)),
});

/**
 * −ln of the mid-p = P(X > count) + ½ P(X = count): the mean of the randomised p, hence fit for a convex
 * p-to-e calibrator (Jensen) and for nothing else.
 */
export function midSurprise(count: number, model: CountModel): number {
  return randomisedSurprise(count, model, 0.5);
}

/** ln(e^a + e^b). */
function logSum(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(-Math.abs(a - b)));
}
