/** The running desk: what the people on it share while a simulation goes on. */
import type { Agenda } from "./agenda.ts";
import type { LocalTime } from "./calendar.ts";
import type { Contact, Reason } from "./contact.ts";
import type { Desk } from "./desk.ts";
import type { EventMint } from "./event-mint.ts";
import type { SubjectPlace } from "./population.ts";
import type { Random } from "./random.ts";
import type { DeskRecords, OddityKind } from "./record.ts";
import type { DeskAgent } from "./roster.ts";
import type { AccessDetail, Actor, WireEvent } from "./wire-event.ts";
import type { WorkedTicket } from "./worklog.ts";

/** Something that happens at its time and may put more on the agenda. */
export type Step = (at: number) => void;

export interface Floor {
  readonly desk: Desk;
  readonly random: Random;
  readonly mint: EventMint;
  readonly agenda: Agenda<WireEvent | Step>;
  readonly localTime: LocalTime;
  /** One line of waiting contacts per team, oldest first. */
  readonly queues: readonly Queue[];
  readonly reasons: readonly Reason[];
  /** Contacts that were finished lately, for reviewers; at most `finishedMax`, the oldest replaced. */
  readonly finished: Contact[];
  /** By agent, customers helped lately, in desks whose agents remember them after a shift. */
  readonly remembered: Map<string, SubjectPlace[]>;
  /** Where the run is written down, if anywhere. */
  readonly records: DeskRecords | undefined;
}

export const finishedMax = 300;

export interface Queue {
  readonly add: (contact: Contact) => boolean;
  readonly take: () => Contact | undefined;
}

/** An agent at work, from login to the end of the shift. */
export interface Worker {
  readonly agent: DeskAgent;
  readonly actor: Actor;
  /** End of the shift, epoch milliseconds. */
  readonly until: number;
  /** Customers helped lately, newest last; at most `recentMax`. */
  readonly recent: SubjectPlace[];
  /** Tickets taken in this shift, where the run is written down. */
  readonly tickets: WorkedTicket[];
  /** The ticket handled before this one. */
  lastTicketId?: string;
}

const recentMax = 16;

export function remember(worker: Worker, place: SubjectPlace): void {
  worker.recent.push(place);
  if (worker.recent.length > recentMax) worker.recent.shift();
}

/** The customers whom an agent remembers at the beginning of a shift; what the shift adds is added to them. */
export function recentOf({ desk, remembered }: Floor, agentId: string): SubjectPlace[] {
  const recent = remembered.get(agentId) ?? [];
  if (desk.profile.remembersShifts) remembered.set(agentId, recent);
  return recent;
}

/** A waiting line of at most `contactsMax`; `add` says whether there was room. O(1) amortised. */
export function createQueue(contactsMax: number): Queue {
  let waiting: Contact[] = [];
  let head = 0;
  return {
    add: (contact) => {
      if (waiting.length - head >= contactsMax) return false;
      waiting.push(contact);
      return true;
    },
    take: () => {
      const contact = waiting[head];
      if (contact === undefined) return undefined;
      head += 1;
      if (head > 1_000 && head * 2 > waiting.length) {
        waiting = waiting.slice(head);
        head = 0;
      }
      return contact;
    },
  };
}

/** Writes down something odd and harmless that `worker` does from `from` to `until`. */
export function note(floor: Floor, worker: Worker, odd: NotedTime): void {
  floor.records?.note({ agentId: worker.actor.agent.id, ...odd });
}

interface NotedTime {
  readonly kind: OddityKind;
  readonly from: number;
  readonly until: number;
}

/** Puts an access of `actor` on the agenda. */
export function access(floor: Floor, actor: Actor, at: number, detail: AccessDetail): void {
  const whole = Math.floor(at);
  floor.agenda.add(whole, floor.mint.access(actor, whole, detail));
}
