import fc from "fast-check";
import { formatNote, landedBy, parseNote } from "../../../../ingest/kafka/intent.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";

const time = fc.integer({ min: 0, max: 9_999_999_999_999 }).map(epochMs);
const intent = fc
  .record({
    start: fc.nat(),
    length: fc.integer({ min: 1, max: 10_000 }),
    deadline: time,
  })
  .map(({ start, length, deadline }) => ({ start, end: start + length, deadline }));
const doubt = fc.record({ below: fc.nat(), deadline: time });
const optional = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: undefined });

describe("what an offset commit says in its metadata", () => {
  it("is read back as it was written", () => {
    fc.assert(
      fc.property(fc.record({ intent: optional(intent), doubt: optional(doubt) }), (note) => {
        expect(parseNote(formatNote(note))).toEqual(note);
      }),
    );
  });

  it("fits into what a coordinator accepts by default", () => {
    const most = Number.MAX_SAFE_INTEGER;
    const note = {
      intent: { start: most - 1, end: most, deadline: epochMs(most) },
      doubt: { below: most, deadline: epochMs(most) },
    };
    expect(Buffer.byteLength(formatNote(note))).toBeLessThan(4_096);
  });

  it.each([null, "", "consumer-1", "i1:5-5@0", "i1:9-3@0", "i1:-1-3@0", "i2:1-3@0", "i1:1-3"])(
    "takes %j for a plain commit",
    (metadata) => {
      expect(parseNote(metadata)).toEqual({ intent: undefined, doubt: undefined });
    },
  );

  it("calls an earlier write landed only when a second has passed after its deadline, for clocks that differ", () => {
    // The store still takes it at 5,000 by its own clock, when the writer's may say 6,000.
    expect(landedBy({ deadline: epochMs(5_000) })).toBe(6_001);
    expect(landedBy({ deadline: epochMs(0) })).toBe(0);
  });
});
