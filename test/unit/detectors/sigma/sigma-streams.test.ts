import fc from "fast-check";
import { createEngine } from "../../../../detectors/engine/engine.ts";
import type { AccessEvent } from "../../../../ingest/vocabulary/event.ts";
import {
  eventCount,
  hour,
  minute,
  optionsFor,
  run,
  runRestarting,
  search,
  start,
} from "./sigma-desk.ts";
import { sigmaText } from "./sigma-text.ts";

describe("any stream", () => {
  const moment = fc.record({
    minutes: fc.integer({ min: 0, max: 400 }),
    agent: fc.constantFrom("ag-1", "ag-2"),
    who: fc.constantFrom("a", "b", "c", "d", "e"),
    /** How late it comes. */
    lateMinutes: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      fc.integer({ min: 1, max: 55 }),
    ),
  });
  const streams = fc
    .array(moment, { minLength: 3, maxLength: 40 })
    .map((moments) =>
      moments
        .toSorted((a, b) => a.minutes + a.lateMinutes - (b.minutes + b.lateMinutes))
        .map(({ minutes, who, agent }, n) => search(n, start + minutes * minute, who, agent)),
    );
  const rules = fc.constantFrom(
    { text: sigmaText(), isDistinct: true, least: 3 },
    { text: sigmaText(eventCount), isDistinct: false, least: 3 },
    { text: sigmaText({ ...eventCount, "gte: 3": "gt: 4" }), isDistinct: false, least: 5 },
  );

  it("alerts at exactly the events after which some hour of the group holds enough", () => {
    fc.assert(
      fc.property(streams, rules, (events, { text, isDistinct, least }) => {
        const engine = createEngine(optionsFor(text));
        const told = events.map((event) => run(engine, [event]).length > 0);
        const expected = events.map((event, n) =>
          isFull(events.slice(0, n + 1), event, { isDistinct, least }),
        );
        expect(told).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same alerts when the engine restarts at every event", () => {
    fc.assert(
      fc.property(streams, rules, (events, { text }) => {
        const options = optionsFor(text);
        const straight = run(createEngine(options), events);
        expect(runRestarting(options, events)).toEqual(straight);
      }),
      { numRuns: 40 },
    );
  });
});

interface Wanted {
  readonly isDistinct: boolean;
  readonly least: number;
}

/** By counting anew: an hour that holds the event and ends with an event of its agent. */
function isFull(
  seen: readonly AccessEvent[],
  event: AccessEvent,
  { isDistinct, least }: Wanted,
): boolean {
  const own = seen.filter(({ agent }) => agent.id === event.agent.id);
  return own.some(({ at: end }) => {
    const within = own.filter(({ at }) => at > end - hour && at <= end);
    const values = isDistinct ? new Set(within.map(({ subjects }) => subjects[0]?.token)) : within;
    const count = "size" in values ? values.size : values.length;
    return within.includes(event) && count >= least;
  });
}
