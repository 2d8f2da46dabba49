import fc from "fast-check";
import { numberedRows } from "../../../../ingest/verification/numbered-rows.ts";

/** A table of numbers, as the store pages it. */
const pagesOf = (rows: readonly number[]) => ({
  numberOf: (row: number) => row,
  read: async (from: number, limit: number) => rows.filter((row) => row >= from).slice(0, limit),
});

async function readAll(rows: readonly number[], limit: number): Promise<number[]> {
  const read: number[] = [];
  for await (const row of numberedRows(pagesOf(rows), limit)) read.push(row);
  return read;
}

describe("rows that are read page by page", () => {
  it("come all and in order, however many share a number at the border of a page", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 30 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        async (numbers, limit) => {
          // Of one number never more than fit in a page.
          const rows = numbers
            .toSorted((a, b) => a - b)
            .filter((row, at, all) => at < limit || all[at - limit + 1] !== row);
          expect(await readAll(rows, limit)).toEqual(rows);
        },
      ),
    );
  });

  it("end, and go on behind it, where one number has more of them than a page", async () => {
    expect(await readAll([1, 2, 2, 2, 2, 2, 3], 3)).toEqual([1, 2, 2, 2, 3]);
  });
});
