import fc from "fast-check";
import { createTicketBook, type TicketBook } from "../../../../detectors/engine/ticket-book.ts";
import { agentId, epochMs, eventId, ticketId } from "../../../../ingest/vocabulary/brand.ts";
import type { AccessEvent, Subject, TicketEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, subject } from "../../../helpers/support-desk.ts";

const dayMs = 86_400_000;
const start = Date.UTC(2024, 0, 1);

interface Told {
  readonly ticket: string;
  readonly at: number;
  readonly type?: TicketEvent["type"];
  readonly agent?: string;
  readonly subjects?: readonly Subject[];
}

const told = ({ ticket, at, type = "opened", agent, subjects = [] }: Told): TicketEvent => ({
  kind: "ticket",
  eventId: eventId(`${ticket}/${at}/${type}`),
  at: epochMs(at),
  type,
  ticketId: ticketId(ticket),
  agentId: agent === undefined ? undefined : agentId(agent),
  channel: undefined,
  subjects,
});

interface Look {
  readonly agent?: string;
  readonly team?: string;
  readonly ticket?: string;
  readonly at?: number;
  readonly action?: AccessEvent["action"];
  readonly subject?: Subject;
}

function look({ agent = "a", team, at = start, ...given }: Look): AccessEvent {
  const event = access({
    id: `${agent}/${at}`,
    at,
    agent,
    action: given.action ?? "view",
    subjects: [given.subject ?? subject("s")],
    ...(given.ticket === undefined ? {} : { ticket: given.ticket }),
  });
  return { ...event, agent: { ...event.agent, team } };
}

const relation = (book: TicketBook, given: Look) => book.standingOf(look(given)).relation;

/** A book that has seen ticket T opened for subject s. */
function bookOf(...more: readonly Told[]): TicketBook {
  const book = createTicketBook(7);
  for (const one of [{ ticket: "T", at: start, subjects: [subject("s")] }, ...more]) {
    book.report(told(one));
  }
  return book;
}

describe("a ticket explains an access", () => {
  it("for a week after the last work on it and not a day longer", () => {
    expect(relation(bookOf(), { ticket: "T", at: start + 7 * dayMs })).toBe("open");
    expect(relation(bookOf(), { ticket: "T", at: start + 8 * dayMs })).toBe("none");
    const worked = bookOf({ ticket: "T", at: start + 6 * dayMs, type: "replied" });
    expect(relation(worked, { ticket: "T", at: start + 13 * dayMs })).toBe("open");
  });

  it("only of the subject that it is about", () => {
    expect(relation(bookOf(), { ticket: "T", subject: subject("other") })).toBe("none");
  });

  it("only if somebody has opened it, once ticket events come in at all", () => {
    expect(relation(createTicketBook(7), { ticket: "X" })).toBe("open");
    expect(relation(bookOf(), { ticket: "X" })).toBe("none");
  });

  it.each([
    { agent: "holder", team: "t", relation: "own", why: "it is assigned to the agent" },
    { agent: "b", team: "t", relation: "open", why: "the agent's team works on it" },
    { agent: "b", team: "u", relation: "foreign", why: "another team works on it" },
    { agent: "b", team: undefined, relation: "foreign", why: "others work on it" },
  ])("as $relation because $why", ({ agent, team, relation: expected }) => {
    const book = bookOf({ ticket: "T", at: start, type: "assigned", agent: "holder" });
    book.standingOf(look({ agent: "holder", team: "t", ticket: "T", action: "update" }));
    expect(relation(book, { agent, team: team ?? "", ticket: "T" })).toBe(expected);
  });

  it("as self-opened while nobody but the agent has touched it", () => {
    const own = { ticket: "S", at: start, agent: "a", subjects: [subject("s")] };
    expect(bookOf(own).standingOf(look({ ticket: "S" })).isSelfOpened).toBe(true);
    const helped = bookOf(own, { ticket: "S", at: start, type: "replied", agent: "b" });
    expect(helped.standingOf(look({ ticket: "S" })).isSelfOpened).toBe(false);
  });
});

describe("an access that names no ticket", () => {
  const held = { ticket: "T", at: start, type: "assigned", agent: "holder" } as const;

  it("is explained by a live ticket of the agent's own about its subject", () => {
    expect(relation(bookOf(held), { agent: "holder" })).toBe("own");
    expect(relation(bookOf(held), { agent: "holder", at: start + 7 * dayMs })).toBe("own");
  });

  it.each([
    { why: "nobody named it and others hold it", look: { agent: "other" } },
    { why: "it is about somebody else", look: { agent: "holder", subject: subject("other") } },
    { why: "it is dead", look: { agent: "holder", at: start + 8 * dayMs } },
  ])("is not explained if $why", ({ look: given }) => {
    expect(relation(bookOf(held), given)).toBe("none");
  });

  it("is explained by one that only the agent has touched no better than if it were named", () => {
    const own = { ticket: "S", at: start, agent: "a", subjects: [subject("s")] };
    expect(bookOf(own).standingOf(look({})).isSelfOpened).toBe(true);
  });

  it("is explained after a restart as before", () => {
    const book = bookOf(held);
    const restored = createTicketBook(7);
    for (const { key, state } of [...book.saveDirty()].flat()) restored.load(key, state);
    expect(relation(restored, { agent: "holder" })).toBe("own");
  });
});

function tellAll(book: TicketBook, notes: readonly { ticket: number; day: number }[]): void {
  for (const [n, { ticket, day }] of notes.entries()) {
    book.report(told({ ticket: `T-${ticket}`, at: start + day * dayMs, agent: `a${n % 5}` }));
  }
}

describe("the book of tickets", () => {
  it("survives a restart block by block, in any order of the rows", () => {
    const work = fc.array(fc.record({ ticket: fc.nat(3_000), day: fc.nat(30) }), {
      minLength: 1_500,
      maxLength: 3_000,
    });
    const standings = (book: TicketBook) =>
      Array.from({ length: 3_000 }, (_, n) =>
        relation(book, { ticket: `T-${n}`, at: start + 25 * dayMs }),
      );
    fc.assert(
      fc.property(work, (notes) => {
        const book = createTicketBook(7);
        const stored = new Map<string, string>();
        for (let from = 0; from < notes.length; from += 500) {
          tellAll(book, notes.slice(from, from + 500));
          for (const { key, state } of [...book.saveDirty()].flat()) stored.set(key, state);
        }
        const restored = createTicketBook(7);
        for (const [key, state] of [...stored].reverse()) restored.load(key, state);
        expect(standings(restored)).toEqual(standings(book));
      }),
      { numRuns: 5 },
    );
  });
});
