/** The counts and histories of windows in packed form and back. */
import { type Counts, newPeak, type WindowModel } from "../evidence/window.ts";
import type { CountHistory } from "../stats/count-baseline.ts";
import { type Drift, drifts, newDrift } from "../stats/drift.ts";
import type { RateHistory } from "../stats/trial-rate.ts";
import { gamblers, newTrial, type TrialModel, type TrialState } from "../stats/trial-wealth.ts";
import type { CitedEvent } from "./cited-event.ts";
import { type Packer, packList, type Unpacker, unpackList } from "./packing.ts";

/** Counts and trials that there may be, so that a damaged place fills no memory. */
const amountsMax = 1_024;

/** Slices stay exact in single precision until the year 2129. */
export function packCounts(packer: Packer, counts: Counts): void {
  packer.number(counts.threshold);
  packer.number(counts.isBlind ? 1 : 0);
  packCounted(packer, counts);
  packList(packer, counts.models, ({ mean, size, ownShare }) => {
    packer.float(mean);
    packer.float(size);
    packer.float(ownShare);
  });
  packTrials(packer, counts.trials);
  packList(packer, counts.rates, ({ rate, questions }) => {
    packer.float(rate);
    packer.float(questions);
  });
}

/** Those that have counted anything, each by its place; slices from the newest backwards. */
function packCounted(packer: Packer, { totals, peaks }: Counts): void {
  const places = peaks.flatMap(({ slice }, n) => (slice !== 0 || totals[n] !== 0 ? [n] : []));
  const newest = Math.max(0, ...peaks.map(({ slice }) => slice));
  packer.number(totals.length);
  packer.number(newest);
  packList(packer, places, (n) => {
    packer.number(n);
    packer.number(totals[n] ?? 0);
    const peak = peaks[n] ?? newPeak();
    packer.number(newest - peak.slice);
    packer.number(newest - peak.bestSlice);
    packer.float(peak.current);
    packer.float(peak.previous);
    packer.float(peak.best);
  });
}

function unpackCounted(unpacker: Unpacker): Pick<Counts, "totals" | "peaks"> {
  const { float, number } = unpacker;
  const length = lengthOf(unpacker);
  const newest = number();
  const totals = new Array<number>(length).fill(0);
  const peaks = Array.from({ length }, newPeak);
  for (let left = number(); left > 0; left -= 1) {
    const n = placeBelow(unpacker, length);
    totals[n] = number();
    const slice = newest - number();
    const bestSlice = newest - number();
    peaks[n] = { slice, bestSlice, current: float(), previous: float(), best: float() };
  }
  return { totals, peaks };
}

const isUntouched = ({ asked, yes, best, logWealth }: TrialState): boolean =>
  asked === 0 && yes === 0 && best === 0 && logWealth.every((log) => log === 0);

/** Those that were asked anything, each by its place. */
function packTrials(packer: Packer, trials: readonly TrialState[]): void {
  packer.number(trials.length);
  packList(
    packer,
    trials.flatMap((trial, n) => (isUntouched(trial) ? [] : [n])),
    packer.number,
  );
  for (const trial of trials) {
    if (isUntouched(trial)) continue;
    packer.float(trial.asked);
    packer.float(trial.yes);
    packer.float(trial.best);
    for (let n = 0; n < gamblers; n += 1) packer.float(trial.logWealth[n] ?? 0);
  }
}

function unpackTrials(unpacker: Unpacker): TrialState[] {
  const length = lengthOf(unpacker);
  const trials = Array.from({ length }, newTrial);
  const places = unpackList(unpacker, () => placeBelow(unpacker, length));
  for (const n of places) trials[n] = unpackTrial(unpacker);
  return trials;
}

function lengthOf(unpacker: Unpacker): number {
  const length = unpacker.number();
  if (!Number.isInteger(length) || length > amountsMax) {
    throw new RangeError("packed counts are too many");
  }
  return length;
}

function placeBelow(unpacker: Unpacker, length: number): number {
  const place = unpacker.number();
  if (!Number.isInteger(place) || place >= length)
    throw new RangeError("no place of packed counts");
  return place;
}

export function unpackCounts(unpacker: Unpacker): Counts {
  const { float, number } = unpacker;
  return {
    threshold: number(),
    isBlind: number() === 1,
    ...unpackCounted(unpacker),
    models: unpackList(
      unpacker,
      (): WindowModel => ({ mean: float(), size: float(), ownShare: float() }),
    ),
    trials: unpackTrials(unpacker),
    rates: unpackList(unpacker, (): TrialModel => ({ rate: float(), questions: float() })),
  };
}

function unpackTrial({ float }: Unpacker): TrialState {
  const asked = float();
  const yes = float();
  const best = float();
  const logWealth: number[] = [];
  while (logWealth.length < gamblers) logWealth.push(float());
  return { asked, yes, logWealth, best };
}

export function packHistories(packer: Packer, histories: readonly CountHistory[]): void {
  packList(packer, histories, ({ windows, sum, excess, square }) => {
    packer.float(windows);
    packer.float(sum);
    packer.float(excess);
    packer.float(square);
  });
}

export function unpackHistories(unpacker: Unpacker): CountHistory[] {
  const { float } = unpacker;
  return unpackList(unpacker, () => ({
    windows: float(),
    sum: float(),
    excess: float(),
    square: float(),
  }));
}

export function packRates(packer: Packer, rates: readonly RateHistory[]): void {
  packList(packer, rates, ({ asked, yes }) => {
    packer.float(asked);
    packer.float(yes);
  });
}

export function unpackRates(unpacker: Unpacker): RateHistory[] {
  const { float } = unpacker;
  return unpackList(unpacker, () => ({ asked: float(), yes: float() }));
}

/** Those that have won nothing take a bit. */
export function packDrifts(packer: Packer, all: readonly (Drift | undefined)[]): void {
  packer.number(all.length);
  for (let n = 0; n < all.length; n += 1) {
    const { logs, days, observed, expected, variance, asked } = all[n] ?? newDrift();
    packer.float(days);
    if (days === 0) continue;
    for (const value of [observed, expected, variance, asked]) packer.float(value);
    for (let log = 0; log < drifts; log += 1) packer.float(logs[log] ?? 0);
  }
}

export function unpackDrifts(unpacker: Unpacker): Drift[] {
  const { float } = unpacker;
  return unpackList(unpacker, () => {
    const days = float();
    if (days === 0) return newDrift();
    const [observed, expected, variance, asked] = [float(), float(), float(), float()];
    return {
      logs: Array.from({ length: drifts }, float),
      days,
      observed,
      expected,
      variance,
      asked,
    };
  });
}

/** Since the one before it, then each place from 1 on and its amount in turn, then 0. */
export function packCited(packer: Packer, cited: readonly CitedEvent[]): void {
  let before = 0;
  packList(packer, cited, ({ id, at, places, amounts }) => {
    packer.text(id);
    packer.number(2 * Math.abs(at - before) + (at < before ? 1 : 0));
    before = at;
    for (let n = 0; n < places.length; n += 1) {
      packer.number((places[n] ?? 0) + 1);
      packer.number(amounts[n] ?? 0);
    }
    packer.number(0);
  });
}

export function unpackCited(unpacker: Unpacker): CitedEvent[] {
  let before = 0;
  return unpackList(unpacker, () => {
    const id = unpacker.string();
    const moved = unpacker.number();
    const at = before + (moved % 2 === 1 ? -1 : 1) * Math.floor(moved / 2);
    before = at;
    const places: number[] = [];
    const amounts: number[] = [];
    for (let place = unpacker.number(); place > 0; place = unpacker.number()) {
      if (place > amountsMax) throw new RangeError("an event adds to too many counts");
      places.push(place - 1);
      amounts.push(unpacker.number());
    }
    return { id, at, places, amounts };
  });
}
