/**
 * Who was exposed in what way within one session: distinct subjects by kind, exact up to `subjectsMax`, and how
 * sensitive what was shown of each was.
 *
 * A subject is remembered by 36 bits of its token (a false match in one of 300,000 sessions of 650 subjects). Beyond
 * the limit a further subject of an event counts as new each time and is not remembered, so numbers become upper bounds.
 */
import type { SubjectToken } from "../../ingest/vocabulary/brand.ts";
import type { Subject } from "../../ingest/vocabulary/event.ts";
import { type ExposureKind, exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import { type Packer, packList, type Unpacker, unpackList } from "./packing.ts";

export const subjectsMax = 5_000;

export interface ExposureTally {
  /** 36 bits of the token → its marks. */
  readonly subjects: Map<number, number>;
  /** Distinct subjects by kind, in the order of `exposureKinds`. */
  readonly distinct: number[];
  /** Of those of a tenant of which harm counts more than once: how often. */
  readonly tenantWeights: Map<number, number>;
}

export interface Fresh {
  /** Not exposed before in any way. */
  subjects: number;
  /** Not exposed before in this way. */
  inKind: number;
}

/** How an event exposes its subjects. */
export interface Shown {
  /** Place among `exposureKinds`. */
  readonly kind: number;
  /** Of the worst field that it shows: 1 to 3. */
  readonly sensitivity: number;
}

export const emptyTally = (): ExposureTally => ({
  subjects: new Map(),
  distinct: [0, 0, 0, 0],
  tenantWeights: new Map(),
});

/** Forgets everybody. */
export function clearTally({ subjects, distinct, tenantWeights }: ExposureTally): void {
  subjects.clear();
  distinct.fill(0);
  tenantWeights.clear();
}

/** The first 36 bits of a UUID text. */
export function shortToken(token: SubjectToken): number {
  return Number.parseInt(token.slice(0, 8) + token.slice(9, 10), 16);
}

/** Marks of a subject: by kind two bits for the worst sensitivity, 0 where it was not so exposed; then the watch list. */
const sensitivityBits = 2;
const sensitivityMask = 3;
const watchedMark = 1 << (sensitivityBits * exposureKinds.length);
const markCount = 2 * watchedMark;

/** 1 to 3: how sensitive the worst field was that was shown in that way; 0: it was not exposed so. */
export const sensitivityIn = (marks: number, kind: number): number =>
  (marks >> (sensitivityBits * kind)) & sensitivityMask;

export const isWatchedIn = (marks: number): boolean => (marks & watchedMark) !== 0;

/** Notes that `short` was exposed in that way and adds to `fresh` what that is news of. */
export function noteExposure(
  tally: ExposureTally,
  short: number,
  { kind, sensitivity }: Shown,
  fresh: Fresh,
): void {
  const known = tally.subjects.get(short);
  const before = known === undefined ? 0 : sensitivityIn(known, kind);
  if (before >= sensitivity) return;
  if (known === undefined) fresh.subjects += 1;
  if (before === 0) {
    fresh.inKind += 1;
    tally.distinct[kind] = (tally.distinct[kind] ?? 0) + 1;
  }
  if (known === undefined && tally.subjects.size >= subjectsMax) return;
  const worse = (sensitivity - before) << (sensitivityBits * kind);
  tally.subjects.set(short, (known ?? 0) + worse);
}

/** What of a subject makes its exposure worse. */
export interface Standing {
  readonly isWatched: boolean;
  /** At least 1. */
  readonly tenantWeight: number;
}

/** Notes it of a subject that is remembered; of two tenants the heavier one counts. */
function noteStanding(
  { subjects, tenantWeights }: ExposureTally,
  short: number,
  { isWatched, tenantWeight }: Standing,
): void {
  const marks = subjects.get(short);
  if (marks === undefined) return;
  if (isWatched) subjects.set(short, marks | watchedMark);
  if (tenantWeight > (tenantWeights.get(short) ?? 1)) tenantWeights.set(short, tenantWeight);
}

/** undefined: nothing. */
export type StandingOf = (subject: Subject) => Standing | undefined;

/** Notes the subject's exposure with its standing; its 36 bits. */
export function noteSubject(
  tally: ExposureTally,
  subject: Subject,
  how: Shown & { readonly standingOf: StandingOf },
  fresh: Fresh,
): number {
  const short = shortToken(subject.token);
  noteExposure(tally, short, how, fresh);
  const standing = how.standingOf(subject);
  if (standing !== undefined) noteStanding(tally, short, standing);
  return short;
}

export function kindIndex(kind: ExposureKind): number {
  return exposureKinds.indexOf(kind);
}

/**
 * Adds every exposure of `from` to `into`; again changes nothing. Of subjects that `into` cannot remember any more none is
 * counted, so that from then on its numbers are at least so many.
 */
export function mergeTallies(into: ExposureTally, from: ExposureTally): void {
  for (const [short, marks] of from.subjects) {
    // An alert takes its window in again with every event.
    const known = into.subjects.get(short);
    const isForgotten = known === undefined && into.subjects.size >= subjectsMax;
    if (known !== marks && !isForgotten) noteMarks(into, short, marks);
  }
  for (const [kind, count] of from.distinct.entries()) {
    into.distinct[kind] = Math.max(into.distinct[kind] ?? 0, count);
  }
  for (const [short, tenantWeight] of from.tenantWeights) {
    noteStanding(into, short, { isWatched: false, tenantWeight });
  }
}

function noteMarks(into: ExposureTally, short: number, marks: number): void {
  const fresh: Fresh = { subjects: 0, inKind: 0 };
  for (let kind = 0; kind < exposureKinds.length; kind += 1) {
    const sensitivity = sensitivityIn(marks, kind);
    if (sensitivity > 0) noteExposure(into, short, { kind, sensitivity }, fresh);
  }
  noteStanding(into, short, { isWatched: isWatchedIn(marks), tenantWeight: 1 });
}

/** Of a subject's 36 bits and its marks. */
const subjectBytes = 6;
/** Of the 36 bits alone. */
const shortBytes = 5;

/**
 * The subjects, then the counts, which may exceed what is remembered. A tally that stands in `before`, those packed
 * just before it, as its place there: an alert often has exposed just whom its window has.
 */
export function packTally(packer: Packer, tally: ExposureTally, before: ExposureTally[]): void {
  const same = before.findIndex((one) => isSame(one, tally));
  before.push(tally);
  packer.number(same + 1);
  if (same >= 0) return;
  const { subjects, distinct, tenantWeights } = tally;
  packer.number(subjects.size);
  for (const [short, marks] of subjects) packer.fixed(short * markCount + marks, subjectBytes);
  packList(packer, distinct, packer.number);
  packList(packer, [...tenantWeights], ([short, weight]) => {
    packer.fixed(short, shortBytes);
    packer.number(weight);
  });
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
    const { subjects, distinct, tenantWeights } = same;
    return {
      subjects: new Map(subjects),
      distinct: [...distinct],
      tenantWeights: new Map(tenantWeights),
    };
  }
  const joined = unpackList(unpacker, () => unpacker.fixed(subjectBytes));
  return {
    subjects: new Map(joined.map((value) => [Math.floor(value / markCount), value % markCount])),
    distinct: unpackList(unpacker, unpacker.number),
    tenantWeights: new Map(
      unpackList(unpacker, () => [unpacker.fixed(shortBytes), unpacker.number()] as const),
    ),
  };
}

/** In the same order too. */
const isSame = (one: ExposureTally, other: ExposureTally): boolean =>
  one.distinct.every((count, n) => count === other.distinct[n]) &&
  areSame(one.subjects, other.subjects) &&
  areSame(one.tenantWeights, other.tenantWeights);

function areSame(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): boolean {
  if (one.size !== other.size) return false;
  const entries = other.entries();
  for (const [short, marks] of one) {
    const { value } = entries.next();
    if (value?.[0] !== short || value[1] !== marks) return false;
  }
  return true;
}
