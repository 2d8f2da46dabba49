/** How a partition comes to be ours, and how it ends: recovering what was announced, losing it, draining. */
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";
import type { Doubt, Intent } from "./intent.ts";
import { initialState } from "./range-buffer.ts";
import type {
  Buffered,
  Committed,
  Effect,
  PartitionState,
  RangeLimits,
  Stepped,
} from "./range-state.ts";

/** Forgets everything: whoever owns the partition now reads it again. */
export function lose<R extends Buffered>(state: PartitionState<R>): Stepped<R> {
  if (state.isDraining) return drained(state);
  return { state: initialState(), effects: [] };
}

/** Reads nothing until the coordinator has said what was confirmed and announced. */
export function recover<R extends Buffered>(state: PartitionState<R>): Stepped<R> {
  return {
    state: { ...state, phase: { kind: "recovering" }, isPaused: true },
    effects: [{ kind: "pause" }, { kind: "read_committed" }],
  };
}

interface Moment {
  readonly now: EpochMs;
  readonly limits: Pick<RangeLimits, "writeMsMax" | "batchRowsMax">;
}

type Recovered = Committed & { readonly storedEnd: number };

export function resumeFrom<R extends Buffered>(
  state: PartitionState<R>,
  committed: Recovered,
  moment: Moment,
): Stepped<R> {
  const { offset, intent, low, high, storedEnd } = committed;
  const inherited = intent?.start === offset ? intent : undefined;
  if (Math.max(offset ?? low, inherited?.end ?? 0) > high) {
    return { state, effects: [{ kind: "fail", code: "kafka.log_truncated" }] };
  }
  if (offset === undefined || offset <= Math.max(low, storedEnd)) {
    return resumeAt(state, { ...committed, intent: inherited }, moment);
  }
  const { state: resumed, effects } = resumeAt(state, fallenBack(committed), moment);
  const fall: Effect<R> = { kind: "count_fallen_back", from: storedEnd, to: offset };
  return { state: resumed, effects: [fall, ...effects] };
}

/**
 * A link is stored before its range is confirmed. Where the chain ends sooner, the store was put back to an earlier
 * state, and everything since then is read again; of what lies there unlinked, a part may be stored.
 */
function fallenBack(committed: Recovered): Recovered {
  const { offset = 0, intent, doubt, storedEnd } = committed;
  const below = Math.max(offset, intent?.end ?? 0, doubt?.below ?? 0);
  const deadline = epochMs(Math.max(intent?.deadline ?? 0, doubt?.deadline ?? 0));
  return { ...committed, offset: storedEnd, intent: undefined, doubt: { below, deadline } };
}

/** `intent`: of the range at the committed offset. */
function resumeAt<R extends Buffered>(
  state: PartitionState<R>,
  committed: Recovered,
  { now, limits }: Moment,
): Stepped<R> {
  const { offset, intent: inherited, low } = committed;
  const confirmed = offset ?? low;
  const position = Math.max(confirmed, low);
  const effects: Effect<R>[] = [{ kind: "seek", offset: position }, { kind: "resume" }];
  if (confirmed < low) effects.push({ kind: "count_gap", hole: { from: confirmed, to: low } });
  const isHalfWritten = inherited !== undefined && inherited.end > position;
  return {
    state: {
      ...state,
      phase: isHalfWritten
        ? { kind: "rebuilding", range: { ...inherited, start: position } }
        : { kind: "idle", since: now },
      position,
      // What lies between cannot be read any more, so there is nothing to wait for.
      confirmed: position,
      readEnd: position,
      doubt: doubtIn({ ...committed, now, limits }),
      isPaused: false,
    },
    effects,
  };
}

/**
 * Offsets expire when a group rests for days; what they confirmed is stored all the same. Right behind it may lie
 * a range of which nothing is stored but its insert token: the same insert would be taken for a repeat and
 * dropped. It is at most as long as a range is now, or it would not be the same.
 */
function doubtIn(committed: Recovered & Moment): Doubt | undefined {
  const { offset, doubt, intent, wasReset, low, high, storedEnd, now, limits } = committed;
  if (offset !== undefined) return isCut(intent, low) ? doubtBehind(low, intent, doubt) : doubt;
  // After a reset a former owner may still be writing, beyond what is stored now.
  if (wasReset) return { below: high, deadline: epochMs(now + limits.writeMsMax) };
  const below = Math.min(high, Math.max(low, storedEnd) + limits.batchRowsMax);
  return { below, deadline: epochMs(0) };
}

/** The broker has lost all of an announced range. */
const isCut = (intent: Intent | undefined, low: number): intent is Intent =>
  intent !== undefined && intent.end <= low;

/** A write of the lost range may still run; it must have ended before anything behind it is written. */
const doubtBehind = (low: number, intent: Intent, doubt: Doubt | undefined): Doubt => ({
  below: Math.max(low + 1, doubt?.below ?? 0),
  deadline: epochMs(Math.max(intent.deadline, doubt?.deadline ?? 0)),
});

/** Nothing is left to store or confirm. */
export const drained = <R extends Buffered>(state: PartitionState<R>): Stepped<R> => ({
  state: { ...state, phase: { kind: "drained" } },
  effects: [{ kind: "drained" }],
});
