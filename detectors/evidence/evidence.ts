/**
 * Counts of one open window → evidence against "this is this agent's ordinary work".
 *
 * Why the evidence may be looked at after every event. Let F be a window's final count in one dimension and
 * f the calibrator. A count only grows, so the running p is never below the final one, and
 * f(p_t) ≤ f(p_F): the running evidence is dominated by the martingale E[f(p_F) | events up to t], whose
 * start is E f(p_F) ≤ 1. Sums with fixed weights Σ w ≤ 1 keep that, so by Ville P(sup_t M_t ≥ c) ≤ 1/c
 * however often one looks. The model, the threshold and the level of the stake are fixed when the window
 * opens; the tail is the population's.
 */
import { surprise } from "../stats/count-surprise.ts";
import { boundedSurprise, mixtureEvidence, stakedEvidence } from "../stats/evidence-value.ts";
import { calibratedSurprise, type TailFit } from "../stats/exceedance-tail.ts";
import type { CountModel } from "../stats/negative-binomial.ts";
import type { Dimension } from "./dimension.ts";

/** One dimension of a window as it stands. */
export interface Reading {
  /** −ln of the calibrated p, nats. */
  readonly surprise: number;
  /** Its share of the window's evidence: weight × e. */
  readonly evidence: number;
}

export const quiet: Reading = { surprise: 0, evidence: 0 };

/**
 * Whether a count can be taken as unremarkable without its tail: below mean + 2 standard deviations p is
 * above 0.02 for every negative binomial, and evidence that small may be left out (less evidence is valid).
 */
export function isQuiet(count: number, { mean, size }: CountModel): boolean {
  const above = count - mean;
  return above <= 0 || above * above < 4 * (mean + (mean * mean) / size);
}

/** Reads one dimension at `count`; `threshold` = c of the process, fixed when the window opened. */
export function readDimension(
  count: number,
  model: CountModel,
  fit: TailFit,
  at: { readonly dimension: Dimension; readonly threshold: number },
): Reading {
  const nats = boundedSurprise(calibratedSurprise(surprise(count, model), fit));
  const { weight } = at.dimension;
  const alpha = Math.min(1, weight / (2 * at.threshold));
  return { surprise: nats, evidence: weight * stakedEvidence(nats, alpha) };
}

/** The e-value of one closed dimension for the product over sessions: the mixture alone, no stake. */
export function closedEvidence(count: number, model: CountModel, fit: TailFit): number {
  return mixtureEvidence(boundedSurprise(calibratedSurprise(surprise(count, model), fit)));
}

/** Share of what an agent-week has won that is put on its next session. */
const bettingFraction = 0.3;

/** M ← M · (1 − λ + λ e): a supermartingale while E e ≤ 1. Waudby-Smith and Ramdas 2024. */
export function bet(wealth: number, evidence: number): number {
  return wealth * (1 - bettingFraction + bettingFraction * evidence);
}
