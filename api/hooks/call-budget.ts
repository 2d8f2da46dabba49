/** At most so many calls within any 60 seconds: what a sink documents as its limit. */
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";

export interface CallBudget {
  /** Takes one call if there is one left. */
  readonly take: (now: EpochMs) => boolean;
}

const windowMs = 60_000;

export function createCallBudget(callsPerMinuteMax: number): CallBudget {
  const calls: EpochMs[] = [];
  return {
    take: (now) => {
      while (calls[0] !== undefined && now - calls[0] >= windowMs) calls.shift();
      if (calls.length >= callsPerMinuteMax) return false;
      calls.push(now);
      return true;
    },
  };
}
