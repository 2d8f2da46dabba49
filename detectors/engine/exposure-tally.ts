/**
 * Who was exposed in what way within one session: distinct subjects by kind, exact up to `subjectsMax`.
 *
 * A subject is remembered by 36 bits of its token (a false match in one of 300,000 sessions of 650 subjects). Beyond
 * the limit a further subject counts as new each time and is not remembered, so numbers become upper bounds.
 */
import type { SubjectToken } from "../../ingest/vocabulary/brand.ts";
import { type ExposureKind, exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import { type Packer, packList, type Unpacker, unpackList } from "./packing.ts";

export const subjectsMax = 5_000;

export interface ExposureTally {
  /** 36 bits of the token → bits of exposure kinds. */
  readonly kinds: Map<number, number>;
  /** Distinct subjects by kind, in the order of `exposureKinds`. */
  readonly distinct: number[];
}

export interface Fresh {
  /** Not exposed before in any way. */
  subjects: number;
  /** Not exposed before in this way. */
  inKind: number;
}

export const emptyTally = (): ExposureTally => ({ kinds: new Map(), distinct: [0, 0, 0, 0] });

/** The first 36 bits of a UUID text. */
export function shortToken(token: SubjectToken): number {
  return Number.parseInt(token.slice(0, 8) + token.slice(9, 10), 16);
}

/** Notes that `short` was exposed by `kind` and adds to `fresh` what that is news of. */
export function noteExposure(
  tally: ExposureTally,
  short: number,
  kind: number,
  fresh: Fresh,
): void {
  const bit = 1 << kind;
  const known = tally.kinds.get(short);
  if (known === undefined) fresh.subjects += 1;
  else if ((known & bit) !== 0) return;
  fresh.inKind += 1;
  tally.distinct[kind] = (tally.distinct[kind] ?? 0) + 1;
  if (known !== undefined || tally.kinds.size < subjectsMax) {
    tally.kinds.set(short, (known ?? 0) | bit);
  }
}

export function kindIndex(kind: ExposureKind): number {
  return exposureKinds.indexOf(kind);
}

/** Adds every exposure of `from` to `into`. */
export function mergeTallies(into: ExposureTally, from: ExposureTally): void {
  const fresh: Fresh = { subjects: 0, inKind: 0 };
  for (const [short, bits] of from.kinds) {
    for (let kind = 0; kind < exposureKinds.length; kind += 1) {
      if ((bits & (1 << kind)) !== 0) noteExposure(into, short, kind, fresh);
    }
  }
}

const kindBits = 16;
/** Of a subject's 36 bits and its kinds. */
const subjectBytes = 5;

/**
 * The subjects, then the counts, which may exceed what is remembered. A tally that stands in `before`, those packed
 * just before it, as its place there: an alert often has exposed just whom its window has.
 */
export function packTally(packer: Packer, tally: ExposureTally, before: ExposureTally[]): void {
  const same = before.findIndex((one) => isSame(one, tally));
  before.push(tally);
  packer.number(same + 1);
  if (same >= 0) return;
  const { kinds, distinct } = tally;
  packer.number(kinds.size);
  for (const [short, bits] of kinds) packer.fixed(short * kindBits + bits, subjectBytes);
  packList(packer, distinct, packer.number);
}

export function unpackTally(unpacker: Unpacker, before: ExposureTally[]): ExposureTally {
  const tally = readTally(unpacker, before);
  before.push(tally);
  return tally;
}

function readTally(unpacker: Unpacker, before: readonly ExposureTally[]): ExposureTally {
  const place = unpacker.number();
  if (place > 0) {
    const same = before[place - 1];
    if (same === undefined) throw new RangeError("packed tally is like none before it");
    return { kinds: new Map(same.kinds), distinct: [...same.distinct] };
  }
  const joined = unpackList(unpacker, () => unpacker.fixed(subjectBytes));
  return {
    kinds: new Map(joined.map((value) => [Math.floor(value / kindBits), value % kindBits])),
    distinct: unpackList(unpacker, unpacker.number),
  };
}

/** In the same order too. */
function isSame(one: ExposureTally, other: ExposureTally): boolean {
  if (one.kinds.size !== other.kinds.size) return false;
  if (one.distinct.some((count, n) => count !== other.distinct[n])) return false;
  const entries = other.kinds.entries();
  for (const [short, bits] of one.kinds) {
    const { value } = entries.next();
    if (value?.[0] !== short || value[1] !== bits) return false;
  }
  return true;
}
