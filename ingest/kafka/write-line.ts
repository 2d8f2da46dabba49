/**
 * Ranges on their way into the store, in the order in which they were announced: while some are stored, the next are
 * decided.
 *
 * Decisions pass one after another, so each sees the claims of all before it, whether those are stored yet or not.
 * What is decided when the store is free is stored together: an INSERT costs as much as some hundred rows, so many
 * small ranges must not cost one each. A range that has to be written again is decided again, and its claims, being
 * of its own places, change nothing; it goes alone, so that what is wrong with it holds up no other. A range whose
 * turn comes when half of its time is over is announced again instead: the store would refuse the rest of it, and
 * while it is looked up and repeated the others lose their time as well.
 */
import type { PositionedOutcome } from "../pipeline/audit-store.ts";
import type { RangeLimits } from "./range-state.ts";
import {
  decideRange,
  type RangeWrite,
  type RangeWriterDeps,
  reconcileRange,
  storeRanges,
  type WriteResult,
} from "./range-writer.ts";

/**
 * Offsets that are decided and not stored, of all ranges together; one that is longer goes alone. Claims are
 * forgotten at 100,000 (`duplicates.ts`), and one that is forgotten before it is stored lets its repeat through.
 */
const decidedOffsetsMax = 40_000;
/** Ranges that are stored together: each has its name in the name of every INSERT. */
const togetherRangesMax = 64;

/** Of its time from announcement to deadline, how much a decided range waits for others that may go along. */
const patienceShare = 0.25;

/** What is stored together; a range that is longer goes alone. */
export interface WriteLimits extends Pick<RangeLimits, "batchRowsMax" | "batchBytesMax"> {
  /** From an announcement to its deadline, milliseconds. */
  readonly writeMsMax: number;
}

interface Waiting {
  readonly write: RangeWrite;
  readonly offsets: number;
  readonly bytes: number;
  readonly resolve: (result: WriteResult) => void;
}

interface Decided extends Waiting {
  readonly outcomes: readonly PositionedOutcome[];
}

/** How many are under way at a time is the caller's to bound. */
export function createWriteLine(
  deps: RangeWriterDeps,
  limits: WriteLimits,
): (write: RangeWrite) => Promise<WriteResult> {
  const { writeMsMax } = limits;
  const undecided: Waiting[] = [];
  const decided: Decided[] = [];
  /** Offsets of what is being decided, is decided or is being stored. */
  let taken = 0;
  let isDeciding = false;
  let isStoring = false;
  const isLate = ({ write }: Waiting): boolean =>
    deps.clock.now() > write.deadline - writeMsMax / 2;
  const hasRoom = ({ offsets }: Waiting): boolean =>
    taken === 0 || taken + offsets <= decidedOffsetsMax;
  const end = ({ offsets, resolve }: Waiting, result: WriteResult): void => {
    taken -= offsets;
    resolve(result);
  };
  const decide = async (next: Waiting): Promise<void> => {
    taken += next.offsets;
    const outcomes = isLate(next) ? "unstarted" : await decideRange(deps, next.write);
    if (typeof outcomes === "string") end(next, outcomes);
    else decided.push({ ...next, outcomes });
  };
  const decideAll = async (): Promise<void> => {
    if (isDeciding) return;
    isDeciding = true;
    for (let next = undecided[0]; next !== undefined && hasRoom(next); next = undecided[0]) {
      undecided.shift();
      await decide(next);
      void storeAll();
    }
    isDeciding = false;
    void storeAll();
  };
  const storeAll = async (): Promise<void> => {
    if (isStoring) return;
    isStoring = true;
    while (isDue()) {
      await store(takeTogether(decided, limits));
      void decideAll();
    }
    isStoring = false;
  };
  /** What is decided next may go along, unless there is enough or the first has waited long enough. */
  const isDue = (): boolean => {
    const [first] = decided;
    if (first === undefined) return false;
    const isPressing = deps.clock.now() > first.write.deadline - writeMsMax * (1 - patienceShare);
    return !isDeciding || isPressing || lengthOf(decided, limits) >= 1;
  };
  const store = async (together: readonly Decided[]): Promise<void> => {
    const late = together.filter(isLate);
    for (const one of late) end(one, "unstarted");
    const punctual = together.filter((one) => !late.includes(one));
    const results = await resultsOf(deps, punctual);
    for (const [at, one] of punctual.entries()) end(one, results[at] ?? "failed");
  };
  return (write) =>
    new Promise((resolve) => {
      const offsets = write.range.end - write.range.start;
      const bytes = write.records.reduce((sum, record) => sum + record.bytes, 0);
      undecided.push({ write, offsets, bytes, resolve });
      void decideAll();
    });
}

async function resultsOf(
  deps: RangeWriterDeps,
  together: readonly Decided[],
): Promise<readonly WriteResult[]> {
  const [first] = together;
  if (first === undefined) return [];
  if (first.write.mode === "insert") return storeRanges(deps, together);
  return [await reconcileRange(deps, first)];
}

/** In ranges as long as they may be, by rows or by bytes. */
function lengthOf(
  writes: readonly Waiting[],
  { batchRowsMax, batchBytesMax }: WriteLimits,
): number {
  let offsets = 0;
  let bytes = 0;
  for (const write of writes) {
    offsets += write.offsets;
    bytes += write.bytes;
  }
  return Math.max(offsets / batchRowsMax, bytes / batchBytesMax);
}

/** The first, and what of the others may go along, in their order; they are removed from `decided`. */
function takeTogether(decided: Decided[], limits: WriteLimits): readonly Decided[] {
  const together = decided.splice(0, 1);
  if (together[0]?.write.mode !== "insert") return together;
  for (const one of [...decided]) {
    if (together.length >= togetherRangesMax) break;
    if (one.write.mode !== "insert" || lengthOf([...together, one], limits) > 1) continue;
    together.push(one);
    decided.splice(decided.indexOf(one), 1);
  }
  return together;
}
