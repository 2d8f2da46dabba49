/** What a verification can find, each with the place where it lies. Closed, so that each has its test. */

export const discrepancyKinds = [
  /** A row does not say what was written. */
  "row_altered",
  "row_missing",
  "row_unexpected",
  /** Something of the range was altered that no single offset shows, such as a time of ingest. */
  "range_differs",
  /** A leaf in the place of a removed row that the service's retention did not leave. */
  "retirement_forged",
  /** A retirement that did not know of a legal hold in force. */
  "hold_overlooked",
  /** The key of a sealed identifier is gone, and no erasure of the service says so. */
  "key_missing",
  /** A key that does not open its identifier. */
  "key_altered",
  /** A key that an erasure of the service says is gone. */
  "key_unexpected",
  /** Rows at offsets that no link covers. */
  "rows_unlinked",
  "link_altered",
  "link_missing",
  "link_unexpected",
  /** A link that no holder of the key has written. */
  "link_forged",
  /** A link that should stand in the log by now and does not. */
  "link_unlogged",
  "entry_altered",
  "entry_missing",
  "entry_unexpected",
  /** A signed head that is not what the notary signed. */
  "checkpoint_altered",
  "checkpoint_missing",
  "checkpoint_unexpected",
  /** The entries do not give the root that was signed for so many of them. */
  "root_differs",
  /** A witness holds a head of more entries than there are. */
  "log_shortened",
  /** A witness holds another head of the same size. */
  "log_forked",
] as const;
export type DiscrepancyKind = (typeof discrepancyKinds)[number];

export interface Discrepancy {
  readonly kind: DiscrepancyKind;
  /** `statements` where it is not known which table of them. */
  readonly table: string;
  /** Absent where the place is the log itself. */
  readonly source?: string;
  readonly partition?: number;
  /**
   * [first, end) of the offsets; in `ledger` of the numbers of links, in `ledger_entries` too where a source is
   * named, else of the places in the log; in `checkpoints` of the entries that heads cover.
   */
  readonly from: number;
  readonly to: number;
  /** What was expected and found, without a value of any row. */
  readonly detail: string;
}

/** Discrepancies listed in full; beyond, only counted. */
export const discrepanciesMax = 1_000;

export interface DiscrepancyList {
  readonly add: (found: Discrepancy) => void;
  readonly listed: readonly Discrepancy[];
  readonly total: () => number;
}

export function createDiscrepancyList(): DiscrepancyList {
  const listed: Discrepancy[] = [];
  let total = 0;
  return {
    listed,
    total: () => total,
    add: (found) => {
      total += 1;
      if (listed.length < discrepanciesMax) listed.push(found);
    },
  };
}
