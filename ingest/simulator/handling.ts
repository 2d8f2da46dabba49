/**
 * How an agent helps one customer: take the ticket, find the record, look, perhaps change or unmask
 * something, answer, close; and look again when the customer writes back.
 */
import type { TicketEventType } from "../vocabulary/event.ts";
import { hourMs, minuteMs } from "./calendar.ts";
import { type Contact, sourceOf } from "./contact.ts";
import { openedTicket } from "./customers.ts";
import { access, type Floor, finishedMax, remember, type Worker } from "./floor.ts";
import { list, screenMs, search, type Why } from "./look-up.ts";
import type { SubjectPlace } from "./population.ts";
import { occasionally } from "./random.ts";

const unlinkedReasons = ["duplicate contact", "checking my earlier reply", "asked by a colleague"];

/** Share of contacts that begin with a search, by channel; else the ticket links to the record. */
const searchShare = { email: 0.16, call: 0.5, chat: 0.26, web: 0.16, internal: 0.16 } as const;

/** Share of reveals made on the record's own page, where the console does not know of the ticket. */
const besideTicketShare = 0.3;

/** Puts everything that follows from taking `contact` at `at` on the agenda. */
export function handleContact(floor: Floor, worker: Worker, contact: Contact, at: number): void {
  const { random } = floor;
  if (contact.writtenUpAt === Number.POSITIVE_INFINITY) writeUpLater(floor, contact, at);
  if (floor.records !== undefined) {
    worker.tickets.push({ at, ticketId: contact.ticketId, place: contact.place });
  }
  ticket(floor, contact, { type: "assigned", at, agentId: worker.actor.agent.id });
  let now = at + 500 + random.exponential(4_000);
  if (contact.channel === "call" || contact.channel === "chat") {
    const type = contact.channel === "call" ? "call_started" : "chat_started";
    ticket(floor, contact, { type, at: now, agentId: worker.actor.agent.id });
    now += random.exponential(15_000);
  }
  if (random.chance(Math.min(0.95, searchShare[contact.channel] * floor.desk.profile.searching))) {
    now = search(floor, worker, {
      place: contact.place,
      at: now,
      why: why(floor, worker, contact),
    });
  }
  now = lookAtRecord(floor, worker, contact, now);
  now = act(floor, worker, contact, now);
  remember(worker, contact.place);
  worker.lastTicketId = contact.ticketId;
  finish(floor, worker, contact, now);
}

/** The agent helps first and writes the ticket up afterwards. */
function writeUpLater(floor: Floor, contact: Contact, at: number): void {
  const writtenUpAt = Math.floor(at + 2 * minuteMs + floor.random.exponential(12 * minuteMs));
  contact.writtenUpAt = writtenUpAt;
  floor.agenda.add(writtenUpAt, openedTicket(floor, contact, writtenUpAt));
}

/** A justification, unless this agent works beside the ticket this time. */
function why(floor: Floor, worker: Worker, contact: Contact): Why {
  const { random } = floor;
  if (random.chance(worker.agent.linkShare)) {
    const source = sourceOf(contact, random);
    const isWrong = occasionally(random, floor.desk.profile.mislinkShare);
    const ticket_id = (isWrong ? worker.lastTicketId : undefined) ?? contact.ticketId;
    return { justification: { ticket_id, source } };
  }
  if (!random.chance(0.1)) return {};
  const reason = unlinkedReasons[random.below(unlinkedReasons.length)] ?? "other";
  return { justification: { source: "manual", reason } };
}

/** Opens the record once or more, and sometimes that of a related customer or the list around it. */
function lookAtRecord(floor: Floor, worker: Worker, contact: Contact, at: number): number {
  const { random } = floor;
  let now = at;
  for (let views = 1 + random.geometric(0.46); views > 0; views -= 1) {
    now = view(floor, worker, { contact, place: contact.place, at: now });
  }
  if (random.chance(0.06)) {
    now = list(floor, worker, { place: contact.place, at: now, why: why(floor, worker, contact) });
  }
  if (random.chance(0.1)) {
    const { tenant } = contact.place;
    const rank = random.below(Math.max(1, tenant.subjects - 1));
    now = view(floor, worker, { contact, place: { tenant, rank }, at: now });
  }
  return now;
}

interface Viewing {
  readonly contact: Contact;
  readonly place: SubjectPlace;
  readonly at: number;
}

function view(floor: Floor, worker: Worker, { contact, place, at }: Viewing): number {
  access(floor, worker.actor, at, {
    action: "view",
    subjects: [floor.desk.population.refOf(place)],
    result_count: 1,
    ...(sayFields(floor) ? { fields: contact.reason.fields } : {}),
    ...why(floor, worker, contact),
  });
  return at + screenMs(floor);
}

const sayFields = ({ random, desk }: Floor) =>
  desk.profile.viewFieldsShare === 1 || random.chance(desk.profile.viewFieldsShare);

/** Changes, unmasks or exports what the reason calls for. */
function act(floor: Floor, worker: Worker, contact: Contact, at: number): number {
  const { random, desk } = floor;
  const { reason } = contact;
  const subjects = [desk.population.refOf(contact.place)];
  let now = at;
  if (random.chance(reason.revealShare)) {
    const justification = random.chance(besideTicketShare) ? {} : why(floor, worker, contact);
    const detail = {
      action: "reveal",
      subjects,
      fields: [reason.secret],
      ...justification,
    } as const;
    access(floor, worker.actor, now, detail);
    now += screenMs(floor);
  }
  if (random.chance(reason.updateShare)) {
    const justification = why(floor, worker, contact);
    const detail = { action: "update", subjects, fields: ["name"], ...justification } as const;
    access(floor, worker.actor, now, detail);
    now += screenMs(floor);
  }
  if (worker.agent.ref.role === "senior" && random.chance(0.004)) {
    const justification = why(floor, worker, contact);
    access(floor, worker.actor, now, { action: "impersonate", subjects, ...justification });
    now += minuteMs;
  }
  consequence(floor, contact, now);
  return now;
}

/** What the customer then does to the account: mostly within minutes, seldom within a day. */
function consequence(floor: Floor, { reason, place }: Contact, at: number): void {
  const { random, mint, agenda, desk } = floor;
  if (!random.chance(reason.consequenceShare)) return;
  const delay = reason.consequence === "code_issued" ? 40_000 : random.exponential(25 * minuteMs);
  const happensAt = Math.floor(at + delay * random.logNormal(0.7));
  const event = mint.subject(happensAt, reason.consequence, desk.population.refOf(place));
  agenda.add(happensAt, event);
}

/** Answers, then closes, passes on, or comes back to the record when the customer writes again. */
function finish(floor: Floor, worker: Worker, contact: Contact, at: number): void {
  const { random, queues } = floor;
  const agentId = worker.actor.agent.id;
  if (random.chance(0.05)) {
    ticket(floor, contact, { type: "transferred", at, agentId });
    queues[random.below(queues.length)]?.add(contact);
    return;
  }
  const repliedAt = at + random.exponential(90_000);
  ticket(floor, contact, { type: "replied", at: repliedAt, agentId });
  const againAt = repliedAt + 5 * minuteMs + random.exponential(1.5 * hourMs);
  if (random.chance(0.42) && againAt < worker.until) {
    floor.agenda.add(againAt, (now) => {
      finish(floor, worker, contact, lookAtRecord(floor, worker, contact, now));
    });
    return;
  }
  if (floor.desk.profile.reviewerShare > 0) keepForReview(floor, contact);
  if (random.chance(0.92)) {
    ticket(floor, contact, { type: "closed", at: repliedAt + random.exponential(20_000), agentId });
  }
}

function keepForReview({ finished, random }: Floor, contact: Contact): void {
  if (finished.length < finishedMax) finished.push(contact);
  else finished[random.below(finishedMax)] = contact;
}

interface TicketStep {
  readonly type: TicketEventType;
  readonly at: number;
  readonly agentId: string;
}

function ticket(floor: Floor, contact: Contact, { type, at, agentId }: TicketStep): void {
  const whole = Math.floor(Math.max(at, (contact.writtenUpAt ?? 0) + 1_000));
  const { ticketId: ticket_id, channel } = contact;
  floor.agenda.add(
    whole,
    floor.mint.ticket(whole, { type, ticket_id, agent_id: agentId, channel }),
  );
}
