/**
 * A lasting change for the worse, of one count or one share: three CUSUMs at once, each the logarithm of a
 * likelihood ratio that every day adds to and that never falls below 0. Page 1954; Lorden 1971. As an e-detector
 * its mean time to reach ln c is at least c days under ordinary work: Shin, Ramdas and Rinaldo 2022.
 */
import type { CountModel } from "./negative-binomial.ts";

/** By which the mean of a count is larger, one for each CUSUM. */
const meanFactors = [2, 4, 10] as const;
export const drifts = meanFactors.length;
/** What one day may add. Nats: a single day is judged as a day, a drift has to last. */
const gainMax = 2.5;

export interface Drift {
  /** ln of each CUSUM, ≥ 0. */
  readonly logs: number[];
  /** Since the last day on which all of them were 0. */
  days: number;
  observed: number;
  expected: number;
  /** Of what was observed, if it comes as expected. */
  variance: number;
  /** Questions of a trial; 0 for a count. */
  asked: number;
}

export const newDrift = (): Drift => ({
  logs: new Array<number>(drifts).fill(0),
  days: 0,
  observed: 0,
  expected: 0,
  variance: 0,
  asked: 0,
});

/** ln NB(x; f·mean, size) − ln NB(x; mean, size) for each factor f. */
export function countGains(count: number, { mean, size }: CountModel): number[] {
  return meanFactors.map(
    (factor) =>
      count * Math.log(factor) - (count + size) * Math.log((size + factor * mean) / (size + mean)),
  );
}

/** What one day adds to a drift, besides its gains. */
export type DriftDay = Pick<Drift, "observed" | "expected" | "variance" | "asked">;

/** Carries a day into the drift; by how much its surprise grew. Nats. */
export function driftOn(drift: Drift, gains: readonly number[], day: DriftDay): number {
  const before = driftSurprise(drift);
  for (let n = 0; n < drifts; n += 1) {
    const gain = Math.min(gainMax, gains[n] ?? 0);
    drift.logs[n] = Math.fround(Math.max(0, (drift.logs[n] ?? 0) + gain));
  }
  const after = driftSurprise(drift);
  if (after === 0) Object.assign(drift, newDrift());
  else addDay(drift, day);
  return after - before;
}

function addDay(drift: Drift, { observed, expected, variance, asked }: DriftDay): void {
  drift.days += 1;
  drift.observed = Math.fround(drift.observed + observed);
  drift.expected = Math.fround(drift.expected + expected);
  drift.variance = Math.fround(drift.variance + variance);
  drift.asked = Math.fround(drift.asked + asked);
}

/** ln of the mean of the CUSUMs; 0: none has won anything. */
export function driftSurprise({ logs }: Drift): number {
  let sum = 0;
  for (const log of logs) sum += Math.exp(log);
  return Math.log(sum / drifts);
}
