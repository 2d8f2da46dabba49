/**
 * The Merkle tree hash of RFC 9162 §2.1.1 (the same as RFC 6962 §2.1) over SHA-256.
 *
 * A leaf is H(0x00 ‖ data), a node H(0x01 ‖ left ‖ right), the empty tree H(""). The prefixes keep a node from
 * passing for a leaf. A tree of n leaves splits at the largest power of two below n.
 */
import { hash } from "node:crypto";

/** 32 bytes of SHA-256. Whoever reads one from outside checks the length with `isHash`. */
export type Hash = Buffer;

export const hashBytes = 32;
const nodePrefix = 1;

/** Root of the tree without leaves. */
export const emptyRoot: Hash = hash("sha256", "", "buffer");

export const isHash = (bytes: Uint8Array | undefined): bytes is Hash =>
  Buffer.isBuffer(bytes) && bytes.length === hashBytes;

/** A text is hashed as its UTF-8 bytes. */
export const leafHash = (data: string | Uint8Array): Hash => fromBinary(leafBinary(data));

export function nodeHash(left: Hash, right: Hash): Hash {
  const block = Buffer.alloc(1 + 2 * hashBytes, nodePrefix);
  block.set(left, 1);
  block.set(right, 1 + hashBytes);
  return fromBinary(hash("sha256", block, "binary"));
}

/** Root over the leaf hashes `from` … `to` - 1; O(n) time, 32 bytes a leaf. About 1 µs a leaf. */
export function rootOf(leafHashes: readonly Hash[], from = 0, to = leafHashes.length): Hash {
  const level = Buffer.alloc(hashBytes * (to - from));
  for (let index = from; index < to; index += 1) {
    const leaf = leafHashes[index];
    if (!isHash(leaf)) throw new RangeError("a leaf hash is missing or not 32 bytes long");
    level.set(leaf, hashBytes * (index - from));
  }
  return foldedRoot(level);
}

/** Root over the leaves' data, without a Buffer for each leaf: for ranges on the hot path. About 2 µs a leaf. */
export function rootOfData(leaves: readonly (string | Uint8Array)[]): Hash {
  const level = Buffer.alloc(hashBytes * leaves.length);
  let at = 0;
  for (const data of leaves) {
    level.write(leafBinary(data), at, "latin1");
    at += hashBytes;
  }
  return foldedRoot(level);
}

/**
 * Folds neighbours level by level, in place: `level` holds the leaf hashes side by side and is used up. An odd
 * last node rises unchanged, which gives the same tree as splitting at powers of two from the top.
 */
function foldedRoot(level: Buffer): Hash {
  if (level.length === 0) return emptyRoot;
  const block = Buffer.alloc(1 + 2 * hashBytes, nodePrefix);
  let width = level.length / hashBytes;
  while (width > 1) {
    const pairs = Math.floor(width / 2);
    for (let pair = 0; pair < pairs; pair += 1) {
      const at = 2 * hashBytes * pair;
      level.copy(block, 1, at, at + 2 * hashBytes);
      level.write(hash("sha256", block, "binary"), hashBytes * pair, "latin1");
    }
    if (width % 2 === 1) {
      const last = hashBytes * (width - 1);
      level.copyWithin(hashBytes * pairs, last, last + hashBytes);
    }
    width = Math.ceil(width / 2);
  }
  return Buffer.from(level.subarray(0, hashBytes));
}

const leafBinary = (data: string | Uint8Array): string =>
  hash("sha256", typeof data === "string" ? `\0${data}` : prefixed(data), "binary");

function prefixed(data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(1 + data.length);
  bytes.set(data, 1);
  return bytes;
}

/** A hash as a text of 32 one-byte characters is several times cheaper to get from node:crypto than a Buffer. */
const fromBinary = (binary: string): Hash => Buffer.from(binary, "latin1");
