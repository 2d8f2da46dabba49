/**
 * The counts of one open window (a session or an agent-week) with the models that were fixed when it opened.
 */
import type { CalibrationFit } from "../stats/calibration.ts";
import type { CountModel } from "../stats/negative-binomial.ts";
import type { Dimension, Dimensions } from "./dimension.ts";
import { isQuiet, quiet, type Reading, readDimension } from "./evidence.ts";

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
  /** One per dimension of the process. */
  readonly models: readonly WindowModel[];
  /** c of the process when the window opened. */
  readonly threshold: number;
  /** Opened before anything was known: its surprise is no lesson about the models. */
  readonly isBlind: boolean;
}

export function openCounts(
  { counts }: Dimensions,
  fixed: Pick<Counts, "models" | "threshold" | "isBlind">,
): Counts {
  return {
    totals: counts.map(() => 0),
    peaks: counts.map(() => ({ slice: 0, current: 0, previous: 0, best: 0, bestSlice: 0 })),
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

export function countOf(counts: Counts, { count, form }: Dimension): number {
  return form === "peak" ? (counts.peaks[count]?.best ?? 0) : (counts.totals[count] ?? 0);
}

/** All dimensions of the window as they stand, aligned with `dimensions`. */
export function readWindow(
  counts: Counts,
  dimensions: readonly Dimension[],
  fitOf: (dimension: number) => CalibrationFit,
): Reading[] {
  return dimensions.map((dimension, n) => {
    const model = counts.models[n];
    if (model === undefined) return quiet;
    const count = countOf(counts, dimension);
    if (dimension.weight === 0 || isQuiet(count, model)) return quiet;
    return readDimension(count, model, fitOf(n), dimension.weight);
  });
}
