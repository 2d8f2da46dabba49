/**
 * A tree cut back to some of its leaves: who holds the disclosed leaves and these hashes can compute the root,
 * and learns of the other leaves no more than hashes over them.
 *
 * The hashes are those of the maximal subtrees without a disclosed leaf, depth first, left before right.
 */
import { emptyRoot, type Hash, isHash, nodeHash, rootOf } from "./merkle.ts";

/** All disclosed: none. None disclosed: the root alone. Throws a RangeError for a leaf that is not there. */
export function prunedHashes(leafHashes: readonly Hash[], disclosed: ReadonlySet<number>): Hash[] {
  const size = leafHashes.length;
  const indexes = sortedIndexes(disclosed, size);
  if (indexes === undefined) throw new RangeError("no leaf at a disclosed index");
  const hashes: Hash[] = [];
  if (size === 0) return hashes;
  fold<void>(size, indexes, {
    pruned: (from, to) => {
      hashes.push(rootOf(leafHashes, from, to));
    },
    leaf: () => {},
    node: () => {},
  });
  return hashes;
}

/**
 * Undefined where there are too many or too few hashes, or where one is no hash or an index no index. A root
 * proves nothing by itself: compare it with one that is trusted. O(disclosed × log size) time.
 */
export function rootOfPruned(
  size: number,
  disclosedLeafHashes: ReadonlyMap<number, Hash>,
  hashes: readonly Hash[],
): Hash | undefined {
  const indexes = sortedIndexes(new Set(disclosedLeafHashes.keys()), size);
  const areHashes = [...disclosedLeafHashes.values(), ...hashes].every(isHash);
  if (indexes === undefined || !areHashes) return undefined;
  if (size === 0) return hashes.length === 0 ? emptyRoot : undefined;
  let used = 0;
  const root = fold<Hash | undefined>(size, indexes, {
    pruned: () => {
      used += 1;
      return hashes[used - 1];
    },
    leaf: (index) => disclosedLeafHashes.get(index),
    node: (left, right) =>
      left === undefined || right === undefined ? undefined : nodeHash(left, right),
  });
  return used === hashes.length ? root : undefined;
}

interface FoldSteps<Value> {
  /** The subtree over the leaves `from` … `to` - 1, none of them disclosed. */
  readonly pruned: (from: number, to: number) => Value;
  readonly leaf: (index: number) => Value;
  readonly node: (left: Value, right: Value) => Value;
}

/** Depth first, left before right; goes at most 53 deep and only where a disclosed leaf is. */
function fold<Value>(size: number, indexes: readonly number[], steps: FoldSteps<Value>): Value {
  let next = 0;
  const visit = (from: number, to: number): Value => {
    const isPruned = (indexes[next] ?? size) >= to;
    if (isPruned) return steps.pruned(from, to);
    if (to - from === 1) {
      next += 1;
      return steps.leaf(from);
    }
    const middle = from + splitOf(to - from);
    const left = visit(from, middle);
    return steps.node(left, visit(middle, to));
  };
  return visit(0, size);
}

/** The largest power of two below `width`, which is at least 2. */
function splitOf(width: number): number {
  let split = 1;
  while (split * 2 < width) split *= 2;
  return split;
}

function sortedIndexes(indexes: ReadonlySet<number>, size: number): number[] | undefined {
  if (!Number.isSafeInteger(size) || size < 0) return undefined;
  const sorted = [...indexes].toSorted((a, b) => a - b);
  const areInside = sorted.every(
    (index) => Number.isSafeInteger(index) && index >= 0 && index < size,
  );
  return areInside ? sorted : undefined;
}
