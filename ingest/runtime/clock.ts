/** The one door to the wall clock. Detection never comes here: it sees event time only. */
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";

export interface Clock {
  readonly now: () => EpochMs;
}

export const systemClock: Clock = { now: () => epochMs(Date.now()) };

/** Clocks of writers and store may differ by this much. Milliseconds. */
export const clockSkewMsMax = 1_000;
