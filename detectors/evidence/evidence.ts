/**
 * Counts of one open window → evidence against "this is this agent's ordinary work".
 *
 * 1. Each dimension: a count's conservative p, or a trial's best wealth, calibrated by the population.
 * 2. Taken together in two ways: M = Σ w e with fixed weights, and the truncated product of the aspects, each
 *    of which is the truncated product of its behaviours.
 * 3. The dimensions of one window depend on each other, so theory would give most of the budget away or
 *    overspend it. Both ways, and the better of them, are statistics whose tails the population's closed
 *    windows show; that p becomes the window's e-value, most of its stake on the level at which the budget
 *    bites.
 *
 * Why it may be looked at after every event. A count and a best wealth only grow, so every surprise only
 * grows, both ways of taking them together do, and the running e_t never exceeds the final e_F: if the tails
 * are right, P(sup_t e_t ≥ c) = P(e_F ≥ c) ≤ 1/c by Markov, however often one looks. Models and threshold are
 * fixed when the window opens; that the learnt tails are right is measured, not proven.
 */

import { type Aspect, aspects } from "../detector.ts";
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
import { countedSurpriseMin, truncatedSumSurprise } from "../stats/truncated-sum.ts";
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

/** Whether a trial can be taken as unremarkable without its tail. */
export const isQuietTrial = ({ best }: TrialState): boolean => best < trialSurpriseMin;

/**
 * Reads a trial. By Ville P(sup wealth ≥ c) ≤ 1/c, so the best ln wealth is a surprise like −ln p; sessions
 * differ in their share of yes by more than chance, which is what the population's calibration is for.
 */
export function readTrial(trial: TrialState, fit: CalibrationFit, weight: number): Reading {
  if (isQuietTrial(trial)) return quiet;
  const nats = boundedSurprise(calibratedSurprise(trial.best, fit));
  return { surprise: nats, evidence: weight * mixtureEvidence(nats) };
}

/** Reads a drift whose best CUSUM stands at ln `surprise`; long after a change each is about exponential. */
export function readDrift(surprise: number, fit: CalibrationFit, weight: number): Reading {
  if (surprise < trialSurpriseMin) return quiet;
  const nats = boundedSurprise(calibratedSurprise(surprise, fit));
  return { surprise: nats, evidence: weight * mixtureEvidence(nats) };
}

/** M without bets: the fixed-weight sum over all dimensions. */
export function fuse(readings: readonly Reading[]): number {
  return readings.reduce((sum, reading) => sum + reading.evidence, 0);
}

/** ln M, never below 0: evidence that has not won is none. */
export function logWon(evidence: number): number {
  return Math.log(Math.max(1, evidence));
}

/** What one window says of each aspect. Nats. */
export type AspectSums = Readonly<Record<Aspect, number>>;

/**
 * Several behaviours of one aspect that are each a little unusual: the truncated product of the largest surprise
 * of each. Behaviours of one aspect depend on each other, so the tail is taken from the population's closed
 * windows and not from theory.
 */
export function aspectSums(
  dimensions: readonly Dimension[],
  readings: readonly Reading[],
): AspectSums {
  const highest: number[] = [];
  const sums: Record<Aspect, number> = { presence: 0, amount: 0, reason: 0 };
  for (let n = 0; n < readings.length; n += 1) {
    const nats = readings[n]?.surprise ?? 0;
    const dimension = dimensions[n];
    if (nats < countedSurpriseMin || dimension === undefined) continue;
    const before = highest[dimension.behaviour] ?? 0;
    highest[dimension.behaviour] = Math.max(before, nats);
    sums[dimension.aspect] += Math.max(0, nats - before);
  }
  for (const aspect of aspects) {
    if (sums[aspect] === 0) continue;
    sums[aspect] = truncatedSumSurprise(sums[aspect], behavioursOf(dimensions, aspect));
  }
  return sums;
}

function behavioursOf(dimensions: readonly Dimension[], aspect: Aspect): number {
  const behaviours = new Set<number>();
  for (const one of dimensions) if (one.aspect === aspect) behaviours.add(one.behaviour);
  return behaviours.size;
}

/** Whether any dimension is remarkable at all; if none is, no way of taking them together alarms. */
export function isRemarkable(readings: readonly Reading[]): boolean {
  return readings.some(({ surprise: nats }) => nats >= countedSurpriseMin);
}

/** A window's evidence before it is compared with other windows. */
export interface Fusion {
  /** ln M: one behaviour that is very unusual. */
  readonly fused: number;
  readonly aspects: AspectSums;
}

export function fusionOf(dimensions: readonly Dimension[], readings: readonly Reading[]): Fusion {
  return { fused: logWon(fuse(readings)), aspects: aspectSums(dimensions, readings) };
}

/**
 * The population's tails: of ln M; of each aspect; of the joint surprise, the truncated product of the aspects;
 * and of the more surprising of ln M and joint surprise.
 */
export const tails = ["fused", ...aspects, "conduct", "joint", "best"] as const;
export type Tail = (typeof tails)[number];
export type FusionFits = Readonly<Record<Tail, TailFit>>;

/** What a window lays in each tail, in the unit of that tail. */
export function tailValues(
  { fused, aspects: sums }: Fusion,
  fits: FusionFits,
): Record<Tail, number> {
  const presence = surpriseOf(sums.presence, fits.presence);
  const conduct = together(
    surpriseOf(sums.amount, fits.amount),
    surpriseOf(sums.reason, fits.reason),
  );
  const joint = together(presence, surpriseOf(conduct, fits.conduct));
  const best = Math.max(surpriseOf(fused, fits.fused), surpriseOf(joint, fits.joint));
  return { fused, ...sums, conduct, joint, best };
}

/** The truncated product of two surprises. */
function together(one: number, other: number): number {
  const counted = (nats: number) => (nats >= countedSurpriseMin ? nats : 0);
  return truncatedSumSurprise(counted(one) + counted(other), 2);
}

/** 0: not in the tail. */
function surpriseOf(value: number, fit: TailFit): number {
  return value <= 0 || value < fit.level ? 0 : boundedSurprise(tailSurprise(value, fit));
}

/** −ln p of the window as a whole: how rare so high a best surprise is among all windows. */
export function windowSurprise(fusion: Fusion, fits: FusionFits): number {
  return surpriseOf(tailValues(fusion, fits).best, fits.best);
}

/** The e-value of a window, to be compared with `threshold`. */
export function windowEvidence(fusion: Fusion, fits: FusionFits, threshold: number): number {
  const nats = windowSurprise(fusion, fits);
  return nats === 0 ? 0 : stakedEvidence(nats, stakeLevel(threshold));
}
