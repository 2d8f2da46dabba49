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

/** `writeMsMax`: from an announcement to its deadline. How many are under way at a time is the caller's to bound. */
export function createWriteLine(
  deps: RangeWriterDeps,
  writeMsMax: number,
): (write: RangeWrite) => Promise<WriteResult> {
  const decideInTurn = createQueue();
  const storeInTurn = createQueue();
  return (write) => {
    const isLate = (): boolean => deps.clock.now() > write.deadline - writeMsMax / 2;
    const decided = decideInTurn(async () =>
      isLate() ? ("unstarted" as const) : decideRange(deps, write),
    );
    return storeInTurn(async () => {
      const outcomes = await decided;
      if (typeof outcomes === "string") return outcomes;
      return isLate() ? "unstarted" : storeRange(deps, write, outcomes);
    });
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
