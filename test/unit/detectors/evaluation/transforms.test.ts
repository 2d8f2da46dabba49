/** A transform changes what it names and nothing else; truth and lists follow. */
import { agentDaysOf } from "../../../../detectors/evaluation/agent-days.ts";
import type { LabelledStream } from "../../../../detectors/evaluation/labelled-stream.ts";
import { takingsOf } from "../../../../detectors/evaluation/takings.ts";
import {
  type TransformName,
  transformNames,
  transforms,
} from "../../../../detectors/evaluation/transforms.ts";
import { maliciousEventsOf } from "../../../../detectors/evaluation/truth.ts";
import { eventId, ticketId } from "../../../../ingest/vocabulary/brand.ts";
import type { ConsoleEvent, TicketEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, deskStart, ordinaryWork, subject } from "../../../helpers/support-desk.ts";
import { episode, truthOf } from "./labelled.ts";

const listed = { token: subject("canary").token, tenant: undefined };
const taken = ["one", "two", "canary"].map((name, n) =>
  access({
    id: `m${n}`,
    agent: "agent-1",
    session: "session-x",
    at: deskStart + 43_200_000 + n,
    subjects: [subject(name)],
    ticket: "ticket-1",
  }),
);
const ticket: TicketEvent = {
  kind: "ticket",
  eventId: eventId("t1"),
  at: taken[0]?.at as TicketEvent["at"],
  type: "opened",
  ticketId: ticketId("ticket-1"),
  agentId: undefined,
  channel: undefined,
  subjects: [subject("one")],
};
const signIn = access({ id: "l1", agent: "agent-1", at: deskStart + 43_100_000, action: "login" });
const work = ordinaryWork({ seed: 5, agents: 6, days: 10 });
const stream: LabelledStream = {
  events: [...work, signIn, ticket, ...taken].sort((a, b) => a.at - b.at),
  truth: truthOf([episode("one", ["m0", "m1", "m2"])], 10),
  canaries: [listed],
  watchlist: [],
};
const apply = (name: TransformName) => transforms[name](stream);
const idsOf = (events: readonly ConsoleEvent[]) => events.map((event) => event.eventId as string);

/** What the episode took, and how often anything of it is on the list of canaries. */
function pictureOf({ events, truth, canaries }: LabelledStream) {
  const [taking] = takingsOf(events, truth.episodes, maliciousEventsOf(truth));
  const canaryTokens = canaries.map(({ token }) => token as string);
  const touches = events.flatMap((event) =>
    event.kind === "access"
      ? event.subjects.filter(({ token }) => canaryTokens.includes(token))
      : [],
  );
  return { subjects: taking?.subjects, canariesTouched: touches.length };
}

it.each(transformNames)("%s gives the same for the same stream", (name) => {
  expect(apply(name)).toEqual(apply(name));
});

describe("permute-ids", () => {
  const permuted = apply("permute-ids");
  it("keeps the picture under other names", () => {
    expect(pictureOf(permuted)).toEqual(pictureOf(stream));
    const shape = ({ events }: LabelledStream) =>
      agentDaysOf(events)
        .map(({ day, subjects, firstTouches }) => `${day} ${subjects} ${firstTouches}`)
        .sort();
    expect(shape(permuted)).toEqual(shape(stream));
  });

  it("uses the same ids for others: agents, events, tokens", () => {
    expect([...idsOf(permuted.events)].sort()).toEqual([...idsOf(stream.events)].sort());
    const changed = idsOf(permuted.events).filter((id, n) => id !== idsOf(stream.events)[n]);
    expect(changed.length).toBeGreaterThan(stream.events.length / 2);
    expect(permuted.canaries).not.toEqual(stream.canaries);
  });
});

describe("triple", () => {
  const tripled = apply("triple");
  it("triples exposing accesses and tickets, not sign-ins, and what was taken with them", () => {
    expect(tripled.events).toHaveLength(3 * (stream.events.length - 1) + 1);
    expect(new Set(idsOf(tripled.events)).size).toBe(tripled.events.length);
    expect(pictureOf(tripled)).toEqual({ subjects: 9, canariesTouched: 3 });
  });

  it("puts the further copies elsewhere, as near to one another as their originals are", () => {
    const distinct = (events: readonly ConsoleEvent[]) =>
      new Set(
        events.flatMap((event) => (event.kind === "access" ? (event.neighbourhood ?? []) : [])),
      ).size;
    expect(distinct(tripled.events)).toBeGreaterThan(2.9 * distinct(stream.events));
    expect(distinct(tripled.events)).toBeLessThanOrEqual(3 * distinct(stream.events));
  });

  it("gives the further copies tickets of their own, opened like the first", () => {
    const opened = tripled.events.flatMap((event) =>
      event.kind === "ticket" ? [event.ticketId] : [],
    );
    const named = tripled.events.flatMap((event) =>
      event.kind === "access" ? (event.justification?.ticketId ?? []) : [],
    );
    expect(new Set(opened).size).toBe(3);
    expect(new Set(named)).toEqual(new Set(opened));
  });
});

describe("shift-7h", () => {
  it("moves events and truth by as much", () => {
    const shifted = apply("shift-7h");
    const hours = 7 * 3_600_000;
    expect(shifted.events.map(({ at }) => at - hours)).toEqual(stream.events.map(({ at }) => at));
    expect(shifted.truth.test.start).toBe(stream.truth.test.start + hours);
    expect(pictureOf(shifted)).toEqual(pictureOf(stream));
  });
});

describe("records that come twice or never", () => {
  it("duplicate-1pct repeats about one in a hundred later on, and changes no other", () => {
    const { events } = apply("duplicate-1pct");
    const seen = new Set<string>();
    const first = events.filter(({ eventId: id }) => !seen.has(id) && seen.add(id));
    expect(first).toEqual(stream.events);
    const again = events.length - stream.events.length;
    expect(again).toBeGreaterThan(stream.events.length / 250);
    expect(again).toBeLessThan(stream.events.length / 50);
  });

  it("drop-1pct loses about one in a hundred and keeps the order", () => {
    const { events } = apply("drop-1pct");
    const kept = new Set(events);
    expect(events).toEqual(stream.events.filter((event) => kept.has(event)));
    const lost = stream.events.length - events.length;
    expect(lost).toBeGreaterThan(stream.events.length / 250);
    expect(lost).toBeLessThan(stream.events.length / 50);
  });
});
