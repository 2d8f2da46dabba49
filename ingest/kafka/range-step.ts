/**
 * Nothing lost, nothing doubled: the fenced intent of one partition as a pure step.
 *
 * Every write is preceded by an offset commit that confirms what lies before a range and announces the range.
 * Only the partition's present owner can make that commit. A write that failed, or that a dead owner left
 * behind, is announced again, read back, and only what is missing is written. Effects are requests: their
 * answers come back as events, and answers of an earlier assignment are dropped by the runner.
 */
import { assertNever } from "../vocabulary/assert-never.ts";
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";
import { type CommitNote, type Intent, landedBy, lastUntil } from "./intent.ts";
import { drained, lose, recover, resumeFrom } from "./range-assignment.ts";
import {
  append,
  doubtOf,
  dropBelow,
  hasRoom,
  initialState,
  isFull,
  nextRange,
  recordsBelow,
  skipHole,
} from "./range-buffer.ts";
import type {
  Buffered,
  Effect,
  PartitionState,
  RangeEvent,
  RangeLimits,
  Stepped,
  WriteMode,
} from "./range-state.ts";

/** Wait before the n-th repeated write of a range: doubles from the first to the last. Milliseconds. */
const backOffMs = { first: 100, last: 10_000 } as const;

/** O(buffered records) when a range is cut, else O(records of the event). */
export function step<R extends Buffered>(
  state: PartitionState<R>,
  event: RangeEvent<R>,
  limits: RangeLimits,
): Stepped<R> {
  switch (event.kind) {
    case "assigned":
      return state.isDraining ? drained(state) : recover(initialState());
    case "revoked":
      return lose(state);
    case "committed":
      if (state.phase.kind !== "recovering") return { state, effects: [] };
      return resumeFrom(state, event, { now: event.now, limits });
    case "read":
      return read(state, event, limits);
    case "tick":
      return advance(state, event.now, limits);
    case "commit_accepted":
      return commitAccepted(state, event.now, limits);
    case "commit_failed":
      return event.outcome === "fenced" || state.isDraining ? lose(state) : recover(initialState());
    case "written":
      return written(state, event.now, limits);
    case "write_failed":
      return writeFailed(state, event.now);
    case "write_deferred":
      return writeDeferred(state);
    case "write_unstarted":
      return writeUnstarted(state, event.now, limits);
    case "write_refused":
      return { state: { ...state, phase: { kind: "halted" } }, effects: [{ kind: "halt" }] };
    case "drain":
      return drain(state, event.now, limits);
    default:
      return assertNever(event);
  }
}

type ReadEvent<R extends Buffered> = Extract<RangeEvent<R>, { kind: "read" }>;

function read<R extends Buffered>(
  state: PartitionState<R>,
  event: ReadEvent<R>,
  limits: RangeLimits,
): Stepped<R> {
  if (isDeaf(state)) return { state, effects: [] };
  const first = event.records[0]?.offset ?? event.end;
  if (first < state.readEnd) {
    return { state, effects: [{ kind: "fail", code: "kafka.offsets_regressed" }] };
  }
  const hole = { from: state.readEnd, to: Math.min(event.low, first) };
  const isHole = hole.from < hole.to;
  // The range was announced as it stood; without its records it must be looked up again.
  if (isHole && state.phase.kind === "rebuilding") return recover(initialState());
  const stepped = advance(append(state, event, isHole ? [hole] : []), event.now, limits);
  const effects: Effect<R>[] = isHole ? [{ kind: "count_gap", hole }] : [];
  return pauseWhenFull({ ...stepped, effects: [...effects, ...stepped.effects] }, limits);
}

/** Phases in which reading means nothing. */
function isDeaf<R extends Buffered>({ phase, isDraining }: PartitionState<R>): boolean {
  const deaf = ["unassigned", "recovering", "halted", "drained"];
  return isDraining || deaf.includes(phase.kind);
}

/** Never while rebuilding: an announced range may be longer than the present high-water mark. */
function pauseWhenFull<R extends Buffered>(
  { state, effects }: Stepped<R>,
  limits: RangeLimits,
): Stepped<R> {
  const isExempt = state.isPaused || state.phase.kind === "rebuilding";
  if (isExempt || !isFull(state, limits)) return { state, effects };
  return { state: { ...state, isPaused: true }, effects: [...effects, { kind: "pause" }] };
}

function resumeWhenDrained<R extends Buffered>(
  { state, effects }: Stepped<R>,
  limits: RangeLimits,
): Stepped<R> {
  if (!state.isPaused || isDeaf(state) || !hasRoom(state, limits)) return { state, effects };
  return { state: { ...state, isPaused: false }, effects: [...effects, { kind: "resume" }] };
}

/** Starts what is due: an inherited range, a full or old buffer, a trailing commit, the end. */
function advance<R extends Buffered>(
  state: PartitionState<R>,
  now: EpochMs,
  limits: RangeLimits,
): Stepped<R> {
  const { phase } = state;
  if (phase.kind === "rebuilding" && state.readEnd >= phase.range.end) {
    return announce(state, { range: phase.range, mode: "reconcile" }, { now, limits });
  }
  if (phase.kind === "backing_off" && now >= phase.until) {
    return announce(state, { range: phase.range, mode: "reconcile" }, { now, limits });
  }
  if (phase.kind === "idle") return advanceIdle(skipHole(state), phase.since, { now, limits });
  return { state, effects: [] };
}

interface Moment {
  readonly now: EpochMs;
  readonly limits: RangeLimits;
}

function advanceIdle<R extends Buffered>(
  state: PartitionState<R>,
  since: EpochMs,
  { now, limits }: Moment,
): Stepped<R> {
  const buffered = state.readEnd - state.position;
  const isDue =
    buffered >= limits.batchRowsMax ||
    state.bufferedBytes >= limits.batchBytesMax ||
    state.isDraining ||
    now - state.openedAt >= limits.batchMsMax;
  if (buffered > 0 && isDue) {
    const mode = doubtOf(state) === undefined ? "insert" : "reconcile";
    return announce(state, { range: nextRange(state, limits), mode }, { now, limits });
  }
  const isQuiet = state.isDraining || now - since >= limits.idleMsMax;
  if (buffered === 0 && state.confirmed < state.position && isQuiet) {
    return {
      state: { ...state, phase: { kind: "confirming" } },
      effects: [{ kind: "commit", offset: state.position, note: noteOf(state, undefined) }],
    };
  }
  if (state.isDraining && buffered === 0) return drained(state);
  return { state, effects: [] };
}

interface Attempt {
  readonly range: Intent;
  readonly mode: WriteMode;
}

function announce<R extends Buffered>(
  state: PartitionState<R>,
  { range, mode }: Attempt,
  { now, limits }: Moment,
): Stepped<R> {
  const deadline = epochMs(now + limits.writeMsMax);
  const note = noteOf(state, lastUntil(range, deadline));
  return {
    state: { ...state, openedAt: now, phase: { kind: "announcing", range, mode, deadline } },
    effects: [{ kind: "commit", offset: range.start, note }],
  };
}

const noteOf = (state: PartitionState<Buffered>, intent: Intent | undefined): CommitNote => ({
  intent,
  doubt: doubtOf(state),
});

function commitAccepted<R extends Buffered>(
  state: PartitionState<R>,
  now: EpochMs,
  limits: RangeLimits,
): Stepped<R> {
  const { phase } = state;
  if (phase.kind === "confirming") {
    const idle = {
      ...state,
      confirmed: state.position,
      phase: { kind: "idle", since: now },
    } as const;
    return advance(idle, now, limits);
  }
  if (phase.kind !== "announcing") return { state, effects: [] };
  const { range, mode, deadline } = phase;
  const records = recordsBelow(state, range.end);
  return {
    state: { ...state, confirmed: range.start, phase: { kind: "writing", range, mode, deadline } },
    effects: [{ kind: "write", range, records, mode, deadline }],
  };
}

function written<R extends Buffered>(
  state: PartitionState<R>,
  now: EpochMs,
  limits: RangeLimits,
): Stepped<R> {
  if (state.phase.kind !== "writing") return { state, effects: [] };
  const { end } = state.phase.range;
  const idle = {
    ...dropBelow(state, end),
    phase: { kind: "idle", since: now },
    failures: 0,
  } as const;
  return resumeWhenDrained(advance(idle, now, limits), limits);
}

function writeFailed<R extends Buffered>(state: PartitionState<R>, now: EpochMs): Stepped<R> {
  if (state.phase.kind !== "writing") return { state, effects: [] };
  const { range, deadline } = state.phase;
  const waitMs = Math.min(backOffMs.last, backOffMs.first * 2 ** state.failures);
  const until = epochMs(now + waitMs);
  const phase = { kind: "backing_off", range: lastUntil(range, deadline), until } as const;
  return { state: { ...state, failures: state.failures + 1, phase }, effects: [] };
}

function writeDeferred<R extends Buffered>(state: PartitionState<R>): Stepped<R> {
  if (state.phase.kind !== "writing") return { state, effects: [] };
  const { range } = state.phase;
  const until = landedBy(range);
  return { state: { ...state, phase: { kind: "backing_off", range, until } }, effects: [] };
}

/** As good as never announced: announced again with a new deadline, in the same mode. */
function writeUnstarted<R extends Buffered>(
  state: PartitionState<R>,
  now: EpochMs,
  limits: RangeLimits,
): Stepped<R> {
  if (state.phase.kind !== "writing") return { state, effects: [] };
  const { range, mode } = state.phase;
  return announce(state, { range, mode }, { now, limits });
}

function drain<R extends Buffered>(
  state: PartitionState<R>,
  now: EpochMs,
  limits: RangeLimits,
): Stepped<R> {
  const draining: PartitionState<R> = { ...state, isDraining: true, isPaused: true };
  const pause: Effect<R> = { kind: "pause" };
  const nothingToFinish = ["unassigned", "recovering", "rebuilding", "halted"];
  const next = nothingToFinish.includes(state.phase.kind)
    ? drained(draining)
    : advance(draining, now, limits);
  return { ...next, effects: [pause, ...next.effects] };
}
