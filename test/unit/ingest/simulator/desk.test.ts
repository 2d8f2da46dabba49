/** The simulated desk: contract, determinism, order, and the shape that real support logs have. */
import fc from "fast-check";
import { createDesk } from "../../../../ingest/simulator/desk.ts";
import { identifierOf, identitiesMax, mistyped } from "../../../../ingest/simulator/identity.ts";
import { simulateDesk } from "../../../../ingest/simulator/simulation.ts";
import type { WireEvent, WireSubjectRef } from "../../../../ingest/simulator/wire-event.ts";
import { contractErrors, groupBy } from "./contract.ts";
import { countsPerAgent, firstContactShare, lookUps, median, momentsOf } from "./shape.ts";

const start = Date.UTC(2026, 2, 2);
const anyDesk = fc.record({
  seed: fc.string({ minLength: 1, maxLength: 12 }),
  agents: fc.integer({ min: 3, max: 60 }),
  // Among them days on which daylight saving begins or ends.
  start: fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 0, 1) }),
});

describe("a simulated desk", () => {
  it("writes only events of the contract, with unique ids, in time order, within its days", () => {
    fc.assert(
      fc.property(anyDesk, (options) => {
        const events = [...simulateDesk(createDesk(options), { days: 2 })];
        const times = events.map(({ time }) => Date.parse(time));
        expect(contractErrors(events)).toEqual([]);
        expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length);
        expect(times).toEqual(times.toSorted((left, right) => left - right));
        expect(times.at(0) ?? options.start).toBeGreaterThanOrEqual(options.start);
        expect(times.at(-1) ?? options.start).toBeLessThan(options.start + 2 * 86_400_000);
      }),
      { numRuns: 20 },
    );
  });

  it("gives the same bytes for the same seed, and others for another", () => {
    const bytes = (seed: string) =>
      JSON.stringify([...simulateDesk(createDesk({ seed, start, agents: 12 }), { days: 3 })]);
    expect(bytes("a")).toBe(bytes("a"));
    expect(bytes("a")).not.toBe(bytes("b"));
  });

  it("gives the first days of a long run the events of a short one", () => {
    const run = (days: number) => [
      ...simulateDesk(createDesk({ seed: "a", start, agents: 9 }), { days }),
    ];
    const short = run(2);
    expect(run(4).slice(0, short.length)).toEqual(short);
  });

  it.each([{ agents: 2 }, { agents: 100_001 }, { agents: 10.5 }])("refuses %j", ({ agents }) => {
    expect(() => createDesk({ seed: "a", start, agents })).toThrow(RangeError);
  });

  it("never lets ordinary work touch a canary", () => {
    const desk = createDesk({ seed: "canary", start, agents: 60 });
    const canaries = new Set(desk.config.canary_subjects.map(({ id }) => id));
    const touched = [...simulateDesk(desk, { days: 14 })].filter((event) =>
      subjectsOf(event).some(({ id }) => canaries.has(id)),
    );
    expect(canaries.size).toBeGreaterThanOrEqual(5);
    expect(touched).toEqual([]);
  });
});

function subjectsOf(event: WireEvent): readonly WireSubjectRef[] {
  if (event.kind === "subject") return [event.subject];
  return "subjects" in event ? (event.subjects ?? []) : [];
}

describe("the identifier of a subject", () => {
  it("is never that of another subject", () => {
    const stride = 97;
    const ids = new Set<string>();
    for (let index = 0; index < identitiesMax; index += stride) {
      const { type, id } = identifierOf(index);
      ids.add(`${type}:${id.toLowerCase()}`);
    }
    expect(ids.size).toBe(Math.ceil(identitiesMax / stride));
  });

  it("mistyped, is nobody's", () => {
    const index = fc.integer({ min: 0, max: identitiesMax - 1 });
    fc.assert(
      fc.property(index, index, fc.nat(), (typed, other, bits) => {
        const wrong = mistyped(identifierOf(typed), bits);
        expect(wrong).not.toEqual(identifierOf(typed));
        expect(wrong).not.toEqual(identifierOf(other));
        expect(wrong.id).toMatch(/^\+1[2-9]9\d{8}$|^AC9\d{7}$|^[a-z]+x\d+(@[a-z.]+)?$/);
      }),
    );
  });

  it("is fictional: exchange 555 of a possible area code, or a reserved domain", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: identitiesMax - 1 }), (index) => {
        const { type, id } = identifierOf(index);
        if (type === "phone") expect(id).toMatch(/^\+1[2-9][02-8]\d555\d{4}$/);
        if (type === "email") expect(id).toMatch(/@([a-z]+\.example|example\.(com|net))$/);
      }),
    );
  });
});

/**
 * The bounds are those of four public logs of real support agents: daily counts 2 to 41 times
 * over-dispersed, negative-binomial size 0.65 to 4.3, log-sd of means between agents 0.55 to 0.83,
 * 22 to 33 % first contacts (about; a synthetic month gets a margin of its own sampling error).
 */
describe.each(["one", "two"])("four weeks of 80 agents, seed %s", (seed) => {
  const accesses = lookUps(simulateDesk(createDesk({ seed, start, agents: 80 }), { days: 28 }));
  const days = countsPerAgent(accesses);

  it("have daily counts per agent as over-dispersed as real logs", () => {
    const medianRatio = median(days.map(({ mean, variance }) => variance / mean));
    const medianSize = median(days.map(({ mean, variance }) => mean ** 2 / (variance - mean)));
    expect(medianRatio).toBeGreaterThan(2);
    expect(medianRatio).toBeLessThan(41);
    expect(medianSize).toBeGreaterThan(0.65);
    expect(medianSize).toBeLessThan(4.3);
  });

  it("have agents whose means differ as in real logs", () => {
    const logs = days.map(({ mean }) => Math.log(mean));
    const sd = Math.sqrt(momentsOf(logs).variance);
    expect(sd).toBeGreaterThan(0.5);
    expect(sd).toBeLessThan(0.88);
  });

  it("have the share of first contacts of real logs", () => {
    const share = firstContactShare(accesses);
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.36);
  });

  it("are quieter at weekends and at night", () => {
    const byDay = groupBy(accesses, ({ time }) => new Date(time).getUTCDay());
    const byHour = groupBy(
      accesses.filter(({ agent }) => agent.time_zone === "Europe/Dublin"),
      ({ time }) => new Date(time).getUTCHours(),
    );
    const perDay = (days: readonly number[]) =>
      days.reduce((sum, day) => sum + (byDay.get(day)?.length ?? 0), 0) / days.length;
    expect(perDay([0, 6])).toBeLessThan(0.7 * perDay([1, 2, 3, 4, 5]));
    expect(byHour.get(3)?.length ?? 0).toBeLessThan(0.05 * (byHour.get(11)?.length ?? 0));
  });
});
