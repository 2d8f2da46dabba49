/** The counts and histories of windows in packed form and back. */
import { z } from "zod";
import type { Counts } from "../evidence/window.ts";
import type { CountHistory } from "../stats/count-baseline.ts";
import { type Drift, drifts, newDrift } from "../stats/drift.ts";
import type { RateHistory } from "../stats/trial-rate.ts";
import { gamblers } from "../stats/trial-wealth.ts";
import type { CitedEvent } from "./cited-event.ts";
import { packFloats, unpackFloats } from "./packing.ts";

export const countsSchema = z.object({
  totals: z.array(z.number()),
  /** Packed; slices stay exact in single precision until the year 2129. */
  peaks: z.string(),
  models: z.string(),
  /** Packed: asked, yes, best and the wealth of each gambler. */
  trials: z.string(),
  rates: z.string(),
  threshold: z.number(),
  isBlind: z.boolean(),
});
type PrintedCounts = z.infer<typeof countsSchema>;

export function printCounts(counts: Counts): PrintedCounts {
  const { totals, peaks, models, threshold, isBlind } = counts;
  return {
    totals,
    peaks: packFloats(
      peaks.flatMap((peak) => [peak.slice, peak.current, peak.previous, peak.best, peak.bestSlice]),
    ),
    models: packFloats(models.flatMap(({ mean, size, ownShare }) => [mean, size, ownShare])),
    trials: packFloats(
      counts.trials.flatMap(({ asked, yes, best, logWealth }) => [asked, yes, best, ...logWealth]),
    ),
    rates: packFloats(counts.rates.flatMap(({ rate, questions }) => [rate, questions])),
    threshold,
    isBlind,
  };
}

/** `values` in groups of `length`. */
function groups(values: readonly number[], length: number): number[][] {
  const grouped: number[][] = [];
  for (let n = 0; n < values.length; n += length) grouped.push(values.slice(n, n + length));
  return grouped;
}

export function readCounts(printed: PrintedCounts): Counts {
  const { totals, peaks, models, threshold, isBlind } = printed;
  return {
    totals,
    peaks: groups(unpackFloats(peaks), 5).map(
      ([slice = 0, current = 0, previous = 0, best = 0, bestSlice = 0]) => ({
        slice,
        current,
        previous,
        best,
        bestSlice,
      }),
    ),
    models: groups(unpackFloats(models), 3).map(([mean = 0, size = 0, ownShare = 0]) => ({
      mean,
      size,
      ownShare,
    })),
    trials: groups(unpackFloats(printed.trials), 3 + gamblers).map(
      ([asked = 0, yes = 0, best = 0, ...logWealth]) => ({ asked, yes, best, logWealth }),
    ),
    rates: groups(unpackFloats(printed.rates), 2).map(([rate = 0, questions = 0]) => ({
      rate,
      questions,
    })),
    threshold,
    isBlind,
  };
}

export function printHistories(histories: readonly CountHistory[]): string {
  return packFloats(
    histories.flatMap(({ windows, sum, excess, square }) => [windows, sum, excess, square]),
  );
}

export function readHistories(packed: string): CountHistory[] {
  return groups(unpackFloats(packed), 4).map(([windows = 0, sum = 0, excess = 0, square = 0]) => ({
    windows,
    sum,
    excess,
    square,
  }));
}

export function printRates(rates: readonly RateHistory[]): string {
  return packFloats(rates.flatMap(({ asked, yes }) => [asked, yes]));
}

export function readRates(packed: string): RateHistory[] {
  return groups(unpackFloats(packed), 2).map(([asked = 0, yes = 0]) => ({ asked, yes }));
}

/** Only those that have won something, each with its place. */
export function printDrifts(all: readonly Drift[]): string {
  return packFloats(
    all.flatMap(({ logs, days, observed, expected, variance, asked }, n) =>
      days === 0 ? [] : [n, days, observed, expected, variance, asked, ...logs],
    ),
  );
}

export function readDrifts(packed: string): Drift[] {
  const all: Drift[] = [];
  for (const values of groups(unpackFloats(packed), drifts + 6)) {
    const [n = 0, days = 0, observed = 0, expected = 0, variance = 0, asked = 0] = values;
    while (all.length < n) all.push(newDrift());
    all.push({ logs: values.slice(6), days, observed, expected, variance, asked });
  }
  return all;
}

/** Id, time, and of the amounts that are not 0 the place and the amount in turn. */
export const citedSchema = z.tuple([z.string(), z.number(), z.array(z.number())]);

export function printCited({ id, at, amounts }: CitedEvent): z.infer<typeof citedSchema> {
  return [id, at, amounts.flatMap((amount, n) => (amount === 0 ? [] : [n, amount]))];
}

export function readCited([id, at, printed]: z.infer<typeof citedSchema>): CitedEvent {
  const amounts: number[] = [];
  for (let n = 0; n + 1 < printed.length; n += 2) {
    const place = printed[n] ?? 0;
    while (amounts.length < place) amounts.push(0);
    amounts.push(printed[n + 1] ?? 0);
  }
  return { id, at, amounts };
}
