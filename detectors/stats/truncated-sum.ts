/**
 * Several p-values together, only those counted that are small: the truncated product method. Zaykin,
 * Zhivotovsky, Westfall and Weir 2002, "Truncated product method for combining P-values", for independent ones;
 * where they depend on each other its answer is a statistic that still needs calibration.
 */

/** Surprise from which on a p-value counts, −ln 0.1. */
export const countedSurpriseMin = Math.LN10;
const countedShare = 0.1;

/**
 * −ln P(S ≥ sum) for S the sum of those among `of` independent standard exponential surprises that are at least
 * `countedSurpriseMin`: given k of them, S − k·min is gamma distributed with shape k. Nats; 0 for sum ≤ 0.
 */
export function truncatedSumSurprise(sum: number, of: number): number {
  if (sum <= 0) return 0;
  let p = 0;
  let choices = 1;
  for (let k = 1; k <= of; k += 1) {
    choices *= (of - k + 1) / k;
    const chance = choices * countedShare ** k * (1 - countedShare) ** (of - k);
    p += chance * gammaTail(k, Math.max(0, sum - k * countedSurpriseMin));
  }
  return -Math.log(Math.min(1, p));
}

/** P(X ≥ x) for X gamma distributed with whole shape k and scale 1: e^(−x) Σ_{i<k} x^i / i!. */
function gammaTail(k: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let i = 1; i < k; i += 1) {
    term *= x / i;
    sum += term;
  }
  return Math.exp(-x) * sum;
}
