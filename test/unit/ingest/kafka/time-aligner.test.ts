import fc from "fast-check";
import {
  type AlignedSegment,
  createTimeAligner,
  type TimeAligner,
} from "../../../../ingest/kafka/time-aligner.ts";
import { agentId, epochMs, eventId } from "../../../../ingest/vocabulary/brand.ts";
import type { ConsoleEvent } from "../../../../ingest/vocabulary/event.ts";

const eventAt = (at: number, id: string): ConsoleEvent => ({
  kind: "agent",
  eventId: eventId(id),
  at: epochMs(at),
  type: "hired",
  agentId: agentId("a"),
  team: undefined,
  role: undefined,
});

/** One offset per time; `undefined` is an offset without an event. */
function segment(source: string, start: number, times: readonly (number | undefined)[]) {
  const events = times.flatMap((at, index) =>
    at === undefined
      ? []
      : [{ offset: start + index, event: eventAt(at, `${source}${start + index}`) }],
  );
  return { source, partition: 0, start, end: start + times.length, events };
}

/** Takes everything, forcing past whatever blocks. */
function takeAll(aligner: TimeAligner): AlignedSegment[] {
  const taken: AlignedSegment[] = [];
  for (;;) {
    const next = aligner.next(true);
    if (next === "empty" || next === "blocked") return taken;
    taken.push(next);
  }
}

const minute = 60_000;

describe("the order of a backlog", () => {
  it("puts a roster change before the access that came hours later but was read first", () => {
    const aligner = createTimeAligner();
    aligner.expect("access", 0, 3);
    aligner.expect("agents", 0, 1);
    aligner.push(segment("access", 0, [0, 60 * minute, 120 * minute]), 0);
    expect(aligner.next(false)).toBe("blocked");
    aligner.push(segment("agents", 0, [90 * minute]), 0);
    const order = takeAll(aligner).flatMap(({ events }) =>
      events.map(({ event }) => event.eventId),
    );
    expect(order).toEqual(["access0", "access1", "agents0", "access2"]);
  });

  it("waits for nobody who has no backlog", () => {
    const aligner = createTimeAligner();
    aligner.expect("access", 0, 0);
    aligner.expect("agents", 0, 0);
    aligner.push(segment("access", 0, [1, 2]), 0);
    expect(aligner.next(false)).toEqual(segment("access", 0, [1, 2]));
  });

  it("keeps what arrives together in one piece when times are close", () => {
    const aligner = createTimeAligner();
    aligner.push(segment("access", 0, [1_000, 2_000, 3_000]), 0);
    aligner.push(segment("tickets", 0, [1_500, 2_500]), 0);
    expect(takeAll(aligner).map(({ source }) => source)).toEqual(["access", "tickets"]);
  });

  it("hands every offset over once and in its partition's order, whatever the times", () => {
    const times = fc.array(fc.option(fc.integer({ min: 0, max: 500_000 }), { nil: undefined }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), times)), (pushes) => {
        const aligner = createTimeAligner();
        const ends = new Map<string, number>();
        const expected: string[] = [];
        for (const [source, list] of pushes) {
          const start = ends.get(source) ?? 0;
          const pushed = segment(source, start, list);
          aligner.push(pushed, 0);
          expected.push(...pushed.events.map(({ event }) => event.eventId));
          ends.set(source, pushed.end);
        }
        const reached = new Map<string, number>();
        const seen: string[] = [];
        for (const { source, start, end, events } of takeAll(aligner)) {
          expect(start).toBe(reached.get(source) ?? 0);
          reached.set(source, end);
          expect(events.every(({ offset }) => offset >= start && offset < end)).toBe(true);
          seen.push(...events.map(({ event }) => event.eventId));
        }
        expect(reached).toEqual(ends);
        expect(seen.sort()).toEqual(expected.sort());
        expect(aligner.waiting()).toBe(0);
      }),
    );
  });

  it("never runs further ahead than the allowance when each partition is in order", () => {
    const sorted = fc
      .array(fc.integer({ min: 0, max: 500_000 }), { minLength: 1, maxLength: 40 })
      .map((list) => list.toSorted((left, right) => left - right));
    fc.assert(
      fc.property(sorted, sorted, (left, right) => {
        const aligner = createTimeAligner();
        aligner.push(segment("a", 0, left), 0);
        aligner.push(segment("b", 0, right), 0);
        let newest = 0;
        for (const { events } of takeAll(aligner)) {
          for (const { event } of events) {
            expect(event.at).toBeGreaterThanOrEqual(newest - 10_000);
            newest = Math.max(newest, event.at);
          }
        }
      }),
    );
  });
});
