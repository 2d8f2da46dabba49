/**
 * The counts of one open window (a session or an agent-day) with the models that were fixed when it opened.
 */

import type { Answer } from "../detector.ts";
import type { CalibrationFit } from "../stats/calibration.ts";
import type { CountModel } from "../stats/negative-binomial.ts";
import { newTrial, playTrial, type TrialModel, type TrialState } from "../stats/trial-wealth.ts";
import type { Dimension, Dimensions } from "./dimension.ts";
import {
  isQuiet,
  isQuietTrial,
  quiet,
  type Reading,
  readDimension,
  readTrial,
} from "./evidence.ts";

/** Slice of event time in which peaks are counted; a peak spans two neighbouring slices. */
export const sliceMs = 300_000;

/** The densest two neighbouring slices of one count. */
export interface Peak {
  slice: number;
  current: number;
  previous: number;
  best: number;
  /** The later slice of the best pair. */
  bestSlice: number;
}

export interface WindowModel extends CountModel {
  readonly ownShare: number;
}

export interface Counts {
  readonly totals: number[];
  readonly peaks: Peak[];
  readonly trials: TrialState[];
  /** One per dimension of the process that counts. */
  readonly models: readonly WindowModel[];
  /** One per trial. */
  readonly rates: readonly TrialModel[];
  /** c of the process when the window opened. */
  readonly threshold: number;
  /** Opened before anything was known: its surprise is no lesson about the models. */
  readonly isBlind: boolean;
}

export const newPeak = (): Peak => ({
  slice: 0,
  current: 0,
  previous: 0,
  best: 0,
  bestSlice: 0,
});

export function openCounts(
  { counts, trials }: Dimensions,
  fixed: Pick<Counts, "models" | "rates" | "threshold" | "isBlind">,
): Counts {
  return {
    totals: counts.map(() => 0),
    peaks: counts.map(newPeak),
    trials: trials.map(newTrial),
    ...fixed,
  };
}

/** Adds one event's amounts at event time `at`. A late event counts into the newest slice. */
export function addAmounts(counts: Counts, amounts: readonly number[], at: number): void {
  const slice = Math.floor(at / sliceMs);
  for (let n = 0; n < amounts.length; n += 1) {
    const amount = amounts[n] ?? 0;
    if (amount === 0) continue;
    counts.totals[n] = (counts.totals[n] ?? 0) + amount;
    const peak = counts.peaks[n];
    if (peak !== undefined) addToPeak(peak, amount, slice);
  }
}

function addToPeak(peak: Peak, amount: number, slice: number): void {
  if (slice > peak.slice) {
    peak.previous = slice === peak.slice + 1 ? peak.current : 0;
    peak.current = 0;
    peak.slice = slice;
  }
  peak.current += amount;
  if (peak.current + peak.previous > peak.best) {
    peak.best = peak.current + peak.previous;
    peak.bestSlice = peak.slice;
  }
}

/** Plays one sighting's answers, aligned with the trials. */
export function addAnswers(counts: Counts, answers: readonly (Answer | undefined)[]): void {
  for (let n = 0; n < answers.length; n += 1) {
    const answer = answers[n];
    const trial = counts.trials[n];
    const model = counts.rates[n];
    if (answer === undefined || trial === undefined || model === undefined) continue;
    playTrial(trial, answer, model);
  }
}

/** The trial that a dimension of that form is about. */
export function trialOf(counts: Counts, { count, form }: Dimension): TrialState | undefined {
  return form === "trial" ? counts.trials[count - counts.totals.length] : undefined;
}

/** What was observed: a count, its peak, or how often a trial was answered yes. */
export function countOf(counts: Counts, dimension: Dimension): number {
  const { count, form } = dimension;
  if (form === "trial") return trialOf(counts, dimension)?.yes ?? 0;
  return form === "peak" ? (counts.peaks[count]?.best ?? 0) : (counts.totals[count] ?? 0);
}

/** All dimensions of the window as they stand, aligned with `dimensions`. */
export function readWindow(
  counts: Counts,
  dimensions: readonly Dimension[],
  fitOf: (dimension: number) => CalibrationFit,
): Reading[] {
  const readings: Reading[] = [];
  for (let n = 0; n < dimensions.length; n += 1) {
    const dimension = dimensions[n];
    readings.push(dimension === undefined ? quiet : read(counts, dimension, n, fitOf));
  }
  return readings;
}

/** The `n`th dimension; its fit is asked for only where it matters. */
function read(
  counts: Counts,
  dimension: Dimension,
  n: number,
  fitOf: (dimension: number) => CalibrationFit,
): Reading {
  const { weight } = dimension;
  if (weight === 0) return quiet;
  const trial = trialOf(counts, dimension);
  if (trial !== undefined) return isQuietTrial(trial) ? quiet : readTrial(trial, fitOf(n), weight);
  const model = counts.models[n];
  const count = countOf(counts, dimension);
  if (model === undefined || isQuiet(count, model)) return quiet;
  return readDimension(count, model, fitOf(n), weight);
}
