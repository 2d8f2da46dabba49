/**
 * A digest of every row of a snapshot, kept with its head: a row that was altered, lost or put back to an older
 * state shows. It finds damage; whoever wants to forge a snapshot can make it, too.
 *
 * A snapshot writes only the keys that changed, so the digest is the exclusive or of a hash per key. O(keys) memory,
 * as many as the table has.
 */
import { createHash } from "node:crypto";
import type { StateRow } from "./engine-journal.ts";

export interface SnapshotSeal {
  /** Takes the place of an earlier row of the same key. */
  readonly note: (row: StateRow) => void;
  /** Of the newest row of each key. */
  readonly digest: () => string;
  /** Keys that have a row. */
  readonly size: () => number;
}

export function createSnapshotSeal(): SnapshotSeal {
  const hashes = new Map<string, bigint>();
  let sum = 0n;
  return {
    note: ({ key, state }) => {
      const text = `${key.length}:${key}${state}`;
      const hash = createHash("sha256").update(text).digest().readBigUInt64BE();
      sum ^= hash ^ (hashes.get(key) ?? 0n);
      hashes.set(key, hash);
    },
    size: () => hashes.size,
    digest: () => `${hashes.size}:${sum.toString(16)}`,
  };
}
