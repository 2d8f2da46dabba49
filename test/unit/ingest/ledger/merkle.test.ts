import fc from "fast-check";
import { leafHash, nodeHash, rootOf, rootOfData } from "../../../../ingest/ledger/merkle.ts";
import {
  append,
  emptyFrontier,
  isFrontier,
  rootOfFrontier,
} from "../../../../ingest/ledger/merkle-frontier.ts";
import { leaves, roots } from "./rfc6962-vectors.ts";

/** The definition of RFC 9162 §2.1.1, word for word: what the fast ways are held against. */
function definedRoot(hashes: readonly Buffer[]): Buffer {
  const [first] = hashes;
  if (first === undefined) return rootOf([]);
  if (hashes.length === 1) return first;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(definedRoot(hashes.slice(0, split)), definedRoot(hashes.slice(split)));
}

const treeHashes = (size: number): Buffer[] =>
  Array.from({ length: size }, (_, index) => leafHash(`leaf ${index}`));

describe("the Merkle tree hash", () => {
  it.each(roots.map((root, size) => ({ size, root })))(
    "is the published one for the reference tree of $size leaves",
    ({ size, root }) => {
      const data = leaves.slice(0, size);
      expect(rootOf(data.map(leafHash))).toEqual(root);
      expect(rootOfData(data)).toEqual(root);
    },
  );

  it("follows the definition for every size up to 130, whichever way it is computed", () => {
    let frontier = emptyFrontier;
    for (let size = 0; size <= 130; size += 1) {
      const hashes = treeHashes(size);
      const root = definedRoot(hashes);
      expect(rootOf(hashes)).toEqual(root);
      expect(rootOfData(hashes.map((_, index) => `leaf ${index}`))).toEqual(root);
      expect(rootOfFrontier(frontier)).toEqual(root);
      expect(isFrontier(frontier)).toBe(true);
      frontier = append(frontier, leafHash(`leaf ${size}`));
    }
  });

  it("takes a text for its UTF-8 bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(leafHash(text)).toEqual(leafHash(Buffer.from(text, "utf8")));
      }),
    );
  });

  it("tells a leaf from a node over the same bytes", () => {
    const [left, right] = [leafHash("a"), leafHash("b")];
    expect(leafHash(Buffer.concat([left, right]))).not.toEqual(nodeHash(left, right));
  });

  it("refuses what is not a hash instead of hashing something else", () => {
    expect(() => rootOf([leafHash("a"), Buffer.alloc(31)])).toThrow(RangeError);
    expect(() => rootOf(treeHashes(3), 0, 4)).toThrow(RangeError);
  });
});

describe("a frontier", () => {
  it("goes on after it was kept as text and read back", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(40), (before, after) => {
        const hashes = treeHashes(before + after);
        const kept = hashes.slice(0, before).reduce(append, emptyFrontier);
        const text = JSON.stringify([kept.size, kept.hashes.map((one) => one.toString("hex"))]);
        const [size, hexes] = JSON.parse(text) as [number, string[]];
        const read = { size, hashes: hexes.map((hex) => Buffer.from(hex, "hex")) };
        const grown = hashes.slice(before).reduce(append, read);
        expect(grown.size).toBe(before + after);
        expect(rootOfFrontier(grown)).toEqual(rootOf(hashes));
      }),
    );
  });

  it("leaves the frontier that it grew from as it was", () => {
    const three = treeHashes(3).reduce(append, emptyFrontier);
    const root = rootOfFrontier(three);
    append(three, leafHash("fourth"));
    expect(three.size).toBe(3);
    expect(rootOfFrontier(three)).toEqual(root);
  });

  it.each([
    { why: "a hash too few", size: 3, hashes: treeHashes(1) },
    { why: "a hash too many", size: 4, hashes: treeHashes(2) },
    { why: "a short hash", size: 1, hashes: [Buffer.alloc(31)] },
    { why: "no whole size", size: 1.5, hashes: treeHashes(1) },
    { why: "a size below 0", size: -1, hashes: [] },
  ])("is none with $why", ({ size, hashes }) => {
    expect(isFrontier({ size, hashes })).toBe(false);
  });

  it("is a bug to append to with fewer hashes than its size asks", () => {
    expect(() => append({ size: 3, hashes: treeHashes(1) }, leafHash("x"))).toThrow(RangeError);
  });
});
