/**
 * Who was exposed in what way within one session: distinct subjects by kind, exact up to `subjectsMax`.
 *
 * A subject is remembered by 48 bits of its token (one false match in 10^9 sessions of 650 subjects). Beyond
 * the limit a further subject counts as new each time and is not remembered, so numbers become upper bounds.
 */
import type { SubjectToken } from "../../ingest/vocabulary/brand.ts";
import { type ExposureKind, exposureKinds } from "../../ingest/vocabulary/exposure.ts";

export const subjectsMax = 5_000;

export interface Ledger {
  /** 48 bits of the token → bits of exposure kinds. */
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

export const emptyLedger = (): Ledger => ({ kinds: new Map(), distinct: [0, 0, 0, 0] });

/** The first 48 bits of a UUID text. */
export function shortToken(token: SubjectToken): number {
  return Number.parseInt(token.slice(0, 8) + token.slice(9, 13), 16);
}

/** Notes that `short` was exposed by `kind` and adds to `fresh` what that is news of. */
export function noteExposure(ledger: Ledger, short: number, kind: number, fresh: Fresh): void {
  const bit = 1 << kind;
  const known = ledger.kinds.get(short);
  if (known === undefined) fresh.subjects += 1;
  else if ((known & bit) !== 0) return;
  fresh.inKind += 1;
  ledger.distinct[kind] = (ledger.distinct[kind] ?? 0) + 1;
  if (known !== undefined || ledger.kinds.size < subjectsMax) {
    ledger.kinds.set(short, (known ?? 0) | bit);
  }
}

export function kindIndex(kind: ExposureKind): number {
  return exposureKinds.indexOf(kind);
}

/** Adds every exposure of `from` to `into`. */
export function mergeLedger(into: Ledger, from: Ledger): void {
  const fresh: Fresh = { subjects: 0, inKind: 0 };
  for (const [short, bits] of from.kinds) {
    for (let kind = 0; kind < exposureKinds.length; kind += 1) {
      if ((bits & (1 << kind)) !== 0) noteExposure(into, short, kind, fresh);
    }
  }
}

const bytesPerSubject = 7;

/** The ledger as base64 (7 bytes a subject) and the counts, which may exceed what is remembered. */
export function printLedger(ledger: Ledger): { packed: string; distinct: number[] } {
  const bytes = Buffer.alloc(ledger.kinds.size * bytesPerSubject);
  let offset = 0;
  for (const [short, bits] of ledger.kinds) {
    bytes.writeUIntBE(short, offset, 6);
    bytes.writeUInt8(bits, offset + 6);
    offset += bytesPerSubject;
  }
  return { packed: bytes.toString("base64"), distinct: [...ledger.distinct] };
}

export function readLedger(printed: { packed: string; distinct: readonly number[] }): Ledger {
  const bytes = Buffer.from(printed.packed, "base64");
  const ledger: Ledger = { kinds: new Map(), distinct: [...printed.distinct] };
  for (let offset = 0; offset + bytesPerSubject <= bytes.length; offset += bytesPerSubject) {
    ledger.kinds.set(bytes.readUIntBE(offset, 6), bytes.readUInt8(offset + 6));
  }
  return ledger;
}
