/** The rows of one table of one range as INSERTs that are each atomic and named after both. */
import type { ExactTable, Range } from "../pipeline/audit-store.ts";
import type { EpochMs } from "../vocabulary/brand.ts";
import type { Writer } from "./client.ts";
import { columnsOf } from "./event-rows.ts";
import { chunksOf } from "./insert-chunks.ts";
import type { TableRows } from "./range-rows.ts";

export interface TableInsertion {
  readonly range: Range;
  readonly table: ExactTable;
  readonly rows: readonly TableRows[];
  readonly deadline: EpochMs;
  /** Whether a repeat of the same insert is to be recognised by its token. */
  readonly once: boolean;
}

/** The part of every token and query id that names the partition. */
export const placeName = ({ source, partition }: Range): string => `:${source}:${partition}:`;

/** The part that names the range, too. */
export const rangeName = (range: Range): string =>
  `${placeName(range)}${range.start}-${range.end}:`;

export async function insertTable(
  writer: Writer,
  { range, table, rows, deadline, once }: TableInsertion,
): Promise<void> {
  const columns = columnsOf(table);
  const place = `${JSON.stringify(range.source)},${range.partition}`;
  for (const { month, part, chunk } of chunksOf(rows)) {
    const lines: string[] = [];
    for (const { rows: values, offset } of chunk) {
      for (const value of values) lines.push(`[${value},${place},${offset},${deadline}]`);
    }
    const name = `${table}${rangeName(range)}${month}.${part}`;
    const ids = once ? { queryId: name, token: name } : { queryId: `${name}.missing` };
    await writer.insert({ table, columns, lines: lines.join("\n"), ...ids });
  }
}
