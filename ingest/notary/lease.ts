/** Who may write the log: one process at a time. */
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";

/** The time in which this process alone may write the log. */
export interface Held {
  readonly since: EpochMs;
  /** Nobody else can hold the lease before this time. */
  readonly until: EpochMs;
}

export interface Lease {
  readonly held: () => Held | undefined;
  /** How long after the hand-over a write of the former holder can still land. Milliseconds. */
  readonly handOverMs: number;
}

/** Where one process holds the store, nobody else can have written. */
export const soleLease: Lease = {
  held: () => ({ since: epochMs(0), until: epochMs(Number.MAX_SAFE_INTEGER) }),
  handOverMs: 0,
};
