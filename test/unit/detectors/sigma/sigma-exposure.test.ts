import fc from "fast-check";
import { createEngine } from "../../../../detectors/engine/engine.ts";
import { exposuresPerRuleMax } from "../../../../detectors/sigma/sigma-exposure.ts";
import type { AccessEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, subject } from "../../../helpers/support-desk.ts";
import { eventCount, minute, optionsFor, run, runRestarting, search, start } from "./sigma-desk.ts";
import { sigmaText } from "./sigma-text.ts";

/** Three accesses of whatever kind within an hour, by one agent. */
const anyAccess = sigmaText({ ...eventCount, "{ action: search }": "{ agent.id|exists: true }" });

const ways = [
  { way: "searched", given: { action: "search", search: { kind: "exact", field: "phone" } } },
  { way: "displayed", given: { action: "list" } },
  { way: "displayed", given: { action: "view" } },
  { way: "revealed", given: { action: "reveal" } },
  { way: "exported", given: { action: "export" } },
  { way: undefined, given: { action: "view", outcome: "denied" } },
] as const;
type Way = (typeof ways)[number];
type Made = Way & { readonly event: AccessEvent };

const moment = fc.record({
  minutes: fc.integer({ min: 0, max: 300 }),
  way: fc.constantFrom(...ways),
  who: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"), { maxLength: 4 }),
  agent: fc.constantFrom("ag-1", "ag-2"),
  lateMinutes: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 55 })),
});
const streams = fc.array(moment, { minLength: 3, maxLength: 40 }).map((moments): Made[] =>
  moments
    .toSorted((a, b) => a.minutes + a.lateMinutes - (b.minutes + b.lateMinutes))
    .map(({ minutes, way, who, agent }, n) => {
      const at = start + minutes * minute;
      const event = access({ id: `e${n}`, at, agent, ...way.given, subjects: who.map(subject) });
      return { ...way, event };
    }),
);

/** By counting anew: distinct subjects of the events by the way in which each exposed them. */
function exposedBy(made: readonly Made[]) {
  const of = (wanted: Way["way"]) => {
    const shown = made.filter(({ way }) => way === wanted).flatMap(({ event }) => event.subjects);
    return new Set(shown.map(({ token }) => token)).size;
  };
  return {
    searched: of("searched"),
    displayed: of("displayed"),
    revealed: of("revealed"),
    exported: of("exported"),
  };
}

describe("what an analyst's rule tells as exposed", () => {
  it("are the distinct subjects of all accesses that its alert cites, by the way of exposure", () => {
    let told = 0;
    fc.assert(
      fc.property(streams, (made) => {
        const engine = createEngine(optionsFor(anyAccess));
        const events = made.map(({ event }) => event);
        for (const { alert } of run(engine, events)) {
          const cited = made.filter(({ event }) => alert.evidence.includes(event.eventId));
          expect(alert.exposure).toEqual(exposedBy(cited));
          told += 1;
        }
      }),
      { numRuns: 150 },
    );
    expect(told).toBeGreaterThan(150);
  });

  it("is the same when the engine restarts at every event", () => {
    fc.assert(
      fc.property(streams, (made) => {
        const options = optionsFor(anyAccess);
        const events = made.map(({ event }) => event);
        expect(runRestarting(options, events)).toEqual(run(createEngine(options), events));
      }),
      { numRuns: 30 },
    );
  });

  it("stands in its sentence, too, and begins anew with another alert", () => {
    const engine = createEngine(optionsFor(sigmaText()));
    const three = (from: number, n: number, names: readonly string[]) =>
      names.map((who, m) => search(n + m, from + m * minute, who));
    const [first, second] = run(engine, [
      ...three(start, 0, ["a", "b", "c"]),
      ...three(start + 180 * minute, 10, ["c", "d", "e"]),
    ]).map(({ alert }) => alert);
    expect(first?.explanation).toContain("Exposed so far: 3 subjects searched.");
    expect(second?.exposure).toMatchObject({ searched: 3, displayed: 0 });
  });

  it("lacks whom it cannot remember, which is counted", () => {
    let missing = 0;
    const metrics = {
      gauge: () => undefined,
      count: (name: string, labels: { readonly bound?: string }, times = 1) => {
        if (name === "deskwatch_detect_sigma_bounds_total" && labels.bound === "exposures")
          missing += times;
      },
    };
    const text = anyAccess.replace("gte: 3", "gte: 60");
    const engine = createEngine({ ...optionsFor(text), metrics });
    const page = 2_000;
    const events = Array.from({ length: 60 }, (_, n) =>
      access({
        id: `page-${n}`,
        at: start + n,
        agent: "ag-1",
        action: "list",
        subjects: Array.from({ length: page }, (_, m) => subject(`${n}-${m}`)),
      }),
    );
    const [change] = run(engine, events);
    expect(missing).toBe(60 * page - exposuresPerRuleMax);
    expect(change?.alert.exposure?.displayed).toBe(exposuresPerRuleMax);
  });
});
