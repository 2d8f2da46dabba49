import fc from "fast-check";
import { createLiveTickets, type LiveTickets } from "../../../../detectors/engine/live-tickets.ts";

const dayMs = 86_400_000;
const start = Date.UTC(2024, 0, 1);

interface Work {
  readonly ticket: number;
  readonly day: number;
}

/** Notes the work and prints what changed now and then, as snapshots do. */
function noteAll(tickets: LiveTickets, work: readonly Work[]): Map<string, string> {
  const stored = new Map<string, string>();
  const save = () => {
    for (const { key, state } of tickets.saveDirty()) stored.set(key, state);
  };
  for (const [n, { ticket, day }] of work.entries()) {
    tickets.report(`T-${ticket}`, start + day * dayMs);
    if (n % 500 === 0) save();
  }
  save();
  return stored;
}

const alive = (tickets: LiveTickets): boolean[] =>
  Array.from({ length: 3_000 }, (_, n) => tickets.isAlive(`T-${n}`, start + 25 * dayMs));

describe("tickets that somebody works on", () => {
  it("live for a week after the last work and not a day longer", () => {
    const tickets = createLiveTickets();
    tickets.report("T-1", start);
    expect(tickets.isAlive("T-1", start + 7 * dayMs)).toBe(true);
    expect(tickets.isAlive("T-1", start + 8 * dayMs)).toBe(false);
    tickets.note("T-1", start + 6 * dayMs);
    expect(tickets.isAlive("T-1", start + 13 * dayMs)).toBe(true);
    expect(tickets.isAlive("T-2", start)).toBe(false);
  });

  it("are taken on trust until the first ticket event comes in", () => {
    const tickets = createLiveTickets();
    tickets.note("T-1", start);
    expect(tickets.isAlive("T-2", start)).toBe(true);
    tickets.report("T-3", start);
    expect(tickets.isAlive("T-2", start)).toBe(false);
  });

  it("survive a restart block by block, in any order of the rows", () => {
    const work = fc.array(fc.record({ ticket: fc.nat(3_000), day: fc.nat(30) }), {
      minLength: 1_500,
      maxLength: 3_000,
    });
    fc.assert(
      fc.property(work, (notes) => {
        const tickets = createLiveTickets();
        const stored = noteAll(tickets, notes);
        const restored = createLiveTickets();
        for (const state of [...stored.values()].reverse()) restored.load(state);
        expect(alive(restored)).toEqual(alive(tickets));
      }),
      { numRuns: 5 },
    );
  });
});
