/**
 * Whose turn it is to announce a range.
 *
 * Writes pass one after another, and the deadline of a range runs from its announcement. Were every partition to
 * announce as soon as it has something, the last in line would wait for all the others: where the store is slow,
 * it is refused for being late, is written again at the end of the line, and may be late for ever. So only as many
 * are announced as keep the writer busy, and partitions take turns.
 */
import type { Buffered, PartitionState, Phase, RangeEvent, RangeLimits } from "./range-state.ts";

/** One is stored, the next is decided, and a third is being announced meanwhile. */
const announcedMax = 3;

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
  readonly state: () => Pick<PartitionState<Buffered>, "records">;
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
  let announced = 0;
  let turns = 0;
  const lastTurns = new WeakMap<TurnTaker, number>();
  const lastTurnOf = (taker: TurnTaker): number => lastTurns.get(taker) ?? 0;
  const holders = (): number =>
    takers().reduce((count, taker) => count + (taker.state().records.length > 0 ? 1 : 0), 0);
  /** Whoever has waited longest comes first; one to whom nothing is due does not take the turn. */
  const passOn = (): void => {
    for (const taker of takers().toSorted((a, b) => lastTurnOf(a) - lastTurnOf(b))) {
      if (announced >= announcedMax) return;
      taker.dispatch({ kind: "tick" });
    }
  };
  return {
    limitsFor: (state, event) => {
      const limits = { ...whole, ...bufferLimits(whole, Math.max(1, holders())) };
      // At the end everything is due, and a range has its own size to keep.
      if (state.isDraining || event === "drain") return limits;
      // Who has just written waits for those who wait.
      const isOutOfTurn = announced >= announcedMax || event === "written";
      return isOutOfTurn ? { ...limits, ...nothingIsDue } : limits;
    },
    moved: (taker, from, to) => {
      if (isAnnounced(from) === isAnnounced(to)) return;
      announced += isAnnounced(to) ? 1 : -1;
      turns += 1;
      if (isAnnounced(to)) lastTurns.set(taker, turns);
      else passOn();
    },
  };
}

const isAnnounced = ({ kind }: Phase): boolean => kind === "announcing" || kind === "writing";

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
