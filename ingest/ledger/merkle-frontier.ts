/**
 * The right edge of a growing tree: all that is needed to append to it and to know its root.
 *
 * It holds the roots of the perfect subtrees that the leaves fall into from left to right, one for each binary
 * digit 1 of the size; a log of 2^53 leaves has at most 53. Plain data, so that it can be kept and read back.
 */
import { emptyRoot, type Hash, isHash, nodeHash } from "./merkle.ts";

export interface Frontier {
  /** Leaves so far. */
  readonly size: number;
  /** Largest subtree first. */
  readonly hashes: readonly Hash[];
}

export const emptyFrontier: Frontier = { size: 0, hashes: [] };

/** The frontier with one more leaf. O(log size) time; `frontier` stays as it is. */
export function append({ size, hashes }: Frontier, leaf: Hash): Frontier {
  const kept = [...hashes];
  let carried = leaf;
  for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
    const left = kept.pop();
    if (left === undefined)
      throw new RangeError("the frontier has fewer hashes than its size asks");
    carried = nodeHash(left, carried);
  }
  return { size: size + 1, hashes: [...kept, carried] };
}

export function rootOfFrontier({ hashes }: Frontier): Hash {
  const smallestFirst = hashes.toReversed();
  const [smallest, ...larger] = smallestFirst;
  if (smallest === undefined) return emptyRoot;
  return larger.reduce((right, left) => nodeHash(left, right), smallest);
}

/** Whether what was read back has the shape of a frontier. That its hashes are right only the root tells. */
export function isFrontier({ size, hashes }: Frontier): boolean {
  return (
    Number.isSafeInteger(size) && size >= 0 && hashes.length === ones(size) && hashes.every(isHash)
  );
}

function ones(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
