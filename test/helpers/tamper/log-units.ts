/** The log as it was signed: its entries in order with the links that they stand for, and its heads. */
import type { Expectation } from "./expectation.ts";
import type { Pristine, Row } from "./pristine.ts";
import { atNumber, type Chain, type Unit } from "./units.ts";

export interface LogEntry {
  readonly index: number;
  readonly row: Row;
  readonly unit: Unit;
  /** Whether a later link of the chain is in the log. */
  readonly isNewest: boolean;
}

export interface Head {
  readonly size: number;
  readonly row: Row;
}

export interface SignedLog {
  readonly entries: readonly LogEntry[];
  /** Smallest first. */
  readonly heads: readonly Head[];
  readonly size: number;
}

export function logOf(pristine: Pristine, chains: readonly Chain[]): SignedLog {
  const units = chains.flatMap((chain) => chain.units);
  const entries = pristine.rows("ledger_entries").map((row) => entryOf(row, units));
  const heads = pristine
    .rows("checkpoints")
    .map((row) => ({ size: numberIn(row, "tree_size"), row }));
  return {
    entries: entries.toSorted((a, b) => a.index - b.index),
    heads: heads.toSorted((a, b) => a.size - b.size),
    size: entries.length,
  };
}

const numberIn = ({ values }: Row, column: string): number => Number(values[column]);

function entryOf(row: Row, units: readonly Unit[]): LogEntry {
  const ofChain = units.filter(({ source }) => source === row.values["source"]);
  const sequence = numberIn(row, "sequence");
  const unit = ofChain.find((other) => other.sequence === sequence);
  if (unit === undefined) throw new Error("an entry without its link");
  const isNewest = ofChain.every((other) => other.sequence <= sequence);
  return { index: numberIn(row, "log_index"), row, unit, isNewest };
}

export const inLog = (
  kind: Expectation["kinds"][number],
  from: number,
  to = from + 1,
): Expectation => ({ kinds: [kind], tables: ["ledger_entries"], from, to });

export const inHeads = (
  kind: Expectation["kinds"][number],
  from: number,
  to = from + 1,
): Expectation => ({ kinds: [kind], tables: ["checkpoints"], from, to });

/** What the chain says when its link has no entry any more. */
export const withoutEntry = ({ unit, isNewest }: LogEntry): Expectation =>
  isNewest
    ? atNumber(unit, unit.sequence, "link_unlogged")
    : atNumber(unit, unit.sequence, "entry_missing", "ledger_entries");

/** From the last head before the entry to the first that covers it. */
export function betweenHeads({ heads }: SignedLog, index: number): Expectation {
  const sizes = heads.map(({ size }) => size);
  const from = sizes.findLast((size) => size <= index) ?? 0;
  const to = sizes.find((size) => size > index) ?? Number.NaN;
  return inLog("root_differs", from, to);
}
