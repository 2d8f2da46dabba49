/**
 * The announced range of one partition, as text in the metadata of an offset commit: `i1:<start>-<end>@<deadline>`.
 *
 * The group coordinator is the one store that rejects a writer which has lost its partition, so what is about
 * to be written is announced there. The committed offset confirms everything before it.
 */
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";

/** Offsets [start, end) whose rows may be partly stored. */
export interface Intent {
  readonly start: number;
  readonly end: number;
  /** The store refuses a write of the range by its announcer after this time; 0: nobody has written yet. */
  readonly deadline: EpochMs;
}

const pattern = /^i1:(\d{1,16})-(\d{1,16})@(\d{1,16})$/;

export const formatIntent = ({ start, end, deadline }: Intent): string =>
  `i1:${start}-${end}@${deadline}`;

/** `undefined` for a plain commit, and for metadata that somebody else wrote. */
export function parseIntent(metadata: string | null): Intent | undefined {
  const found = pattern.exec(metadata ?? "");
  if (found === null) return undefined;
  const [start = 0, end = 0, deadline = 0] = found.slice(1).map(Number);
  return start < end && Number.isSafeInteger(end)
    ? { start, end, deadline: epochMs(deadline) }
    : undefined;
}

/** Clocks of writers and store may differ by this much. Milliseconds. */
const clockSkewMsMax = 1_000;

/** When every earlier write of the range has landed or been refused. */
export const landedBy = ({ deadline }: Pick<Intent, "deadline">): EpochMs =>
  epochMs(deadline === 0 ? 0 : deadline + clockSkewMsMax);
