/** The parts of a store that can be tampered with one beside the other: its chains, and the links of each. */
import { grouped } from "../../../ingest/runtime/grouped.ts";
import type { DiscrepancyKind } from "../../../ingest/verification/discrepancy.ts";
import type { Expectation } from "./expectation.ts";
import { type Pristine, type Row, rowTables } from "./pristine.ts";

export interface Chain {
  readonly source: string;
  readonly partition: number;
  /** In order. */
  readonly units: readonly [Unit, ...Unit[]];
}

/** A link and the rows that it commits to. */
export interface Unit {
  readonly source: string;
  readonly partition: number;
  readonly sequence: number;
  /** Counts the units of all chains. */
  readonly number: number;
  /** Where the link before it ended; offsets from there to `start` belong to none. */
  readonly gapFrom: number;
  readonly start: number;
  readonly end: number;
  readonly link: Row;
  /** By table; tables of which it has none are absent. */
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}

export const offsetOf = ({ values }: Row): number => Number(values["offset"]);

/** In order of source. */
export function chainsOf(pristine: Pristine): readonly Chain[] {
  const placed = new Map(
    rowTables.map((table) => [table, grouped(pristine.rows(table), placeOf)] as const),
  );
  const links = grouped(pristine.rows("ledger"), placeOf);
  let number = 0;
  return [...links]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([place, own]) => {
      const ordered = own.toSorted((a, b) => sequenceOf(a) - sequenceOf(b));
      const units = ordered.map((link, at) => {
        const before = ordered[at - 1];
        const gapFrom = before === undefined ? 0 : Number(before.values["end_offset"]);
        number += 1;
        const rowsAt = (table: RowTable) => placed.get(table)?.get(place) ?? [];
        return { ...unitOf(link, rowsAt), number, gapFrom };
      });
      const [first, ...more] = units;
      if (first === undefined) throw new Error("a chain without links");
      return { source: first.source, partition: first.partition, units: [first, ...more] };
    });
}

const sequenceOf = ({ values }: Row): number => Number(values["sequence"]);

const placeOf = ({ values }: Row): string =>
  `${String(values["source"])} ${String(values["partition"])}`;

type RowTable = (typeof rowTables)[number];

function unitOf(link: Row, rowsOf: (table: RowTable) => readonly Row[]) {
  const start = Number(link.values["start_offset"]);
  const end = Number(link.values["end_offset"]);
  const rows = new Map<string, readonly Row[]>();
  for (const table of rowTables) {
    const own = rowsOf(table).filter((row) => offsetOf(row) >= start && offsetOf(row) < end);
    if (own.length > 0) rows.set(table, own);
  }
  return {
    source: String(link.values["source"]),
    partition: Number(link.values["partition"]),
    sequence: sequenceOf(link),
    start,
    end,
    link,
    rows,
  };
}

export const isOfStatements = ({ source }: { readonly source: string }): boolean =>
  source.startsWith("service:");

type Place = Pick<Unit, "source" | "partition">;

/** One offset of the chain. */
export const atOffset = (
  { source, partition }: Place,
  offset: number,
  kinds: readonly DiscrepancyKind[],
  tables: readonly string[],
): Expectation => ({ kinds, tables, source, partition, from: offset, to: offset + 1 });

/** All offsets of one link, where nothing tells more. */
export const overLink = (
  { source, partition, start, end }: Unit,
  kinds: readonly DiscrepancyKind[],
  tables: readonly string[],
): Expectation => ({ kinds, tables, source, partition, from: start, to: end });

/** One number of the chain. */
export const atNumber = (
  { source, partition }: Place,
  sequence: number,
  kind: DiscrepancyKind,
  table = "ledger",
): Expectation => ({
  kinds: [kind],
  tables: [table],
  source,
  partition,
  from: sequence,
  to: sequence + 1,
});
