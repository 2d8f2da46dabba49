/**
 * Which support work explains an access, and whose work it is.
 *
 * A ticket explains only while somebody works on it: ticket events and updates keep it alive, accesses of a
 * live one too, and merely naming a dead one does not. It explains only what it is about, and it explains an
 * agent's access only if the agent works on it, its team does, or nobody does yet. An access that names none is
 * explained by a live ticket of the agent's own about its subject: people do not always open a record from their
 * ticket. Where no ticket events come
 * in at all, every named ticket counts as alive. Kept as fingerprints in a ring; when that is full the oldest
 * are forgotten, and such a ticket counts as dead for everybody alike.
 */
import type { AccessEvent, Subject, TicketEvent } from "../../ingest/vocabulary/event.ts";
import { isJustified } from "../../ingest/vocabulary/justification.ts";
import type { Relation } from "../detector.ts";
import { fingerprint } from "../stats/seeded-uniform.ts";
import { shortToken } from "./exposure-tally.ts";
import { type Packer, packList, type Unpacker, unpackList } from "./packing.ts";
import { createRing, type Ring } from "./ring.ts";

const dayMs = 86_400_000;
/** Agents that are remembered as working on one ticket, the newest of them. */
const workersMax = 3;
/** Subjects that are remembered of one ticket; a ticket about more explains any. */
const subjectsMax = 4;
/** Tickets that are remembered of one subject, the newest of them. */
const ticketsPerSubjectMax = 3;
const nobody = 0;

/** All but the day as fingerprints. */
interface Ticket {
  readonly t: number;
  /** Of the last work, UTC. */
  readonly day: number;
  team: number;
  opener: number;
  subjects: number[];
  workers: number[];
}

/** As fingerprints. */
interface TicketsOfSubject {
  readonly s: number;
  readonly tickets: readonly number[];
}

export interface Standing {
  readonly relation: Relation;
  readonly isSelfOpened: boolean;
  /** The named ticket is alive and about somebody else. */
  readonly isMislinked: boolean;
}

export interface TicketBook {
  /** How the access hangs together with work; the book has learnt it afterwards. */
  readonly standingOf: (event: AccessEvent) => Standing;
  readonly report: (event: TicketEvent) => void;
  /** The blocks that changed since the last call, by key, in pieces. */
  readonly saveDirty: () => Iterable<{ key: string; state: string }[]>;
  /** Throws RangeError if `state` is no block of `key`. In any order. */
  readonly load: (key: string, state: string) => void;
}

const standing = (relation: Relation): Standing => ({
  relation,
  isSelfOpened: false,
  isMislinked: false,
});
const none = standing("none");
const open = standing("open");
const own = standing("own");
const foreign = standing("foreign");
const ownOpened: Standing = { ...own, isSelfOpened: true };
const mislinked: Standing = { ...none, isMislinked: true };

/** 30 bits, a small integer: a ticket in a book of half a million has a double with 0.05 %. */
const markOf = (text: string): number => 1 + (fingerprint(text) % 1_073_741_822);
/** With the type: a ticket that names an account says nothing about a phone number. */
const subjectMark = ({ token, type }: Subject): number => markOf(`${type}${shortToken(token)}`);

function packTicket(packer: Packer, ticket: Ticket): void {
  packer.number(ticket.t);
  packer.number(ticket.day);
  packer.number(ticket.team);
  packer.number(ticket.opener);
  packList(packer, ticket.subjects, packer.number);
  packList(packer, ticket.workers, packer.number);
}

const unpackTicket = (unpacker: Unpacker): Ticket => ({
  t: unpacker.number(),
  day: unpacker.number(),
  team: unpacker.number(),
  opener: unpacker.number(),
  subjects: unpackList(unpacker, unpacker.number),
  workers: unpackList(unpacker, unpacker.number),
});

const openTickets = () =>
  createRing({
    name: "tickets",
    pack: packTicket,
    unpack: unpackTicket,
    keyOf: ({ t }) => t,
    entriesPerBlock: 1_024,
    blocksMax: 512,
  });

const openSubjects = () =>
  createRing({
    name: "ticketed",
    pack: (packer, { s, tickets }: TicketsOfSubject) => {
      packer.number(s);
      packList(packer, tickets, packer.number);
    },
    unpack: (unpacker): TicketsOfSubject => ({
      s: unpacker.number(),
      tickets: unpackList(unpacker, unpacker.number),
    }),
    keyOf: ({ s }) => s,
    entriesPerBlock: 1_024,
    blocksMax: 256,
  });

/** `aliveDays` without work a ticket is dead: beyond the usual automatic close after five days. */
export function createTicketBook(aliveDays: number): TicketBook {
  const ring = openTickets();
  const bySubject = openSubjects();
  /** The ticket's entry with today's work on it. */
  const working = (ticket: number, at: number): Ticket => {
    const day = Math.floor(at / dayMs);
    const known = ring.find(ticket);
    if (known !== undefined && known.day >= day) return known;
    const fresh = known ?? { t: ticket, team: nobody, opener: nobody, subjects: [], workers: [] };
    const entry = { ...fresh, day };
    ring.add(entry);
    return entry;
  };
  const join = (entry: Ticket, agent: string, team: string | undefined): void => {
    const mark = markOf(agent);
    const teamMark = team === undefined ? entry.team : markOf(team);
    if (entry.workers.at(-1) === mark && entry.team === teamMark) return;
    entry.workers = [...entry.workers.filter((other) => other !== mark), mark].slice(-workersMax);
    entry.team = teamMark;
    ring.put(entry);
  };

  /** Keeps a live ticket alive; work revives a dead one. */
  const learn = (ticket: number, event: AccessEvent, wasAlive: boolean): void => {
    const isWork = event.action === "update" && event.outcome === "success";
    if (!(wasAlive || isWork)) return;
    const entry = working(ticket, event.at);
    if (isWork && (!wasAlive || isAbout(entry, event)))
      join(entry, event.agent.id, event.agent.team);
  };

  const unnamedOf = (event: AccessEvent): Standing => {
    const [only, ...others] = event.subjects;
    if (only === undefined || others.length > 0) return none;
    const marks = bySubject.find(subjectMark(only))?.tickets ?? [];
    const known = marks.flatMap((mark) => ring.find(mark) ?? []);
    return impliedBy(
      known.filter((ticket) => isAlive(ticket, event.at, aliveDays)),
      event,
    );
  };

  const learnSubjects = (entry: Ticket, subjects: readonly Subject[]): void => {
    if (entry.subjects.length > 0 || subjects.length > subjectsMax) return;
    entry.subjects = subjects.map(subjectMark);
    for (const s of entry.subjects) noteSubject(bySubject, s, entry.t);
  };

  const standingOf = (event: AccessEvent): Standing => {
    const ticketId = event.justification?.ticketId;
    if (ticketId === undefined) return isJustified(event) ? open : unnamedOf(event);
    if (ring.isEmpty()) return open;
    const ticket = markOf(ticketId);
    const known = ring.find(ticket);
    const wasAlive = known !== undefined && isAlive(known, event.at, aliveDays);
    const standing = wasAlive ? relationTo(known, event) : none;
    learn(ticket, event, wasAlive);
    return standing;
  };
  return {
    standingOf,
    report: (event) => {
      const { agentId, type, subjects } = event;
      const entry = working(markOf(event.ticketId), event.at);
      learnSubjects(entry, subjects);
      if (agentId !== undefined && type === "opened") entry.opener = markOf(agentId);
      if (agentId !== undefined && type !== "closed") join(entry, agentId, undefined);
      ring.put(entry);
    },
    saveDirty: function* () {
      yield* ring.saveDirty();
      yield* bySubject.saveDirty();
    },
    load: (key, state) => (key.startsWith("ticketed/") ? bySubject : ring).load(state),
  };
}

function noteSubject(bySubject: Ring<TicketsOfSubject>, s: number, ticket: number): void {
  const before = bySubject.find(s)?.tickets ?? [];
  const others = before.filter((one) => one !== ticket);
  bySubject.add({ s, tickets: [...others, ticket].slice(-ticketsPerSubjectMax) });
}

const isAlive = ({ day }: Ticket, at: number, aliveDays: number): boolean =>
  Math.floor(at / dayMs) - day <= aliveDays;

/** Whether the ticket may be about what the access shows. */
function isAbout({ subjects }: Ticket, event: AccessEvent): boolean {
  const [only, ...others] = event.subjects;
  if (only === undefined || others.length > 0 || subjects.length === 0) return true;
  return subjects.includes(subjectMark(only));
}

/** What an access that names no ticket is to the live ones about its subject: one may be the agent's own. */
function impliedBy(tickets: readonly Ticket[], event: AccessEvent): Standing {
  for (const ticket of tickets) {
    const implied = relationTo(ticket, event);
    if (implied.relation === "own") return implied;
  }
  return none;
}

function relationTo(ticket: Ticket, event: AccessEvent): Standing {
  if (!isAbout(ticket, event)) return mislinked;
  const { workers, team, opener } = ticket;
  const { agent } = event;
  const mark = markOf(agent.id);
  if (workers.includes(mark)) {
    return opener === mark && workers.length === 1 ? ownOpened : own;
  }
  if (workers.length === 0) return open;
  return agent.team !== undefined && markOf(agent.team) === team ? open : foreign;
}
