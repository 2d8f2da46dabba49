import { createDiscrepancyList } from "../../../../ingest/verification/discrepancy.ts";
import { createHeadCount } from "../../../../ingest/verification/head-count.ts";

/** Heads in order of their rows: number and size, or the size of one whose note cannot be read. */
function faultsOf(heads: readonly (readonly [number, number] | number)[]): readonly string[] {
  const list = createDiscrepancyList();
  const count = createHeadCount(list);
  for (const head of heads) {
    if (typeof head === "number") count.unreadable(head);
    else count.met(...head);
  }
  count.end();
  return list.listed.map(({ kind, from, to }) => `${kind} ${from}-${to}`);
}

describe("the numbers of signed heads", () => {
  it.each([
    {
      why: "all there",
      heads: [
        [0, 3],
        [1, 5],
        [2, 9],
      ],
      faults: [],
    },
    {
      why: "the first is gone",
      heads: [
        [1, 5],
        [2, 9],
      ],
      faults: ["checkpoint_missing 0-5"],
    },
    {
      why: "one in between is gone",
      heads: [
        [0, 3],
        [2, 9],
      ],
      faults: ["checkpoint_missing 3-9"],
    },
    { why: "its note is spoilt", heads: [[0, 3], 5, [2, 9]], faults: [] },
    {
      why: "one is spoilt and one gone",
      heads: [[0, 3], 5, [3, 9]],
      faults: ["checkpoint_missing 3-9"],
    },
    {
      why: "a spoilt one lies elsewhere",
      heads: [[0, 3], [2, 9], 12],
      faults: ["checkpoint_missing 3-9"],
    },
    {
      why: "one is there twice",
      heads: [
        [0, 3],
        [1, 5],
        [1, 5],
      ],
      faults: ["checkpoint_unexpected 5-6"],
    },
    {
      why: "one comes late, its row says more than its note",
      heads: [
        [0, 3],
        [2, 9],
        [1, 5],
      ],
      faults: [],
    },
    {
      why: "one comes early",
      heads: [
        [2, 9],
        [0, 3],
        [1, 5],
        [3, 11],
      ],
      faults: [],
    },
    {
      why: "one comes late, twice",
      heads: [
        [0, 3],
        [2, 9],
        [1, 5],
        [1, 5],
      ],
      faults: ["checkpoint_unexpected 5-6"],
    },
  ] as const)("$why", ({ heads, faults }) => {
    expect(faultsOf(heads)).toEqual(faults);
  });
});
