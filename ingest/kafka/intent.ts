/**
 * What is said of one partition in the metadata of an offset commit, as text: `i1:<start>-<end>@<deadline>` for
 * an announced range, `u1:<below>@<deadline>` for doubt, both with a space between, or nothing.
 *
 * The group coordinator is the one store that rejects a writer which has lost its partition, so what is about
 * to be written is announced there. The committed offset confirms everything before it.
 */
import { clockSkewMsMax } from "../runtime/clock.ts";
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";

/** Offsets [start, end) whose rows may be partly stored. */
export interface Intent {
  readonly start: number;
  readonly end: number;
  /** The store refuses a write of the range by its announcer after this time; 0: nobody has written yet. */
  readonly deadline: EpochMs;
}

/** Offsets below `below` may be stored although nothing confirms it: a commit has expired or was wiped out. */
export interface Doubt {
  readonly below: number;
  /** When the last unknown write has landed or is refused; 0: none is under way. */
  readonly deadline: EpochMs;
}

export interface CommitNote {
  readonly intent: Intent | undefined;
  readonly doubt: Doubt | undefined;
}

const intentPattern = /^i1:(\d{1,16})-(\d{1,16})@(\d{1,16})$/;
const doubtPattern = /^u1:(\d{1,16})@(\d{1,16})$/;

export function formatNote({ intent, doubt }: CommitNote): string {
  const parts: string[] = [];
  if (intent !== undefined) parts.push(`i1:${intent.start}-${intent.end}@${intent.deadline}`);
  if (doubt !== undefined) parts.push(`u1:${doubt.below}@${doubt.deadline}`);
  return parts.join(" ");
}

/** Nothing for a plain commit, and for what somebody else wrote. */
export function parseNote(metadata: string | null): CommitNote {
  const parts = (metadata ?? "").split(" ");
  return {
    intent: firstOf(parts.map(parseIntent)),
    doubt: firstOf(parts.map(parseDoubt)),
  };
}

const firstOf = <Value>(values: readonly (Value | undefined)[]): Value | undefined =>
  values.find((value) => value !== undefined);

function parseIntent(text: string): Intent | undefined {
  const found = intentPattern.exec(text);
  if (found === null) return undefined;
  const [start = 0, end = 0, deadline = 0] = found.slice(1).map(Number);
  const isRange = start < end && Number.isSafeInteger(end);
  return isRange ? { start, end, deadline: epochMs(deadline) } : undefined;
}

function parseDoubt(text: string): Doubt | undefined {
  const found = doubtPattern.exec(text);
  if (found === null) return undefined;
  const [below = 0, deadline = 0] = found.slice(1).map(Number);
  return Number.isSafeInteger(below) ? { below, deadline: epochMs(deadline) } : undefined;
}

/**
 * When every earlier write of the range has landed or been refused. The store takes a write in the very
 * millisecond of its deadline, so that the one after it counts.
 */
export const landedBy = ({ deadline }: Pick<Intent, "deadline">): EpochMs =>
  epochMs(deadline === 0 ? 0 : deadline + clockSkewMsMax + 1);

/** The range with one more write. A clock may have been put back since an earlier one, which may come all the same. */
export const lastUntil = (range: Intent, deadline: EpochMs): Intent => ({
  ...range,
  deadline: epochMs(Math.max(range.deadline, deadline)),
});
