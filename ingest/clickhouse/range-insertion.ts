/** The rows of one table of some ranges as INSERTs that are each atomic and named after table and ranges. */
import type { ExactTable, Range } from "../pipeline/audit-store.ts";
import type { Writer } from "./client.ts";
import { columnsOf } from "./event-rows.ts";
import { chunksOf } from "./insert-chunks.ts";
import type { TableRows } from "./range-rows.ts";

export interface TableInsertion {
  readonly ranges: readonly Range[];
  readonly table: ExactTable;
  readonly rows: readonly TableRows[];
  /** Whether a repeat of the same insert is to be recognised by its token. */
  readonly once: boolean;
}

/** The part of every token and query id that names the partition. */
export const placeName = ({ source, partition }: Range): string => `:${source}:${partition}:`;

/** The part that names the range, too; the name of several is one behind the other. */
export const rangeName = (range: Range): string =>
  `${placeName(range)}${range.start}-${range.end}:`;

export async function insertTable(
  writer: Pick<Writer, "insert">,
  { ranges, table, rows, once }: TableInsertion,
): Promise<void> {
  const columns = columnsOf(table);
  const names = ranges.map(rangeName).join("");
  for (const { month, part, chunk } of chunksOf(rows)) {
    const lines: string[] = [];
    for (const { rows: values, place, offset, deadline } of chunk) {
      for (const value of values) lines.push(`[${value},${place},${offset},${deadline}]`);
    }
    const name = `${table}${names}${month}.${part}`;
    const ids = once ? { queryId: name, token: name } : { queryId: `${name}.missing` };
    await writer.insert({ table, columns, lines: lines.join("\n"), ...ids });
  }
}
