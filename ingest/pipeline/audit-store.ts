/**
 * What a source needs of the audit trail: decide what each record is, store a range of records exactly once,
 * and say what of a range is missing after an insert whose outcome is unknown.
 *
 * A source works in ranges [start, end) of one partition. A range that failed is rebuilt from the same
 * records and decided again; the decision is the same as long as nothing but this range was half stored.
 */
import type { EpochMs } from "../vocabulary/brand.ts";
import type { Outcome, Position, RawRecord } from "../vocabulary/outcome.ts";
import type { Hash64 } from "./event-index.ts";

/** Offsets [start, end) of one partition of one source; every offset in it has one outcome. */
export interface Range {
  readonly source: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

/** What became of the record at `position`. */
export interface PositionedOutcome {
  readonly position: Position;
  readonly outcome: Outcome;
  /** The record's bytes, kept (sealed) for a dead letter; `null`: a tombstone or no record. */
  readonly bytes: Buffer | null;
  /** Of an event, as `decide` worked it out; worked out again where it is absent. */
  readonly content?: EventContent;
}

/** An event as the row of its table, and the hashes by which duplicates are told. */
export interface EventContent {
  readonly idHash: Hash64;
  /** The first 64 bits of `rowHash`. */
  readonly contentHash: Hash64;
  /** SHA-256 of `fields`, hex: what the ledger commits to. */
  readonly rowHash: string;
  readonly fields: string;
}

/** The tables that a range writes exactly once, in the order in which they are written. */
export const exactTables = [
  "access_events",
  "exposures",
  "subject_events",
  "ticket_events",
  "agent_events",
  "dead_letters",
  "outcomes",
] as const;
export type ExactTable = (typeof exactTables)[number];

/** Outcomes of a range, one per offset in order; the store refuses what arrives after `deadline`. */
export interface RangeContent {
  readonly range: Range;
  readonly outcomes: readonly PositionedOutcome[];
  readonly deadline: EpochMs;
}

/** What of a range is not stored. */
export interface Missing {
  /** `none`: all stored; `all`: nothing stored. */
  readonly extent: "none" | "some" | "all";
  /** Per table the offsets of which at least one row is missing; of the ledger those that no link covers. */
  readonly offsets: ReadonlyMap<ExactTable | "ledger", ReadonlySet<number>>;
}

export interface AuditStore {
  /**
   * Decodes `records` and settles duplicates, against each other in the given order and against what is
   * stored. Writes nothing. Throws `ingest.dead_letter_share` when too many of a source's latest records
   * are dead letters, `clickhouse.*` when the store does not answer.
   */
  readonly decide: (records: readonly RawRecord[]) => Promise<readonly PositionedOutcome[]>;
  /**
   * Stores ranges, at most one of a partition, together: sealed identities first, the exact tables next, then the
   * outcomes, and last the links of the ledger that commit to all of it. `outcomes` must cover every offset of its
   * range. The database refuses all of them once one of their deadlines is over. After any error the state of each
   * range is unknown: ask `missing`.
   */
  readonly insertRanges: (contents: readonly RangeContent[]) => Promise<void>;
  /** Stops what still runs for the range, then reads back what is stored of it. */
  readonly missing: (range: Range, outcomes: readonly PositionedOutcome[]) => Promise<Missing>;
  /**
   * Stores exactly what `missing` found; the same rules as `insertRanges`. Returns whether all of the range, link
   * included, was read back after that; false: ask `missing`.
   */
  readonly insertMissing: (
    range: Range,
    outcomes: readonly PositionedOutcome[],
    missing: Missing,
    deadline: EpochMs,
  ) => Promise<boolean>;
  /**
   * Fills the index of known event ids from what is stored: before the first `decide`, and again, then only with
   * what is new, before records are decided whose forerunners another process may have stored.
   */
  readonly warm: () => Promise<void>;
}
