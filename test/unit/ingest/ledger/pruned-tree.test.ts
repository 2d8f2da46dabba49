import fc from "fast-check";
import { leafHash, rootOf } from "../../../../ingest/ledger/merkle.ts";
import { inclusionProof } from "../../../../ingest/ledger/merkle-proof.ts";
import { prunedHashes, rootOfPruned } from "../../../../ingest/ledger/pruned-tree.ts";

const treeHashes = (size: number): Buffer[] =>
  Array.from({ length: size }, (_, index) => leafHash(`leaf ${index}`));

const trees = fc
  .integer({ min: 1, max: 300 })
  .chain((size) => fc.tuple(fc.constant(treeHashes(size)), fc.uniqueArray(fc.nat(size - 1))));

function pruned(hashes: readonly Buffer[], indexes: readonly number[]) {
  const leaves = new Map(indexes.map((index) => [index, hashes[index] ?? Buffer.alloc(0)]));
  return { leaves, rest: prunedHashes(hashes, new Set(indexes)) };
}

describe("a pruned tree", () => {
  it("has the root of the whole tree, whichever leaves are disclosed", () => {
    fc.assert(
      fc.property(trees, ([hashes, indexes]) => {
        const { leaves, rest } = pruned(hashes, indexes);
        expect(rootOfPruned(hashes.length, leaves, rest)).toEqual(rootOf(hashes));
      }),
    );
  });

  it("has another root or none once a leaf, its place or a hash is altered", () => {
    fc.assert(
      fc.property(trees, fc.nat(), ([hashes, indexes], at) => {
        const { leaves, rest } = pruned(hashes, indexes);
        const size = hashes.length;
        const root = rootOf(hashes);
        const other = leafHash("other");
        const roots = [
          ...indexes.map((index) => rootOfPruned(size, new Map(leaves).set(index, other), rest)),
          ...rest.map((_, spot) => rootOfPruned(size, leaves, rest.with(spot, other))),
        ];
        const moved = new Map([...leaves].map(([index, leaf]) => [(index + 1) % size, leaf]));
        if (size > 1 && indexes.length > 0) roots.push(rootOfPruned(size, moved, rest));
        expect(roots.filter((one) => one?.equals(root))).toEqual([]);
        const spot = at % (rest.length + 1);
        expect(rootOfPruned(size, leaves, rest.toSpliced(spot, 0, other))).toBeUndefined();
        if (rest.length > 0) {
          const fewer = rest.toSpliced(at % rest.length, 1);
          expect(rootOfPruned(size, leaves, fewer)).toBeUndefined();
        }
      }),
    );
  });

  it("for one disclosed leaf asks for exactly the hashes of its inclusion proof", () => {
    for (let size = 1; size <= 40; size += 1) {
      const hashes = treeHashes(size);
      for (let index = 0; index < size; index += 1) {
        const hexes = (list: readonly Buffer[]) => list.map((one) => one.toString("hex")).sort();
        const { rest } = pruned(hashes, [index]);
        expect(hexes(rest)).toEqual(hexes(inclusionProof(hashes, index)));
      }
    }
  });

  it("has no hashes if all leaves are disclosed, and only the root if none is", () => {
    const hashes = treeHashes(11);
    expect(pruned(hashes, [...hashes.keys()]).rest).toEqual([]);
    expect(pruned(hashes, []).rest).toEqual([rootOf(hashes)]);
  });

  it("may be empty", () => {
    expect(prunedHashes([], new Set())).toEqual([]);
    expect(rootOfPruned(0, new Map(), [])).toEqual(rootOf([]));
    expect(rootOfPruned(0, new Map(), [leafHash("x")])).toBeUndefined();
  });

  it("is undefined for an index outside, a size that is none, and a hash that is none", () => {
    const one = leafHash("x");
    const claims: [number, [number, Buffer][], Buffer[]][] = [
      [2, [[2, one]], [one]],
      [2, [[-1, one]], [one]],
      [2, [[0.5, one]], [one]],
      [-1, [], [one]],
      [Number.NaN, [], [one]],
      [2, [[0, one.subarray(1)]], [one]],
      [2, [[0, one]], [one.subarray(1)]],
    ];
    for (const [size, leaves, hashes] of claims) {
      expect(rootOfPruned(size, new Map(leaves), hashes)).toBeUndefined();
    }
    expect(() => prunedHashes(treeHashes(2), new Set([2]))).toThrow(RangeError);
  });

  it("of a claimed size of 2^53 - 1 costs no more than the way to its disclosed leaf", () => {
    const hashes = Array.from({ length: 53 }, (_, index) => leafHash(`sibling ${index}`));
    const size = Number.MAX_SAFE_INTEGER;
    expect(rootOfPruned(size, new Map([[0, leafHash("x")]]), hashes)).toBeInstanceOf(Buffer);
    expect(rootOfPruned(size, new Map([[0, leafHash("x")]]), hashes.slice(1))).toBeUndefined();
  });
});
