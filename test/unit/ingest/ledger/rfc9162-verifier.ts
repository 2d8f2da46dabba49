/** The two climbs of RFC 9162 step by step as the text has them, in BigInt: what ours are held against. */
import { nodeHash } from "../../../../ingest/ledger/merkle.ts";
import type { Consistency, Inclusion } from "../../../../ingest/ledger/merkle-proof.ts";

/** §2.1.3.2: the root that the proof leads to; undefined where the text says that it fails before. */
export function rootOfInclusion(claim: Omit<Inclusion, "root">): Buffer | undefined {
  if (claim.index >= claim.size) return undefined;
  let fn = BigInt(claim.index);
  let sn = BigInt(claim.size) - 1n;
  let r = claim.leafHash;
  for (const p of claim.proof) {
    if (sn === 0n) return undefined;
    if ((fn & 1n) === 1n || fn === sn) {
      r = nodeHash(p, r);
      [fn, sn] = untilRightChild(fn, sn);
    } else {
      r = nodeHash(r, p);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? r : undefined;
}

/** §2.1.4.2, for 0 < oldSize < size: both roots that the proof leads to. */
export function rootsOfConsistency(
  claim: Omit<Consistency, "root">,
): readonly [Buffer, Buffer] | undefined {
  if (claim.proof.length === 0) return undefined;
  const first = BigInt(claim.oldSize);
  const isPower = (first & (first - 1n)) === 0n;
  const path = isPower ? [claim.oldRoot, ...claim.proof] : claim.proof;
  let [fn, sn] = untilLeftChild(first - 1n, BigInt(claim.size) - 1n);
  let fr = path[0] as Buffer;
  let sr = fr;
  for (const c of path.slice(1)) {
    if (sn === 0n) return undefined;
    if ((fn & 1n) === 1n || fn === sn) {
      fr = nodeHash(c, fr);
      sr = nodeHash(c, sr);
      [fn, sn] = untilRightChild(fn, sn);
    } else {
      sr = nodeHash(sr, c);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? [fr, sr] : undefined;
}

/** "If LSB(fn) is not set, then right-shift both fn and sn equally until either LSB(fn) is set or fn is 0." */
function untilRightChild(fn: bigint, sn: bigint): [bigint, bigint] {
  let shift = 0n;
  while (((fn >> shift) & 1n) === 0n && fn >> shift !== 0n) shift += 1n;
  return [fn >> shift, sn >> shift];
}

/** "If LSB(fn) is set, then right-shift both fn and sn equally until LSB(fn) is not set." */
function untilLeftChild(fn: bigint, sn: bigint): [bigint, bigint] {
  let shift = 0n;
  while (((fn >> shift) & 1n) === 1n) shift += 1n;
  return [fn >> shift, sn >> shift];
}
