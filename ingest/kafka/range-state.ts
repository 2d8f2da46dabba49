/** The nouns of one partition's fenced intent: its state, what happens to it, and what it asks for. */
import type { EpochMs } from "../vocabulary/brand.ts";
import type { CommitNote, Doubt, Intent } from "./intent.ts";

/** What the state machine knows of a record; the rest travels along unread. */
export interface Buffered {
  readonly offset: number;
  readonly bytes: number;
}

/** insert: the rows are new. reconcile: some may be stored already; read back first. */
export type WriteMode = "insert" | "reconcile";

export type Phase =
  /** Not ours, or lost: everything that arrives is ignored until the next assignment. */
  | { readonly kind: "unassigned" }
  /** Asked the group coordinator what was confirmed and announced. */
  | { readonly kind: "recovering" }
  /** Reading an inherited range again, whole, before anything new. */
  | { readonly kind: "rebuilding"; readonly range: Intent }
  | { readonly kind: "idle"; readonly since: EpochMs }
  /** `deadline`: of the write that follows. `range.deadline`: the latest of those before it. */
  | {
      readonly kind: "announcing";
      readonly range: Intent;
      readonly mode: WriteMode;
      readonly deadline: EpochMs;
    }
  | {
      readonly kind: "writing";
      readonly range: Intent;
      readonly mode: WriteMode;
      readonly deadline: EpochMs;
    }
  | { readonly kind: "backing_off"; readonly range: Intent; readonly until: EpochMs }
  /** A trailing plain commit is under way. */
  | { readonly kind: "confirming" }
  | { readonly kind: "halted" }
  | { readonly kind: "drained" };

/** Offsets [from, to) that the broker no longer had. No range spans one. */
export interface Hole {
  readonly from: number;
  readonly to: number;
}

export interface PartitionState<R extends Buffered> {
  readonly phase: Phase;
  /** Every offset below has its outcome stored. */
  readonly position: number;
  /** The committed offset. */
  readonly confirmed: number;
  /** Everything in [position, readEnd) was read; an offset without a record there has none. */
  readonly readEnd: number;
  /** In order of offset, all within [position, readEnd). */
  readonly records: readonly R[];
  readonly bufferedBytes: number;
  /** When the oldest offset was read that is not announced, or the last announcement if that was later. */
  readonly openedAt: EpochMs;
  readonly holes: readonly Hole[];
  /** While it lasts, ranges are read back before anything of them is written. */
  readonly doubt: Doubt | undefined;
  readonly isPaused: boolean;
  readonly isDraining: boolean;
  /** Failed writes of the current range. */
  readonly failures: number;
}

export interface RangeLimits {
  /** Offsets of one range, and the low-water mark of the buffer. */
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  /** Longest wait of a read offset before its range is announced, milliseconds. */
  readonly batchMsMax: number;
  /** High-water marks: reading pauses there, and resumes below half of them. */
  readonly bufferRowsMax: number;
  readonly bufferBytesMax: number;
  /** From an announcement to the time after which the store refuses its write, milliseconds. */
  readonly writeMsMax: number;
  /** Quiet time before a trailing plain commit, milliseconds. */
  readonly idleMsMax: number;
}

export type RangeEvent<R extends Buffered> = { readonly now: EpochMs } & (
  | { readonly kind: "assigned" }
  | { readonly kind: "revoked" }
  /**
   * `storedEnd`: where an offset is committed, the one behind the last link of the partition's chain; else the one
   * behind everything stored of the partition.
   */
  | ({ readonly kind: "committed"; readonly storedEnd: number } & Committed)
  /** `low`: the broker's first offset, asked for when the first record lies beyond `readEnd`; else 0. */
  | {
      readonly kind: "read";
      readonly records: readonly R[];
      readonly end: number;
      readonly low: number;
    }
  | { readonly kind: "tick" }
  | { readonly kind: "commit_accepted" }
  /** fenced: the partition is not ours. unknown: the commit may or may not have been taken. */
  | { readonly kind: "commit_failed"; readonly outcome: "fenced" | "unknown" }
  | { readonly kind: "written" }
  | { readonly kind: "write_failed" }
  /** Rows are missing, but an earlier write of the range may still land. */
  | { readonly kind: "write_deferred" }
  /** Its turn came too late: nothing was tried, and so nothing can land. */
  | { readonly kind: "write_unstarted" }
  /** Writing must stand still until a person has looked. */
  | { readonly kind: "write_refused" }
  | { readonly kind: "drain" }
);

/** What the coordinator and the log said on assignment. */
export interface Committed {
  /** `undefined`: nothing was ever committed, or it has expired, or was reset. */
  readonly offset: number | undefined;
  readonly doubt: Doubt | undefined;
  /** The client has answered an offset out of range by a commit that wiped out offset and intent. */
  readonly wasReset: boolean;
  readonly intent: Intent | undefined;
  /** First offset that the broker still has, and the one after its last. */
  readonly low: number;
  readonly high: number;
}

export type Effect<R extends Buffered> =
  | { readonly kind: "read_committed" }
  | { readonly kind: "seek"; readonly offset: number }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "commit"; readonly offset: number; readonly note: CommitNote }
  | {
      readonly kind: "write";
      readonly range: Intent;
      readonly records: readonly R[];
      readonly mode: WriteMode;
      readonly deadline: EpochMs;
    }
  | { readonly kind: "count_gap"; readonly hole: Hole }
  /** Confirmed, and not in the store: it was put back to an earlier state. */
  | { readonly kind: "count_fallen_back"; readonly from: number; readonly to: number }
  | { readonly kind: "halt" }
  | { readonly kind: "fail"; readonly code: "kafka.log_truncated" | "kafka.offsets_regressed" }
  | { readonly kind: "drained" };

export interface Stepped<R extends Buffered> {
  readonly state: PartitionState<R>;
  readonly effects: readonly Effect<R>[];
}
