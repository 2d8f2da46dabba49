/** Rows in order of a number that they should have each for themselves, read page by page. */

export interface NumberedPages<Row> {
  readonly numberOf: (row: Row) => number;
  /** Rows from a number on, smallest first, at most `limit`. */
  readonly read: (from: number, limit: number) => Promise<readonly Row[]>;
}

/** Rows read at one go. */
export const rowsPerPage = 1_000;

/**
 * Rows of one number come together even where a page ends among them. Of more of them than a page holds, the
 * first page.
 */
export async function* numberedRows<Row>(
  { numberOf, read }: NumberedPages<Row>,
  limit = rowsPerPage,
): AsyncGenerator<Row, undefined> {
  let from = 0;
  for (;;) {
    const page = await read(from, limit);
    const [first] = page;
    const last = page.at(-1);
    if (first === undefined || last === undefined) return undefined;
    if (page.length < limit) {
      yield* page;
      return undefined;
    }
    const border = numberOf(last);
    if (numberOf(first) === border) {
      yield* page;
      from = border + 1;
    } else {
      yield* page.filter((row) => numberOf(row) < border);
      from = border;
    }
  }
}
