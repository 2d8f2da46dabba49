/**
 * Ranges on their way into the store, in the order in which they were announced: while one is stored, the next is
 * decided.
 *
 * Decisions pass one after another, so each sees the claims of all before it, whether those are stored yet or not.
 * A range that has to be written again is decided again, and its claims, being of its own places, change nothing.
 * A range whose turn comes when half of its time is over is announced again instead: the store would refuse the
 * rest of it, and while it is looked up and repeated the others lose their time as well.
 */
import {
  decideRange,
  type RangeWrite,
  type RangeWriterDeps,
  storeRange,
  type WriteResult,
} from "./range-writer.ts";

/**
 * Offsets that are decided and not stored, of all ranges together; one that is longer goes alone. Claims are
 * forgotten at 100,000 (`duplicates.ts`), and one that is forgotten before it is stored lets its repeat through.
 */
const decidedOffsetsMax = 40_000;

/** `writeMsMax`: from an announcement to its deadline. How many are under way at a time is the caller's to bound. */
export function createWriteLine(
  deps: RangeWriterDeps,
  writeMsMax: number,
): (write: RangeWrite) => Promise<WriteResult> {
  const decideInTurn = createQueue();
  const storeInTurn = createQueue();
  const room = createRoom(decidedOffsetsMax);
  return (write) => {
    const offsets = write.range.end - write.range.start;
    const isLate = (): boolean => deps.clock.now() > write.deadline - writeMsMax / 2;
    const decided = decideInTurn(async () => {
      await room.take(offsets);
      return isLate() ? "unstarted" : decideRange(deps, write);
    });
    return storeInTurn(async () => {
      const outcomes = await decided;
      const result = typeof outcomes === "string" ? outcomes : await store(outcomes);
      room.give(offsets);
      return result;
    });
    function store(outcomes: Parameters<typeof storeRange>[2]) {
      return isLate() ? ("unstarted" as const) : storeRange(deps, write, outcomes);
    }
  };
}

/** Begins a task when the one before has ended. Tasks never throw. */
function createQueue() {
  let last: Promise<unknown> = Promise.resolve();
  return <Value>(task: () => Promise<Value>): Promise<Value> => {
    const result = last.then(task);
    last = result;
    return result;
  };
}

/** Asked for by one at a time; whoever finds nothing taken gets what he wants. */
function createRoom(max: number) {
  let taken = 0;
  let wake = (): void => undefined;
  return {
    take: async (wanted: number): Promise<void> => {
      while (taken > 0 && taken + wanted > max) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      taken += wanted;
    },
    give: (given: number): void => {
      taken -= given;
      wake();
    },
  };
}
