/** Neighbouring numbers are told apart from a busy day, in whatever order and on however many days they are tried. */
import { createEngine } from "../../../../detectors/engine/engine.ts";
import { openRegistry } from "../../../../detectors/registry.ts";
import { epochMs, eventId, ticketId } from "../../../../ingest/vocabulary/brand.ts";
import type { ConsoleEvent } from "../../../../ingest/vocabulary/event.ts";
import {
  type Access,
  access,
  createRandom,
  deskStart,
  ordinaryWork,
  subject,
} from "../../../helpers/support-desk.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;
const days = 20;
const start = deskStart + days * dayMs + 9 * 60 * minuteMs;
const thief = "agent-3";
const work = ordinaryWork({ seed: 8, agents: 12, days });

const exact = { action: "search", search: { kind: "exact", field: "account" } } as const;

/** The number `n` of the block, as the agent comes to it in its `place`. */
const attempt = (n: number, place: number, how: Partial<Access> = {}): ConsoleEvent =>
  access({
    id: `try-${place}`,
    at: start + place * minuteMs,
    agent: thief,
    session: "try",
    subjects: [subject(`number-${n}`)],
    neighbourhood: 1_000 + Math.floor(n / 10),
    ...exact,
    ...how,
  });

const inOrder = Array.from({ length: 30 }, (_, n) => n);
const random = createRandom(5);
const shuffled = inOrder.map((n) => ({ n, lot: random() })).toSorted((a, b) => a.lot - b.lot);

/** Five a day, in no order. */
const spread = (place: number): Partial<Access> => {
  const day = Math.floor(place / 5);
  return { at: start + day * dayMs + (place % 5) * minuteMs, session: `try-${day}` };
};

const opened = (n: number): ConsoleEvent => ({
  kind: "ticket",
  eventId: eventId(`opened-${n}`),
  at: epochMs(start - dayMs),
  type: "opened",
  ticketId: ticketId(`ticket-${n}`),
  agentId: undefined,
  channel: undefined,
  subjects: [],
});

/** Alerts of the detector alone, after weeks of ordinary work. */
function alertsAfter(before: readonly ConsoleEvent[], events: readonly ConsoleEvent[]) {
  const others = openRegistry().flatMap(({ meta }) => (meta.id === "enumeration" ? [] : [meta.id]));
  const engine = createEngine({
    falseAlertsPer100AgentDays: 1,
    canaries: [],
    watchlist: [],
    disabledDetectors: others,
  });
  for (const event of before) engine.step(event);
  return events
    .flatMap((event) => [...engine.step(event)])
    .map(({ alert }) => alert)
    .filter(({ agent_ids }) => agent_ids?.includes(thief) === true);
}

describe("thirty numbers of one block", () => {
  it.each([
    { why: "searched in order", events: inOrder.map((n) => attempt(n, n)) },
    { why: "searched in no order", events: shuffled.map(({ n }, place) => attempt(n, place)) },
    {
      why: "found by nobody",
      events: inOrder.map((n) => attempt(n, n, { outcome: "not_found" })),
    },
    {
      why: "opened without a search",
      events: inOrder.map((n) => attempt(n, n, { action: "view" })),
    },
    {
      why: "tried five a day in no order",
      events: shuffled.map(({ n }, place) => attempt(n, place, spread(place))),
    },
  ])("alert when $why, and cite nothing else", ({ events }) => {
    const last = alertsAfter(work, events).at(-1);
    expect(last?.detectors).toEqual(["enumeration"]);
    expect(last?.evidence.length).toBeGreaterThan(0);
    expect(last?.evidence.every((id) => id.startsWith("try-"))).toBe(true);
  });

  it.each([
    {
      why: "each is searched from a ticket",
      events: [
        ...inOrder.map(opened),
        ...inOrder.map((n) => attempt(n, n, { ticket: `ticket-${n}` })),
      ],
    },
    { why: "they lie ten apart", events: inOrder.map((n) => attempt(10 * n, n)) },
    { why: "it is one of them thirty times", events: inOrder.map((n) => attempt(0, n)) },
    {
      why: "it is one of them once a day",
      events: inOrder.map((n) => attempt(0, n, { at: start + n * dayMs, session: `try-${n}` })),
    },
    {
      why: "one is tried every eight days",
      events: inOrder.map((n) => attempt(n, n, { at: start + 8 * n * dayMs, session: `try-${n}` })),
    },
    {
      why: "their identifiers end in no number",
      events: inOrder.map((n) => ({ ...attempt(n, n), neighbourhood: undefined })),
    },
    {
      why: "every view was denied",
      events: inOrder.map((n) => attempt(n, n, { action: "view", outcome: "denied" })),
    },
  ])("do not alert when $why", ({ events }) => {
    expect(alertsAfter(work, events)).toEqual([]);
  });

  it("do not alert where numbers are dealt out so densely that everybody's are neighbours", () => {
    const dense = work.map((event) =>
      event.neighbourhood === undefined
        ? event
        : { ...event, neighbourhood: 1 + (event.neighbourhood % 20) },
    );
    const evenly = shuffled.map(({ n }, place) => ({
      ...attempt(n, place),
      neighbourhood: 1 + (n % 20),
    }));
    expect(alertsAfter(dense, evenly)).toEqual([]);
  });
});
