/**
 * The announced range of one partition, as text in the metadata of an offset commit: `i1:<start>-<end>`.
 *
 * The group coordinator is the one store that rejects a writer which has lost its partition, so what is about
 * to be written is announced there. The committed offset confirms everything before it.
 */

/** Offsets [start, end) whose rows may be partly stored. */
export interface Intent {
  readonly start: number;
  readonly end: number;
}

const pattern = /^i1:(\d{1,16})-(\d{1,16})$/;

export const formatIntent = ({ start, end }: Intent): string => `i1:${start}-${end}`;

/** `undefined` for a plain commit, and for metadata that somebody else wrote. */
export function parseIntent(metadata: string | null): Intent | undefined {
  const found = pattern.exec(metadata ?? "");
  if (found === null) return undefined;
  const [start, end] = [Number(found[1]), Number(found[2])];
  return start < end && Number.isSafeInteger(end) ? { start, end } : undefined;
}
