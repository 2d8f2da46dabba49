/**
 * Whose turn it is to announce a range.
 *
 * Ranges are stored in the order of their announcements, many small ones together, and the deadline of a range runs
 * from its announcement. Were every partition to announce a long range as soon as it has one, the last in line would
 * wait for all the others: where the store is slow, it is refused for being late, is written again at the end of the
 * line, and may be late for ever. So only as much is announced as keeps the writer busy, and partitions take turns.
 * When one announces and the others have little, they announce it, too, so that it goes along.
 */
import type { Buffered, PartitionState, Phase, RangeEvent, RangeLimits } from "./range-state.ts";

/** Announced at a time, in ranges as long as they may be: one is stored, the next is decided, a third announced. */
const announcedLengthMax = 3;
/** Announced at a time, however short: what a store takes in at one go. */
const announcedMax = 64;

/**
 * Ranges that the buffers of all partitions hold together, shared evenly among those that hold anything: a partition
 * without records needs no room, and ranges as long as they may be cost the store a third less than half as long ones.
 */
const bufferedRangesMax = 8;
/** Of one partition: one is written while the next is read. */
const ownRangesMax = 2;
/** However many partitions there are; inserts much smaller than this cost more than they store. */
const ownRangesMin = 0.1;

export interface TurnTaker {
  readonly state: () => Pick<PartitionState<Buffered>, "records" | "bufferedBytes">;
  readonly dispatch: (event: { readonly kind: "tick" }) => void;
}

export interface WriteTurns {
  /** Under which limits a partition makes the step that `event` asks for: nothing is due out of turn. */
  readonly limitsFor: (
    state: PartitionState<Buffered>,
    event: RangeEvent<Buffered>["kind"],
  ) => RangeLimits;
  /** A partition went from one phase to another. Lets others take their turn when one has ended. */
  readonly moved: (taker: TurnTaker, from: Phase, to: Phase) => void;
}

/** `takers`: all partitions that are ours. */
export function createWriteTurns(
  whole: RangeLimits,
  takers: () => readonly TurnTaker[],
): WriteTurns {
  const announced = new Map<TurnTaker, number>();
  let turns = 0;
  let isGathering = false;
  const lastTurns = new WeakMap<TurnTaker, number>();
  const lastTurnOf = (taker: TurnTaker): number => lastTurns.get(taker) ?? 0;
  const holders = (): number =>
    takers().reduce((count, taker) => count + (taker.state().records.length > 0 ? 1 : 0), 0);
  const isBusy = (): boolean => {
    const length = [...announced.values()].reduce((sum, own) => sum + own, 0);
    return announced.size >= announcedMax || length >= announcedLengthMax;
  };
  /** Whoever has waited longest comes first; one to whom nothing is due does not take the turn. */
  const passOn = (): void => {
    for (const taker of takers().toSorted((a, b) => lastTurnOf(a) - lastTurnOf(b))) {
      if (isBusy()) return;
      taker.dispatch({ kind: "tick" });
    }
  };
  /**
   * Lets all others announce, whatever they have, if together it makes no more than one long range: else there is a
   * backlog, and what is announced early is read late.
   */
  const gather = (): void => {
    const waiting = takers().filter((taker) => !announced.has(taker));
    const length = waiting.reduce((sum, taker) => sum + bufferedLength(taker.state(), whole), 0);
    if (isGathering || length > 1) return;
    isGathering = true;
    passOn();
    isGathering = false;
  };
  return {
    limitsFor: (state, event) => {
      const limits = { ...whole, ...bufferLimits(whole, Math.max(1, holders())) };
      // At the end everything is due, and a range has its own size to keep.
      if (state.isDraining || event === "drain") return limits;
      // Who has just written waits for those who wait.
      if (isBusy() || event === "written") return { ...limits, ...nothingIsDue };
      return isGathering ? { ...limits, batchMsMax: 0 } : limits;
    },
    moved: (taker, from, to) => {
      if (isAnnounced(from) === isAnnounced(to)) return;
      turns += 1;
      if (isAnnounced(to)) {
        // One that is read back is stored alone and counts as a long one, however short it is.
        const isAlone = to.mode === "reconcile";
        announced.set(taker, isAlone ? 1 : Math.min(1, bufferedLength(taker.state(), whole)));
        lastTurns.set(taker, turns);
        gather();
      } else {
        announced.delete(taker);
        passOn();
      }
    },
  };
}

type Announced = Extract<Phase, { readonly kind: "announcing" | "writing" }>;

const isAnnounced = (phase: Phase): phase is Announced =>
  phase.kind === "announcing" || phase.kind === "writing";

/** What a partition holds, in ranges as long as they may be, by rows or by bytes. */
const bufferedLength = (
  { records, bufferedBytes }: ReturnType<TurnTaker["state"]>,
  { batchRowsMax, batchBytesMax }: RangeLimits,
): number => Math.max(records.length / batchRowsMax, bufferedBytes / batchBytesMax);

const nothingIsDue = {
  batchRowsMax: Number.POSITIVE_INFINITY,
  batchBytesMax: Number.POSITIVE_INFINITY,
  batchMsMax: Number.POSITIVE_INFINITY,
} as const;

function bufferLimits({ batchRowsMax, batchBytesMax }: RangeLimits, holders: number) {
  const ranges = Math.min(ownRangesMax, Math.max(ownRangesMin, bufferedRangesMax / holders));
  return {
    bufferRowsMax: Math.ceil(batchRowsMax * ranges),
    bufferBytesMax: Math.ceil(batchBytesMax * ranges),
  };
}
