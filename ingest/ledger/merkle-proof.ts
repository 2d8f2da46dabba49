/**
 * Proofs over the Merkle tree: that a leaf is in it (RFC 9162 §2.1.3) and that a later tree only appended to an
 * earlier one (§2.1.4). Proof and check follow the same way from a subtree up to the root, so that sizes alone
 * decide how many hashes a proof has and on which side each stands.
 *
 * Sizes and indexes go up to 2^53 - 1, so they are divided: bit operators would cut them to 32 bits.
 */
import { emptyRoot, type Hash, isHash, nodeHash, rootOf } from "./merkle.ts";
import type { Frontier } from "./merkle-frontier.ts";

export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Hash;
  readonly proof: readonly Hash[];
  readonly root: Hash;
}

export interface Consistency {
  readonly oldSize: number;
  readonly oldRoot: Hash;
  readonly size: number;
  readonly root: Hash;
  /** Empty where `oldSize` is 0 or `size`. */
  readonly proof: readonly Hash[];
}

/** O(n) time. Throws a RangeError where there is no such leaf. */
export function inclusionProof(leafHashes: readonly Hash[], index: number): Hash[] {
  const size = leafHashes.length;
  if (!isIndex(index, size)) throw new RangeError("no leaf at this index");
  return siblings(leafAt(index), size).map(({ from, to }) => rootOf(leafHashes, from, to));
}

/** From the first `oldSize` of the leaves to all of them. O(n) time. */
export function consistencyProof(leafHashes: readonly Hash[], oldSize: number): Hash[] {
  if (!isIndex(oldSize, leafHashes.length + 1)) throw new RangeError("no tree of this size");
  const hashes = perfectSpans(oldSize).map(({ from, to }) => rootOf(leafHashes, from, to));
  return consistencyProofFrom({ size: oldSize, hashes }, leafHashes.slice(oldSize));
}

/** The same from the frontier of the old tree and the leaves after it: nothing older is read. */
export function consistencyProofFrom(old: Frontier, newLeafHashes: readonly Hash[]): Hash[] {
  const spans = perfectSpans(old.size);
  const last = spans.at(-1);
  if (last === undefined || newLeafHashes.length === 0) return [];
  const climb = siblings(last, old.size + newLeafHashes.length);
  // A tree that is one perfect subtree starts the climb with its root, which a verifier has already.
  const steps = spans.length === 1 ? climb : [last, ...climb];
  return steps.map(({ from, to }) => {
    if (from >= old.size) return rootOf(newLeafHashes, from - old.size, to - old.size);
    const hash = old.hashes[spans.findIndex((span) => span.from === from)];
    if (hash === undefined)
      throw new RangeError("the frontier has fewer hashes than its size asks");
    return hash;
  });
}

/** Answers as RFC 9162 §2.1.3.2 does. O(log size) time. */
export function verifyInclusion({ index, size, leafHash, proof, root }: Inclusion): boolean {
  if (!isSize(size) || !isIndex(index, size)) return false;
  if (![leafHash, root, ...proof].every(isHash)) return false;
  const climb = withSides(proof, siblings(leafAt(index), size));
  return climb?.reduce(nodeAbove, leafHash).equals(root) ?? false;
}

/** Answers as RFC 9162 §2.1.4.2 does; beyond it the empty tree counts as the beginning of every tree. */
export function verifyConsistency(claim: Consistency): boolean {
  const { oldSize, oldRoot, size, root, proof } = claim;
  if (!isSize(size) || !isSize(oldSize) || oldSize > size) return false;
  if (![oldRoot, root, ...proof].every(isHash)) return false;
  if (oldSize === 0 && !oldRoot.equals(emptyRoot)) return false;
  if (oldSize === size) return proof.length === 0 && oldRoot.equals(root);
  return oldSize === 0 ? proof.length === 0 : verifyGrowth(claim);
}

/** Where 0 < oldSize < size: rebuilds both roots. What lies left of the way was in the old tree already. */
function verifyGrowth({ oldSize, oldRoot, size, root, proof }: Consistency): boolean {
  const spans = perfectSpans(oldSize);
  const last = spans.at(-1);
  const [start, ...hashes] = spans.length === 1 ? [oldRoot, ...proof] : proof;
  if (last === undefined || start === undefined) return false;
  const climb = withSides(hashes, siblings(last, size));
  if (climb === undefined) return false;
  const oldClimb = climb.filter(({ isLeft }) => isLeft);
  return (
    oldClimb.reduce(nodeAbove, start).equals(oldRoot) && climb.reduce(nodeAbove, start).equals(root)
  );
}

interface Step {
  readonly hash: Hash;
  readonly isLeft: boolean;
}

/** Undefined where the sizes ask for more or fewer hashes. */
function withSides(hashes: readonly Hash[], spans: readonly Sibling[]): Step[] | undefined {
  if (hashes.length !== spans.length) return undefined;
  return hashes.map((hash, index) => ({ hash, isLeft: spans[index]?.isLeft ?? false }));
}

const nodeAbove = (below: Hash, { hash, isLeft }: Step): Hash =>
  isLeft ? nodeHash(hash, below) : nodeHash(below, hash);

/** The leaves `from` … `to` - 1. */
interface Span {
  readonly from: number;
  readonly to: number;
}

interface Sibling extends Span {
  readonly isLeft: boolean;
}

/** The subtrees beside the way from a perfect subtree up to the root, lowest first; at most 53. */
function siblings(start: Span, size: number): Sibling[] {
  const found: Sibling[] = [];
  let { from, to } = start;
  while (from > 0 || to < size) {
    const width = to - from;
    if (from % (2 * width) === 0) {
      // Without a right neighbour the node rises as it is.
      if (to < size) found.push({ from: to, to: Math.min(to + width, size), isLeft: false });
      to += width;
    } else {
      found.push({ from: from - width, to: from, isLeft: true });
      from -= width;
    }
  }
  return found;
}

/** The perfect subtrees that a tree of this size falls into, largest first. */
function perfectSpans(size: number): Span[] {
  const spans: Span[] = [];
  let to = size;
  for (let width = 1; to > 0; width *= 2) {
    if (to % (2 * width) === 0) continue;
    spans.unshift({ from: to - width, to });
    to -= width;
  }
  return spans;
}

const leafAt = (index: number): Span => ({ from: index, to: index + 1 });
const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isIndex = (value: number, size: number): boolean => isSize(value) && value < size;
