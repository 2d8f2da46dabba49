/** What one outcome writes into the exact tables. */
import type { ExactTable, PositionedOutcome } from "../pipeline/audit-store.ts";
import type { Sealer } from "../pipeline/seal.ts";
import type { EpochMs } from "../vocabulary/brand.ts";
import { contentOf, decimal64, eventTables, exposureRows, fields } from "./event-rows.ts";

export interface TableRows {
  readonly table: ExactTable;
  readonly offset: number;
  /** The month of the table's partition, e.g. 202601; 0 where the table has no partitions. */
  readonly month: number;
  /** Values of the table's own columns; one entry a row. */
  readonly rows: readonly string[];
}

/** What is the same for every row of one insert. */
export interface Stamp {
  readonly ingestedAt: EpochMs;
  readonly sealer: Pick<Sealer, "sealBytes">;
}

/** No hash of an event that was not stored as one. */
const noHash = "0000000000000000";

export function tableRowsOf(positioned: PositionedOutcome, stamp: Stamp): readonly TableRows[] {
  const { outcome, position } = positioned;
  const { offset } = position;
  const outcomeRow = (reason: string, idHash: string, contentHash: string): TableRows => ({
    table: "outcomes",
    offset,
    month: 0,
    rows: [
      fields([outcome.kind, reason]) +
        `,${decimal64(idHash)},${decimal64(contentHash)},${stamp.ingestedAt}`,
    ],
  });
  if (outcome.kind === "skip") return [outcomeRow(outcome.reason, noHash, noHash)];
  if (outcome.kind === "dead_letter") {
    const rows = [deadLetterFields(positioned, outcome, stamp)];
    const letter = {
      table: "dead_letters",
      offset,
      month: monthOf(stamp.ingestedAt),
      rows,
    } as const;
    return [letter, outcomeRow(outcome.reason, noHash, noHash)];
  }
  const { event } = outcome;
  const { fields: own, idHash, contentHash } = positioned.content ?? contentOf(event);
  const month = monthOf(event.at);
  const exposures = exposureRows(event);
  return [
    { table: eventTables[event.kind], offset, month, rows: [own] },
    ...(exposures.length === 0
      ? []
      : [{ table: "exposures", offset, month, rows: exposures } as const]),
    outcomeRow(event.kind, idHash, contentHash),
  ];
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
