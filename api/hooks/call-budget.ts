/**
 * When a sink may be called: at most so many times within any 60 seconds, and not while it recovers. Its
 * limit counts calls of all alerts together, so a "too many" or a failure holds back all of them.
 */
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";

export interface CallBudget {
  /** Takes one call if one may be made now. */
  readonly take: (now: EpochMs) => boolean;
  /** Pauses for 1 s, doubled by each failure in a row up to a minute, or for as long as was asked. */
  readonly failed: (now: EpochMs, retryAfterMs: number) => void;
  readonly answered: () => void;
}

const windowMs = 60_000;
const pauseMsFirst = 1_000;
const pauseMsMax = 60_000;
/** A sink may not silence itself for longer by asking for it. */
export const retryAfterMsMax = 60 * 60_000;

export function createCallBudget(callsPerMinuteMax: number): CallBudget {
  const calls: EpochMs[] = [];
  let failures = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  return {
    take: (now) => {
      while (calls[0] !== undefined && now - calls[0] >= windowMs) calls.shift();
      if (now < pausedUntil || calls.length >= callsPerMinuteMax) return false;
      calls.push(now);
      return true;
    },
    failed: (now, retryAfterMs) => {
      const ownMs = Math.min(pauseMsFirst * 2 ** Math.min(failures, 20), pauseMsMax);
      failures += 1;
      pausedUntil = now + Math.max(ownMs, Math.min(retryAfterMs, retryAfterMsMax));
    },
    answered: () => {
      failures = 0;
    },
  };
}
