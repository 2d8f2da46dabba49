/**
 * Counts of one open window → evidence against "this is this agent's ordinary work".
 *
 * 1. Each dimension: count → conservative p by the window's model → calibrated by the population → e by the
 *    mixture calibrator.
 * 2. Fused with fixed weights over all detectors: M = Σ w e. E M ≤ 1 under ordinary work.
 * 3. M itself is a statistic with a tail that the population shows. The dimensions of one window depend on
 *    each other, so Markov's 1/M gives most of the budget away; P(M ≥ m) over closed windows does not. That
 *    p becomes the window's e-value, most of its stake on the level at which the budget bites.
 *
 * Why it may be looked at after every event. A count only grows, so p_t of every dimension only falls, M_t
 * only grows, and the running e_t never exceeds the final e_F: it is dominated by the martingale
 * E[e_F | events up to t], whose start is at most 1, and by Ville P(sup_t e_t ≥ c) ≤ 1/c however often one
 * looks. Models, threshold and level are fixed when the window opens.
 */
import { type CalibrationFit, calibratedSurprise } from "../stats/calibration.ts";
import { surprise } from "../stats/count-surprise.ts";
import {
  boundedSurprise,
  mixtureEvidence,
  stakedEvidence,
  stakeLevel,
} from "../stats/evidence-value.ts";
import { type TailFit, tailSurprise } from "../stats/exceedance-tail.ts";
import type { CountModel } from "../stats/negative-binomial.ts";
import type { TrialState } from "../stats/trial-wealth.ts";
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

/** Reads one dimension of fixed `weight` at `count`. */
export function readDimension(
  count: number,
  model: CountModel,
  fit: CalibrationFit,
  weight: number,
): Reading {
  const nats = boundedSurprise(calibratedSurprise(surprise(count, model), fit));
  return { surprise: nats, evidence: weight * mixtureEvidence(nats) };
}

/** Best ln wealth below which a trial is not worth reading: its p is above 1/2. */
const trialSurpriseMin = Math.LN2;

/**
 * Reads a trial. By Ville P(sup wealth ≥ c) ≤ 1/c, so the best ln wealth is a surprise like −ln p; sessions
 * differ in their share of yes by more than chance, which is what the population's calibration is for.
 */
export function readTrial({ best }: TrialState, fit: CalibrationFit, weight: number): Reading {
  if (best < trialSurpriseMin) return quiet;
  const nats = boundedSurprise(calibratedSurprise(best, fit));
  return { surprise: nats, evidence: weight * mixtureEvidence(nats) };
}

/** The e-value of one closed dimension, for the bets of an agent-week. */
export function closedEvidence(count: number, model: CountModel, fit: CalibrationFit): number {
  return readDimension(count, model, fit, 1).evidence;
}

/** The e-value of one closed trial, likewise. */
export function closedTrialEvidence({ best }: TrialState, fit: CalibrationFit): number {
  return mixtureEvidence(boundedSurprise(calibratedSurprise(best, fit)));
}

/** M without bets: the fixed-weight sum over all dimensions. */
export function fuse(readings: readonly Reading[]): number {
  return readings.reduce((sum, reading) => sum + reading.evidence, 0);
}

/** ln M, never below 0: evidence that has not won is none. */
export function logWon(evidence: number): number {
  return Math.log(Math.max(1, evidence));
}

/** Behaviours less surprising than p = 0.1 are left out of the joint surprise. */
const jointSurpriseMin = Math.LN10;

/**
 * Several behaviours that are each a little unusual: the sum over behaviours of the largest surprise among
 * their dimensions, those with p ≤ 0.1 (truncated product, Zaykin et al. 2002). Behaviours depend on each
 * other, so its tail is taken from the population's closed windows and never from theory.
 */
export function jointSurprise(
  dimensions: readonly Dimension[],
  readings: readonly Reading[],
): number {
  const highest: number[] = [];
  for (const [n, { behaviour }] of dimensions.entries()) {
    const { surprise: nats } = readings[n] ?? quiet;
    if (nats >= jointSurpriseMin) highest[behaviour] = Math.max(highest[behaviour] ?? 0, nats);
  }
  return highest.reduce((sum, nats) => sum + nats, 0);
}

/** The two ways in which a window's dimensions are taken together. */
export interface Fusion {
  /** ln M: one behaviour that is very unusual. */
  readonly fused: number;
  /** Several that are unusual at once. Nats. */
  readonly joint: number;
}

/** How many ways there are; each has an equal part of the window's stake. */
const fusions = 2;

/** The e-value of a window, to be compared with `threshold`. */
export function windowEvidence(
  { fused, joint }: Fusion,
  fits: { readonly fused: TailFit; readonly joint: TailFit },
  threshold: number,
): number {
  const level = stakeLevel(fusions * threshold);
  const evidenceOf = (value: number, fit: TailFit) =>
    value <= 0 || value < fit.level
      ? 0
      : stakedEvidence(boundedSurprise(tailSurprise(value, fit)), level);
  return (evidenceOf(fused, fits.fused) + evidenceOf(joint, fits.joint)) / fusions;
}

/** Share of what an agent-week has won that is put on its next session. */
const bettingFraction = 0.3;

/** M ← M · (1 − λ + λ e): a supermartingale while E e ≤ 1. Waudby-Smith and Ramdas 2024. */
export function bet(wealth: number, evidence: number): number {
  return wealth * (1 - bettingFraction + bettingFraction * evidence);
}
