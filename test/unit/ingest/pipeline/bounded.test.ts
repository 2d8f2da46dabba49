import fc from "fast-check";
import { hash64 } from "../../../../ingest/clickhouse/event-rows.ts";
import { createEventIndex } from "../../../../ingest/pipeline/event-index.ts";
import { createLetterGuard } from "../../../../ingest/pipeline/letter-guard.ts";
import { deadLetter, type Outcome, skip } from "../../../../ingest/vocabulary/outcome.ts";

describe("the index of event ids", () => {
  it("knows exactly what was added, within its horizon", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { maxLength: 3_000 }), (ids) => {
        const index = createEventIndex(10_000);
        for (const id of ids) index.add(hash64(`${id}`));
        const known = new Set(ids);
        for (let id = 0; id <= 5_000; id += 7)
          expect(index.has(hash64(`${id}`))).toBe(known.has(id));
        expect(index.size()).toBe(known.size);
      }),
      { numRuns: 20 },
    );
  });

  it("keeps the newest of its horizon and at most a quarter more", () => {
    const index = createEventIndex(10_000);
    for (let id = 0; id < 50_000; id += 1) index.add(hash64(`${id}`));
    for (let id = 40_000; id < 50_000; id += 1) expect(index.has(hash64(`${id}`))).toBe(true);
    expect(index.has(hash64("0"))).toBe(false);
    expect(index.size()).toBeLessThanOrEqual(12_500);
  });

  it("takes the hash zero like any other", () => {
    const index = createEventIndex(10);
    expect(index.has("0000000000000000")).toBe(false);
    index.add("0000000000000000");
    expect(index.has("0000000000000000")).toBe(true);
  });
});

describe("the guard against dead letters", () => {
  const outcomes = (kinds: readonly Outcome[], source = "kafka:x") =>
    kinds.map((outcome, offset) => ({
      position: { source, partition: 0, offset },
      outcome,
      bytes: null,
    }));
  const many = (outcome: Outcome, count: number) => Array.from({ length: count }, () => outcome);
  const letter = deadLetter("invalid_json", "");
  const halted = expect.objectContaining({ code: "ingest.dead_letter_share" });

  it.each([
    { letters: 299, others: 701, stops: false },
    { letters: 300, others: 700, stops: true },
    { letters: 999, others: 0, stops: false },
    { letters: 1_000, others: 0, stops: true },
  ])(
    "at a share of 0.3, $letters letters after $others others: stops $stops",
    ({ letters, others, stops }) => {
      const guard = createLetterGuard(0.3);
      const run = () =>
        guard(outcomes([...many(skip("tombstone"), others), ...many(letter, letters)]));
      if (stops) expect(run).toThrow(halted);
      else run();
    },
  );

  it("forgets letters that are 1,000 records old, and keeps sources apart", () => {
    const guard = createLetterGuard(0.3);
    for (let round = 0; round < 10; round += 1) {
      guard(outcomes([...many(letter, 200), ...many(skip("tombstone"), 800)]));
      guard(outcomes(many(letter, 90), "kafka:y"));
    }
    expect(() => guard(outcomes(many(letter, 100), "kafka:y"))).toThrow(halted);
  });

  it("never stops a source without dead letters, even at 0", () => {
    createLetterGuard(0)(outcomes(many(skip("duplicate"), 5_000)));
  });
});
