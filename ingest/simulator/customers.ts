/** The customers' side: contacts that come in, and what happens to accounts without any agent. */
import type { SubjectEventType } from "../vocabulary/event.ts";
import { dayMs, dayShock, demandAt, demandMax, utcDayOf } from "./calendar.ts";
import { type Contact, createContact } from "./contact.ts";
import type { Desk } from "./desk.ts";
import { createEventMint } from "./event-mint.ts";
import type { Floor } from "./floor.ts";
import type { SubjectPlace } from "./population.ts";
import { createRandom, occasionally, pickWeighted, type Random } from "./random.ts";
import { lull, type Shock, shockFrom, shockUntil } from "./shock.ts";
import { siteOf } from "./site.ts";
import type { WireTicket } from "./wire-event.ts";

/** Share of contacts that come from somebody who was in touch a little earlier. */
const callbackShare = 0.18;
const recentCallersMax = 400;

const accountEvents: readonly { type: SubjectEventType; weight: number }[] = [
  { type: "code_issued", weight: 900 },
  { type: "device_added", weight: 22 },
  { type: "password_reset", weight: 20 },
  { type: "registered", weight: 16 },
  { type: "reregistered", weight: 12 },
  { type: "sim_changed", weight: 11 },
  { type: "email_changed", weight: 7 },
  { type: "factor_reset", weight: 5 },
  { type: "deregistered", weight: 4 },
  { type: "registration_lock_disabled", weight: 2 },
  { type: "registration_lock_enabled", weight: 1 },
];

/** Contacts that each team's agents can take on a mean day, with a margin so that queues empty. */
function contactsPerDay(floor: Floor): readonly number[] {
  const perTeam = floor.queues.map(() => 0);
  for (const { team, pace } of floor.desk.agents) {
    perTeam[team] =
      (perTeam[team] ?? 0) + pace * floor.desk.profile.contactsPerAgentDay * (5 / 7) * 0.88;
  }
  return perTeam;
}

/** Opens one stream of contacts per team, for ever. */
export function openContacts(floor: Floor, from: number): void {
  contactsPerDay(floor).forEach((perDay, team) => {
    const random = createRandom(`${floor.desk.seed}/contacts/${team}`);
    const callers: SubjectPlace[] = [];
    const zone = siteOf(floor.desk.sites, team).timeZone;
    arrivals(floor, { random, zone, from, perDay, team }, (at) => {
      receive(floor, random, { team, callers, at });
    });
    openSurges(floor, { team, perDay });
  });
}

/** Opens the stream of account events that no agent has a part in, for ever. */
export function openAccountEvents(floor: Floor, from: number): void {
  const random = createRandom(`${floor.desk.seed}/accounts`);
  const contacts = contactsPerDay(floor).reduce((sum, perDay) => sum + perDay, 0);
  const perDay = contacts * floor.desk.profile.accountEventsPerContact;
  const zone = siteOf(floor.desk.sites, 0).timeZone;
  arrivals(floor, { random, zone, from, perDay, team: undefined }, (at) => {
    accountEvent(floor, at, { random, type: pickWeighted(random, accountEvents).type });
  });
}

/**
 * Adds codes issued to customers who sign in, `perSecond` of them, whatever the hour. They have their own
 * chance and ids: the desk's other events stay the same, whenever and however often this is begun.
 */
export function openSignIns(floor: Floor, from: number, perSecond: number): void {
  const random = createRandom(`${floor.desk.seed}/sign-ins/${from}`);
  const mint = createEventMint(`${floor.desk.seed}/sign-ins/${from}`);
  const step = (at: number) => {
    accountEvent({ ...floor, mint }, Math.floor(at), { random, type: "code_issued" });
    floor.agenda.add(at + random.exponential(1_000 / perSecond), step);
  };
  floor.agenda.add(from + random.exponential(1_000 / perSecond), step);
}

interface AccountEvent {
  readonly random: Random;
  readonly type: SubjectEventType;
}

/** Puts one event of a random customer's account on the agenda. */
function accountEvent(floor: Floor, at: number, { random, type }: AccountEvent): void {
  const place = floor.desk.population.drawCaller(random);
  floor.agenda.add(at, floor.mint.subject(at, type, floor.desk.population.refOf(place)));
}

interface Stream {
  readonly random: Random;
  readonly zone: string;
  readonly from: number;
  readonly perDay: number;
  /** Whose holidays count; `undefined`: nobody's. */
  readonly team: number | undefined;
}

/**
 * A Poisson stream whose rate follows the local hour, the weekday and the day's shock, by thinning
 * (Lewis and Shedler 1979).
 */
function arrivals(floor: Floor, stream: Stream, arrive: (at: number) => void): void {
  const { random, zone, perDay, team } = stream;
  const shockMax = 2.5;
  const gapMs = dayMs / (perDay * demandMax * shockMax);
  let day = Number.NaN;
  let shock = 1;
  const step = (at: number) => {
    if (utcDayOf(at) !== day) {
      day = utcDayOf(at);
      shock = Math.min(shockMax, dayShock(floor.desk.seed, at));
    }
    const fallenOff = team === undefined ? 1 : lull(floor.desk, team, at);
    const demand = demandAt(at + floor.localTime.offsetMs(zone, at)) * shock * fallenOff;
    if (random.chance(demand / (demandMax * shockMax))) arrive(Math.floor(at));
    floor.agenda.add(at + random.exponential(gapMs), step);
  };
  floor.agenda.add(stream.from + random.exponential(gapMs), step);
}

interface Arrival {
  readonly team: number;
  readonly callers: SubjectPlace[];
  readonly at: number;
  /** Default: drawn. */
  readonly caller?: SubjectPlace;
}

/** A customer gets in touch: a ticket is opened and waits, unless the line is full. */
function receive(floor: Floor, random: Random, arrival: Arrival): void {
  const { team, callers, at } = arrival;
  const { desk, mint, agenda, queues, reasons } = floor;
  const again = random.chance(callbackShare) ? callers[random.below(recentCallersMax)] : undefined;
  const place = arrival.caller ?? again ?? drawCaller(floor, random, team);
  const contact = createContact(random, { ticketId: mint.id("TK-"), place, reasons });
  if (callers.length < recentCallersMax) callers.push(place);
  else callers[random.below(recentCallersMax)] = place;
  const { ticketId: ticket_id, channel } = contact;
  const isLate = channel === "call" && occasionally(random, desk.profile.lateLinkShare);
  if (isLate) contact.writtenUpAt = Number.POSITIVE_INFINITY;
  else agenda.add(at, openedTicket(floor, contact, at));
  if (queues[team]?.add(contact) === true) return;
  // Nobody will answer: the console closes what does not fit the line, and says so at once.
  if (!isLate) agenda.add(at, mint.ticket(at, { type: "closed", ticket_id, channel }));
}

export function openedTicket({ mint, desk }: Floor, contact: Contact, at: number): WireTicket {
  const { ticketId: ticket_id, channel, place } = contact;
  const subjects = [desk.population.refOf(place)];
  return mint.ticket(at, { type: "opened", ticket_id, channel, subjects });
}

/** Somebody of the team's own tenants, in desks whose teams have them; else anybody. */
function drawCaller({ desk }: Floor, random: Random, team: number): SubjectPlace {
  const isOwn = occasionally(random, desk.profile.affinity);
  return isOwn ? desk.population.drawOwnCaller(random, team) : desk.population.drawCaller(random);
}

/** Opens the contacts that outages and bad days add to what `team` gets anyway. */
function openSurges(floor: Floor, { team, perDay }: { team: number; perDay: number }): void {
  for (const [index, shock] of floor.desk.profile.shocks.entries()) {
    if (shock.factor <= 1 || (shock.team ?? team) !== team) continue;
    openSurge(floor, shock, { team, perDay, seed: `${floor.desk.seed}/surge/${index}/${team}` });
  }
}

interface Surge {
  readonly team: number;
  readonly perDay: number;
  readonly seed: string;
}

/** What an outage or a bad day adds follows the hour as everything does. */
function openSurge(floor: Floor, shock: Shock, { team, perDay, seed }: Surge): void {
  const { desk, agenda, localTime } = floor;
  const random = createRandom(seed);
  const zone = siteOf(desk.sites, team).timeZone;
  const gapMs = dayMs / (perDay * (shock.factor - 1) * demandMax);
  const step = (at: number) => {
    if (at >= shockUntil(desk, shock)) return;
    if (random.chance(demandAt(at + localTime.offsetMs(zone, at)) / demandMax)) {
      receive(floor, random, {
        team,
        callers: [],
        at: Math.floor(at),
        ...struck(desk, random, shock),
      });
    }
    agenda.add(at + random.exponential(gapMs), step);
  };
  agenda.add(shockFrom(desk, shock) + random.exponential(gapMs), step);
}

/** An outage strikes one of the largest tenants: most of what comes in then comes from there. */
function struck(
  { population }: Desk,
  random: Random,
  { kind, day }: Shock,
): { readonly caller?: SubjectPlace } {
  const tenant = population.tenants[Math.floor(day) % 6];
  if (tenant === undefined || kind !== "outage" || !random.chance(0.6)) return {};
  return { caller: { tenant, rank: Math.floor((tenant.subjects - 1) * random.next() ** 1.5) } };
}
