/**
 * Recalibration of a model's p-values by the population: where the randomised p of closed windows is not
 * uniform, the empirical distribution replaces the nominal one. The body by a histogram of p, the tail beyond
 * p = 0.1 by peaks over threshold. In nats of surprise throughout.
 *
 * A window teaches the mean over all values of its fuzzy p: what is learnt hangs on no lot.
 */
import {
  type ExceedanceTail,
  emptyTail,
  fitTail,
  learnTailFuzzy,
  type TailFit,
  type TailPrior,
  tailSurprise,
} from "./exceedance-tail.ts";
import { type FuzzyP, shareWithin } from "./fuzzy-p.ts";

/** Bins of p between `tailP` and 1. */
const bins = 18;
const tailP = 0.1;
const binWidth = (1 - tailP) / bins;

/** A perfect model's tail is standard exponential; one is expected to be a little worse. */
const prior: TailPrior = {
  level: -Math.log(tailP),
  windows: 100,
  rate: tailP,
  excess: 1.25,
  square: 2.4 * 1.25 * 1.25,
};

export interface Calibration {
  readonly tail: ExceedanceTail;
  /** Windows whose p lay in each bin, from `tailP` upwards; forgetting with the tail. */
  readonly body: readonly number[];
}

export const emptyCalibration: Calibration = {
  tail: emptyTail,
  body: new Array<number>(bins).fill(0),
};

export interface CalibrationFit {
  readonly tail: TailFit;
  /** P(p ≤ upper edge of bin), from `tailP` (index 0) to 1. */
  readonly cumulative: readonly number[];
}

export const fitCalibrationTail = ({ tail }: Calibration): TailFit => fitTail(tail, prior);

export function fitCalibration(calibration: Calibration): CalibrationFit {
  const { body } = calibration;
  const fit = fitCalibrationTail(calibration);
  let counted = 0;
  for (let n = 0; n < bins; n += 1) counted += body[n] ?? 0;
  const total = counted + prior.windows * (1 - tailP);
  const rate = Math.exp(fit.logRate);
  const cumulative = [rate];
  let sum = 0;
  for (let n = 0; n < bins; n += 1) {
    sum += (body[n] ?? 0) + prior.windows * binWidth;
    cumulative.push(rate + ((1 - rate) * sum) / total);
  }
  return { tail: fit, cumulative };
}

/** −ln of the calibrated p that a model's surprise stands for. */
export function calibratedSurprise(surprise: number, fit: CalibrationFit): number {
  if (surprise >= fit.tail.level) return tailSurprise(surprise, fit.tail);
  const place = (Math.exp(-surprise) - tailP) / binWidth;
  const bin = Math.min(bins - 1, Math.floor(place));
  const low = fit.cumulative[bin] ?? 0;
  const high = fit.cumulative[bin + 1] ?? 1;
  return -Math.log(Math.min(1, low + (high - low) * (place - bin)));
}

/** The calibration after one closed window; `fit` is of its tail before. */
export function learnCalibration(
  { tail, body }: Calibration,
  p: FuzzyP,
  fit: TailFit,
): Calibration {
  const learnt = learnTailFuzzy(tail, p, fit);
  const keep = tail.windows === 0 ? 1 : (learnt.windows - 1) / tail.windows;
  const after = body.map((count, n) => {
    const edge = tailP + n * binWidth;
    return count * keep + shareWithin(p, edge, edge + binWidth);
  });
  return { tail: learnt, body: after };
}
