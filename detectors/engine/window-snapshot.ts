/** The counts and histories of windows in packed form and back. */
import type { Counts, Peak, WindowModel } from "../evidence/window.ts";
import type { CountHistory } from "../stats/count-baseline.ts";
import { type Drift, drifts, newDrift } from "../stats/drift.ts";
import type { RateHistory } from "../stats/trial-rate.ts";
import { gamblers, type TrialModel, type TrialState } from "../stats/trial-wealth.ts";
import type { CitedEvent } from "./cited-event.ts";
import { type Packer, packList, type Unpacker, unpackList } from "./packing.ts";

/** Counts and trials that there may be, so that a damaged place fills no memory. */
const amountsMax = 1_024;

/** Slices stay exact in single precision until the year 2129. */
export function packCounts(packer: Packer, counts: Counts): void {
  packer.number(counts.threshold);
  packer.number(counts.isBlind ? 1 : 0);
  packList(packer, counts.totals, packer.number);
  packList(packer, counts.peaks, (peak) => {
    packer.float(peak.slice);
    packer.float(peak.current);
    packer.float(peak.previous);
    packer.float(peak.best);
    packer.float(peak.bestSlice);
  });
  packList(packer, counts.models, ({ mean, size, ownShare }) => {
    packer.float(mean);
    packer.float(size);
    packer.float(ownShare);
  });
  packList(packer, counts.trials, ({ asked, yes, best, logWealth }) => {
    packer.float(asked);
    packer.float(yes);
    packer.float(best);
    for (let n = 0; n < gamblers; n += 1) packer.float(logWealth[n] ?? 0);
  });
  packList(packer, counts.rates, ({ rate, questions }) => {
    packer.float(rate);
    packer.float(questions);
  });
}

export function unpackCounts(unpacker: Unpacker): Counts {
  const { float, number } = unpacker;
  return {
    threshold: number(),
    isBlind: number() === 1,
    totals: unpackList(unpacker, number),
    peaks: unpackList(
      unpacker,
      (): Peak => ({
        slice: float(),
        current: float(),
        previous: float(),
        best: float(),
        bestSlice: float(),
      }),
    ),
    models: unpackList(
      unpacker,
      (): WindowModel => ({ mean: float(), size: float(), ownShare: float() }),
    ),
    trials: unpackList(unpacker, () => unpackTrial(unpacker)),
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

/** Of the amounts that are not 0 the place from 1 on and the amount in turn, then 0. */
export function packCited(packer: Packer, cited: readonly CitedEvent[]): void {
  packList(packer, cited, ({ id, at, amounts }) => {
    packer.text(id);
    packer.number(at);
    for (let n = 0; n < amounts.length; n += 1) {
      const amount = amounts[n] ?? 0;
      if (amount === 0) continue;
      packer.number(n + 1);
      packer.number(amount);
    }
    packer.number(0);
  });
}

export function unpackCited(unpacker: Unpacker): CitedEvent[] {
  return unpackList(unpacker, () => {
    const id = unpacker.string();
    const at = unpacker.number();
    const amounts: number[] = [];
    for (let place = unpacker.number(); place > 0; place = unpacker.number()) {
      if (place > amountsMax) throw new RangeError("an event adds to too many counts");
      while (amounts.length < place - 1) amounts.push(0);
      amounts.push(unpacker.number());
    }
    return { id, at, amounts };
  });
}
