/** What outcomes write into the exact tables. */
import type { ExactTable, PositionedOutcome, Range } from "../pipeline/audit-store.ts";
import type { Sealer } from "../pipeline/seal.ts";
import type { EpochMs } from "../vocabulary/brand.ts";
import type { Outcome } from "../vocabulary/outcome.ts";
import {
  contentOf,
  decimal64,
  eventTables,
  exposureCount,
  exposureRows,
  fields,
} from "./event-rows.ts";
import type { RowCount } from "./read-back.ts";

export interface TableRows {
  readonly table: ExactTable;
  /** JSON values of source and partition, as every row has them. */
  readonly place: string;
  readonly offset: number;
  /** The store refuses the rows after it. */
  readonly deadline: EpochMs;
  /** The month of the table's partition, e.g. 202601; 0 where the table has no partitions. */
  readonly month: number;
  /** Values of the table's own columns; one entry a row. */
  readonly rows: readonly string[];
}

/** What is the same for every row of one range. */
export interface Stamp {
  readonly place: string;
  readonly deadline: EpochMs;
  readonly ingestedAt: EpochMs;
  readonly sealer: Pick<Sealer, "sealBytes">;
}

export const placeValues = ({ source, partition }: Pick<Range, "source" | "partition">): string =>
  `${JSON.stringify(source)},${partition}`;

/**
 * The rows of one table, in order of offset. Made table by table, right before they are written: rows that
 * wait behind other tables' inserts cost more to collect as garbage than to make.
 */
export function tableRowsOf(
  table: ExactTable,
  outcomes: readonly PositionedOutcome[],
  stamp: Stamp,
): readonly TableRows[] {
  const found: TableRows[] = [];
  for (const positioned of outcomes) {
    const rows = rowsIn(table, positioned, stamp);
    if (rows.length === 0) continue;
    const { offset } = positioned.position;
    const month = monthIn(table, positioned.outcome, stamp);
    found.push({ table, place: stamp.place, offset, deadline: stamp.deadline, month, rows });
  }
  return found;
}

/** How many rows each offset has in one table; those without any are left out. */
export function rowCountsOf(
  table: ExactTable,
  outcomes: readonly PositionedOutcome[],
): readonly RowCount[] {
  const found: RowCount[] = [];
  for (const { outcome, position } of outcomes) {
    const count = rowCountIn(table, outcome);
    if (count > 0) found.push({ offset: position.offset, count });
  }
  return found;
}

function rowCountIn(table: ExactTable, outcome: Outcome): number {
  if (table === "outcomes") return 1;
  if (table === "dead_letters") return outcome.kind === "dead_letter" ? 1 : 0;
  if (outcome.kind !== "event") return 0;
  if (table === "exposures") return exposureCount(outcome.event);
  return eventTables[outcome.event.kind] === table ? 1 : 0;
}

const none: readonly string[] = [];

function rowsIn(table: ExactTable, positioned: PositionedOutcome, stamp: Stamp): readonly string[] {
  const { outcome } = positioned;
  if (table === "outcomes") return [outcomeFields(positioned, stamp)];
  if (table === "dead_letters") {
    return outcome.kind === "dead_letter" ? [deadLetterFields(positioned, outcome, stamp)] : none;
  }
  if (outcome.kind !== "event") return none;
  if (table === "exposures") return exposureRows(outcome.event);
  if (eventTables[outcome.event.kind] !== table) return none;
  return [(positioned.content ?? contentOf(outcome.event)).fields];
}

function monthIn(table: ExactTable, outcome: Outcome, stamp: Stamp): number {
  if (table === "outcomes") return 0;
  return monthOf(outcome.kind === "event" ? outcome.event.at : stamp.ingestedAt);
}

/** The hashes of an event that was not stored as one. */
const noHashes = "0,0";

function outcomeFields({ outcome, content }: PositionedOutcome, { ingestedAt }: Stamp): string {
  if (outcome.kind !== "event") {
    return `${fields([outcome.kind, outcome.reason])},${noHashes},${ingestedAt}`;
  }
  const { event } = outcome;
  const { idHash, contentHash } = content ?? contentOf(event);
  return `"event","${event.kind}",${decimal64(idHash)},${decimal64(contentHash)},${ingestedAt}`;
}

function deadLetterFields(
  { position, bytes }: PositionedOutcome,
  { reason, detail }: { readonly reason: string; readonly detail: string },
  { ingestedAt, sealer }: Stamp,
): string {
  const sealed = bytes === null ? "" : sealer.sealBytes(position, bytes);
  return fields([ingestedAt, reason, detail, bytes?.length ?? 0, sealed]);
}

function monthOf(at: EpochMs): number {
  const date = new Date(at);
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
}
