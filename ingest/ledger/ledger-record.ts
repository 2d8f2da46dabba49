/**
 * One link of a chain: what was committed for a run of offsets, bound to everything before it in the same
 * partition. Its RFC 6962 leaf hash is what the next link and the Merkle log commit to.
 */
import { leafHash } from "./merkle.ts";

export interface LedgerRecord {
  readonly source: string;
  readonly partition: number;
  /** Counts the links of the chain from 0. */
  readonly sequence: number;
  /** Offsets [start, end); a start behind the former end tells of records that the broker had lost. */
  readonly start: number;
  readonly end: number;
  readonly counts: LedgerCounts;
  /** Hex root of the Merkle tree over the leaves of the range, in order of offset. */
  readonly root: string;
  /** Hex leaf hash of the former link; 64 zeros for the first. */
  readonly previous: string;
  /** Epoch milliseconds, by the clock of whoever wrote it. */
  readonly recordedAt: number;
}

/** Rows that the range left, by table; `outcomes` equals the number of leaves. */
export interface LedgerCounts {
  readonly outcomes: number;
  readonly events: number;
  readonly deadLetters: number;
  readonly exposures: number;
  readonly identities: number;
}

const recordVersion = "deskwatch-range-1";
const noHash = "0".repeat(64);

export const recordText = (record: LedgerRecord): string =>
  JSON.stringify([
    recordVersion,
    record.source,
    record.partition,
    record.sequence,
    record.start,
    record.end,
    record.counts.outcomes,
    record.counts.events,
    record.counts.deadLetters,
    record.counts.exposures,
    record.counts.identities,
    record.root,
    record.previous,
    record.recordedAt,
  ]);

/** Hex. */
export const recordHash = (record: LedgerRecord): string =>
  leafHash(recordText(record)).toString("hex");

/** The newest link of a chain, as far as the next one needs it. */
export interface ChainHead {
  readonly sequence: number;
  readonly end: number;
  /** Hex. */
  readonly hash: string;
}

/** Before the first link. */
export const emptyChain: ChainHead = { sequence: -1, end: 0, hash: noHash };

export const headOf = (record: LedgerRecord): ChainHead => ({
  sequence: record.sequence,
  end: record.end,
  hash: recordHash(record),
});
