import fc from "fast-check";
import { leafHash, rootOf } from "../../../../ingest/ledger/merkle.ts";
import { append, emptyFrontier } from "../../../../ingest/ledger/merkle-frontier.ts";
import {
  consistencyProof,
  consistencyProofFrom,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from "../../../../ingest/ledger/merkle-proof.ts";
import { consistencies, inclusions, leaves, roots } from "./rfc6962-vectors.ts";
import { rootOfInclusion, rootsOfConsistency } from "./rfc9162-verifier.ts";

const treeHashes = (size: number): Buffer[] =>
  Array.from({ length: size }, (_, index) => leafHash(`leaf ${index}`));

/** `hash` with bit `bit` (0 to 255) turned over. */
function flipped(hash: Buffer, bit: number): Buffer {
  const copy = Buffer.from(hash);
  const at = Math.floor(bit / 8);
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}

const anyBit = fc.nat(255);
/** The proof of each way in which a list of hashes can be a little wrong. */
const damaged = (proof: readonly Buffer[], bit: number, more: Buffer): Buffer[][] => [
  ...proof.map((hash, at) => proof.with(at, flipped(hash, bit))),
  ...proof.map((_, at) => proof.toSpliced(at, 1)),
  ...[...proof, more].map((_, at) => proof.toSpliced(at, 0, more)),
  ...proof.map((hash, at) => proof.with(at, hash.subarray(0, 31))),
];

describe("an inclusion proof", () => {
  const reference = leaves.map(leafHash);
  it.each(inclusions)("is the published one for leaf $leaf of $size", ({ leaf, size, proof }) => {
    expect(inclusionProof(reference.slice(0, size), leaf - 1)).toEqual(proof);
  });

  it("verifies for every leaf of every tree of up to 50 leaves, and for no other index", () => {
    for (let size = 1; size <= 50; size += 1) {
      const hashes = treeHashes(size);
      const root = rootOf(hashes);
      for (const [index, leaf] of hashes.entries()) {
        const claim = { index, size, leafHash: leaf, proof: inclusionProof(hashes, index), root };
        expect(verifyInclusion(claim)).toBe(true);
        const others = hashes.map((_, other) => other).filter((other) => other !== index);
        expect(others.filter((other) => verifyInclusion({ ...claim, index: other }))).toEqual([]);
      }
    }
  });

  it("fails once any part of it is altered", () => {
    const cases = fc
      .integer({ min: 1, max: 400 })
      .chain((size) =>
        fc.record({ size: fc.constant(size), index: fc.nat(size - 1), bit: anyBit }),
      );
    fc.assert(
      fc.property(cases, ({ size, index, bit }) => {
        const hashes = treeHashes(size);
        const leaf = hashes[index] ?? Buffer.alloc(0);
        const root = rootOf(hashes);
        const claim = { index, size, leafHash: leaf, proof: inclusionProof(hashes, index), root };
        const wrong = [
          { ...claim, leafHash: flipped(leaf, bit) },
          { ...claim, root: flipped(root, bit) },
          { ...claim, leafHash: leaf.subarray(1) },
          { ...claim, index: -1 },
          { ...claim, index: size },
          { ...claim, index: index + 0.5 },
          { ...claim, index: index + 2 ** 32, size: size + 2 ** 32 },
          { ...claim, size: Number.NaN },
          { ...claim, size: 0 },
          ...damaged(claim.proof, bit, root).map((proof) => ({ ...claim, proof })),
        ];
        expect(verifyInclusion(claim)).toBe(true);
        expect(wrong.filter(verifyInclusion)).toEqual([]);
      }),
    );
  });

  it("fails at a wrong size wherever that size asks for another way up", () => {
    const hashes = treeHashes(6);
    const claim = {
      index: 5,
      size: 6,
      leafHash: hashes[5] ?? Buffer.alloc(0),
      proof: inclusionProof(hashes, 5),
      root: rootOf(hashes),
    };
    // Sizes 7 and 8 ask for three hashes, 4 and 5 have no leaf 5, 12 asks for four.
    const wrong = [0, 3, 4, 5, 7, 8, 12].filter((size) => verifyInclusion({ ...claim, size }));
    expect(wrong).toEqual([]);
  });

  it("is not given for a leaf that is not there", () => {
    expect(() => inclusionProof(treeHashes(3), 3)).toThrow(RangeError);
    expect(() => inclusionProof([], 0)).toThrow(RangeError);
  });
});

describe("a consistency proof", () => {
  const reference = leaves.map(leafHash);
  it.each(consistencies)(
    "is the published one from $oldSize to $size",
    ({ oldSize, size, proof }) => {
      expect(consistencyProof(reference.slice(0, size), oldSize)).toEqual(proof);
      const claim = { oldSize, size, proof };
      const [oldRoot, root] = [roots[oldSize], roots[size]] as [Buffer, Buffer];
      expect(verifyConsistency({ ...claim, oldRoot, root })).toBe(true);
    },
  );

  it("verifies between all trees of up to 50 leaves, and the frontier gives the same proof", () => {
    const hashes = treeHashes(50);
    const sizes = [...hashes.keys(), 50];
    const rootAt = (size: number) => rootOf(hashes, 0, size);
    const isProven = (oldSize: number, size: number): boolean => {
      const proof = consistencyProof(hashes.slice(0, size), oldSize);
      const frontier = hashes.slice(0, oldSize).reduce(append, emptyFrontier);
      const same = consistencyProofFrom(frontier, hashes.slice(oldSize, size));
      const roots = { oldRoot: rootAt(oldSize), root: rootAt(size) };
      const isSame = Buffer.concat(same).equals(Buffer.concat(proof));
      return isSame && verifyConsistency({ ...roots, oldSize, size, proof });
    };
    const pairs = sizes.flatMap((size) =>
      sizes.filter((old) => old <= size).map((old) => [old, size] as const),
    );
    expect(pairs).toHaveLength((51 * 52) / 2);
    expect(pairs.filter(([oldSize, size]) => !isProven(oldSize, size))).toEqual([]);
  });

  it("fails once any part of it is altered", () => {
    const cases = fc.integer({ min: 2, max: 400 }).chain((size) =>
      fc.record({
        size: fc.constant(size),
        oldSize: fc.integer({ min: 1, max: size - 1 }),
        bit: anyBit,
      }),
    );
    fc.assert(
      fc.property(cases, ({ size, oldSize, bit }) => {
        const hashes = treeHashes(size);
        const oldRoot = rootOf(hashes, 0, oldSize);
        const root = rootOf(hashes);
        const proof = consistencyProof(hashes, oldSize);
        const claim = { oldSize, oldRoot, size, root, proof };
        const wrong = [
          { ...claim, oldRoot: flipped(oldRoot, bit) },
          { ...claim, root: flipped(root, bit) },
          { ...claim, oldRoot: root, root: oldRoot },
          { ...claim, oldSize: oldSize - 1 },
          { ...claim, oldSize: oldSize + 1 },
          { ...claim, oldSize: 0 },
          { ...claim, oldSize: size },
          { ...claim, oldSize: oldSize + 2 ** 32, size: size + 2 ** 32 },
          { ...claim, size: oldSize, oldSize: size },
          { ...claim, size: size * 2 },
          { ...claim, proof: [] },
          ...damaged(proof, bit, root).map((other) => ({ ...claim, proof: other })),
        ];
        expect(verifyConsistency(claim)).toBe(true);
        expect(wrong.filter(verifyConsistency)).toEqual([]);
      }),
    );
  });

  it("fails for a tree in which one old leaf was edited, removed or moved", () => {
    const cases = fc.integer({ min: 2, max: 120 }).chain((size) =>
      fc.record({
        size: fc.constant(size),
        oldSize: fc.integer({ min: 2, max: size }),
        at: fc.nat(),
      }),
    );
    fc.assert(
      fc.property(cases, ({ size, oldSize, at }) => {
        const hashes = treeHashes(size);
        const spot = at % (oldSize - 1);
        const moved = hashes.toSpliced(spot, 2, ...hashes.slice(spot, spot + 2).toReversed());
        const forks = [
          hashes.with(spot, leafHash("edited")),
          [...hashes.toSpliced(spot, 1), leafHash("new")],
          moved,
        ];
        const oldRoot = rootOf(hashes, 0, oldSize);
        const accepted = forks.filter((fork) => {
          const proof = consistencyProof(fork, oldSize);
          return verifyConsistency({ oldSize, oldRoot, size, root: rootOf(fork), proof });
        });
        expect(accepted).toEqual([]);
      }),
    );
  });

  it.each([
    { oldSize: 0, size: 0, old: 0, now: 0, proof: [], holds: true, why: "empty stays empty" },
    { oldSize: 0, size: 5, old: 0, now: 5, proof: [], holds: true, why: "everything is new" },
    { oldSize: 0, size: 5, old: 1, now: 5, proof: [], holds: false, why: "empty has one root" },
    { oldSize: 0, size: 5, old: 0, now: 5, proof: [1], holds: false, why: "nothing to prove" },
    { oldSize: 0, size: 0, old: 1, now: 1, proof: [], holds: false, why: "empty has one root" },
    { oldSize: 3, size: 3, old: 3, now: 3, proof: [], holds: true, why: "nothing happened" },
    { oldSize: 3, size: 3, old: 3, now: 4, proof: [], holds: false, why: "same size, other root" },
    { oldSize: 3, size: 3, old: 3, now: 3, proof: [1], holds: false, why: "nothing to prove" },
    { oldSize: 5, size: 3, old: 5, now: 3, proof: [], holds: false, why: "leaves are gone" },
  ])("from $oldSize to $size: $why", ({ oldSize, size, old, now, proof, holds }) => {
    const root = (of: number): Buffer => roots[of] ?? Buffer.alloc(0);
    const claim = { oldSize, oldRoot: root(old), size, root: root(now), proof: proof.map(root) };
    expect(verifyConsistency(claim)).toBe(holds);
  });

  it("is not given from a tree that is larger", () => {
    expect(() => consistencyProof(treeHashes(3), 4)).toThrow(RangeError);
  });
});

describe("both checks", () => {
  const path = Array.from({ length: 60 }, (_, index) => leafHash(`sibling ${index}`));
  const paths = [...path.keys()].map((count) => path.slice(0, count));
  const start = leafHash("start");

  /** The number of paths that both accept; -1 if they disagree about one. */
  function acceptedInclusions(index: number, size: number): number {
    const answers = paths.map((proof) => {
      const claim = { index, size, leafHash: start, proof };
      const root = rootOfInclusion(claim);
      return [verifyInclusion({ ...claim, root: root ?? start }), root !== undefined];
    });
    return agreed(answers);
  }

  function acceptedConsistencies(oldSize: number, size: number): number {
    const answers = paths.map((proof) => {
      const claim = { oldSize, size, oldRoot: start, proof };
      const found = rootsOfConsistency(claim);
      const [oldRoot, root] = found ?? [start, start];
      return [verifyConsistency({ ...claim, oldRoot, root }), found !== undefined];
    });
    return agreed(answers);
  }

  const agreed = (answers: boolean[][]): number =>
    answers.every(([ours, theirs]) => ours === theirs)
      ? answers.filter(([ours]) => ours).length
      : -1;

  it.each([
    { sizeMax: 40, why: "small" },
    { sizeMax: Number.MAX_SAFE_INTEGER, why: "up to 2^53 - 1" },
  ])(
    "answer as the text of RFC 9162 does, sizes $why: one length of path is right",
    ({ sizeMax }) => {
      const pairs = fc.tuple(fc.integer({ min: 1, max: sizeMax - 1 }), fc.nat(sizeMax));
      fc.assert(
        fc.property(pairs, ([oldSize, more]) => {
          const size = Math.min(oldSize + 1 + more, sizeMax);
          expect(acceptedInclusions(oldSize - 1, size)).toBe(1);
          expect(acceptedConsistencies(oldSize, size)).toBe(1);
        }),
      );
    },
  );
});
