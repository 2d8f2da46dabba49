/** What a verification has to say of a tampering, and whether it says that and nothing else. */
import type { Discrepancy, DiscrepancyKind } from "../../../ingest/verification/discrepancy.ts";
import type { Change } from "./pristine.ts";

/** One discrepancy: where exactly, and what it may be called. */
export interface Expectation {
  readonly kinds: readonly DiscrepancyKind[];
  readonly tables: readonly string[];
  /** Absent where the place is the log itself. */
  readonly source?: string;
  readonly partition?: number;
  readonly from: number;
  readonly to: number;
}

export interface Act {
  /** What is done, for whoever reads a failure. */
  readonly name: string;
  readonly changes: readonly Change[];
  readonly expected: readonly Expectation[];
}

export interface Verdict {
  /** Acts of which a discrepancy is not found, or not where it is. */
  readonly missed: readonly string[];
  /** What was found where nobody did anything. */
  readonly invented: readonly string[];
}

/** Each expectation takes one discrepancy. */
export function judge(acts: readonly Act[], found: readonly Discrepancy[]): Verdict {
  const left = [...found];
  const missed: string[] = [];
  for (const { name, expected } of acts) {
    for (const expectation of expected) {
      const at = left.findIndex((discrepancy) => fits(discrepancy, expectation));
      if (at === -1) missed.push(`${name}: ${JSON.stringify(expectation)}`);
      else left.splice(at, 1);
    }
  }
  return { missed, invented: left.map((discrepancy) => JSON.stringify(discrepancy)) };
}

const fits = (found: Discrepancy, expected: Expectation): boolean =>
  expected.kinds.includes(found.kind) &&
  expected.tables.includes(found.table) &&
  expected.source === found.source &&
  expected.partition === found.partition &&
  expected.from === found.from &&
  expected.to === found.to;
