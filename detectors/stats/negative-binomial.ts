/**
 * The negative binomial distribution by mean and size: variance = mean + mean² / size. A Poisson count whose
 * rate is itself gamma distributed, which is what support work looks like. `size` → ∞ is the Poisson limit.
 */

import { logIncompleteBeta } from "./incomplete-beta.ts";

export interface CountModel {
  /** Expected count, > 0. */
  readonly mean: number;
  /** Shape of the gamma rate, > 0; small = bursty. */
  readonly size: number;
}

/** Stands for the Poisson limit: ln of the tail agrees with it to 1e-5 for means up to 50. */
const sizeMax = 1e7;

/**
 * ln P(X ≥ count): regularised incomplete beta I_{mean/(mean+size)}(count, size), in log space. Relative
 * error of the logarithm below 1e-10 for counts up to 1e5. Johnson, Kemp, Kotz 2005, 5.6.
 */
export function logUpperTail(count: number, { mean, size }: CountModel): number {
  if (count <= 0) return 0;
  const bounded = Math.min(size, sizeMax);
  const sum = mean + bounded;
  return logIncompleteBeta(mean / sum, bounded / sum, count, bounded);
}

/** Smallest count x with P(X > x) ≤ `upper`, 0 < upper < 1; about 25 tail evaluations. */
export function upperQuantile(upper: number, model: CountModel): number {
  const target = Math.log(upper);
  let high = Math.max(1, Math.ceil(model.mean));
  while (logUpperTail(high + 1, model) > target) high *= 2;
  let low = -1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (logUpperTail(middle + 1, model) > target) low = middle;
    else high = middle;
  }
  return high;
}

/** Central interval that holds `coverage` (0 to 1) of the predicted counts. */
export function centralInterval(coverage: number, model: CountModel): [number, number] {
  const tail = (1 - coverage) / 2;
  return [upperQuantile(1 - tail, model), upperQuantile(tail, model)];
}
