/** How the rows of one table are divided into INSERTs that are each atomic. */
import { grouped } from "../runtime/grouped.ts";
import type { TableRows } from "./range-rows.ts";

export interface Chunk {
  readonly month: number;
  /** Counts the chunks of one month from 0. */
  readonly part: number;
  readonly chunk: readonly TableRows[];
}

/** Rows and characters of one INSERT: far below where the database would split it into several blocks. */
const insertRowsMax = 100_000;
const insertCharactersMax = 64 * 1024 * 1024;

/** Rows of one month each, in the order given, what one offset writes never divided. */
export function chunksOf(rows: readonly TableRows[]): readonly Chunk[] {
  const months = grouped(rows, ({ month }) => month);
  return [...months].flatMap(([month, own]) =>
    divided(own).map((chunk, part) => ({ month, part, chunk })),
  );
}

function divided(rows: readonly TableRows[]): readonly (readonly TableRows[])[] {
  const chunks: TableRows[][] = [];
  let chunk: TableRows[] = [];
  let count = Number.POSITIVE_INFINITY;
  let characters = 0;
  for (const row of rows) {
    if (count >= insertRowsMax || characters >= insertCharactersMax) {
      chunk = [];
      chunks.push(chunk);
      count = 0;
      characters = 0;
    }
    chunk.push(row);
    count += row.rows.length;
    characters += row.rows.reduce((sum, text) => sum + text.length, 0);
  }
  return chunks;
}
