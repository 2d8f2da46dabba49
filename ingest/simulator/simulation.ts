/**
 * The desk at work: a discrete-event simulation that yields the console's events in time order.
 *
 * Customers write and call, tickets wait in a team's line, agents on shift take them and look at records;
 * robots, reports, recall lists and the customers' own doings go on beside it. Nothing is drawn from a
 * target distribution of counts: the over-dispersion comes from agents of different pace, good and bad
 * days, shocks that hit everybody, and lines that run dry.
 */
import { createAgenda } from "./agenda.ts";
import { createLocalTime, dayMs, utcDayOf } from "./calendar.ts";
import { reasonsWith } from "./contact.ts";
import { openAccountEvents, openContacts, openSignIns } from "./customers.ts";
import type { Desk } from "./desk.ts";
import { createEventMint } from "./event-mint.ts";
import { createQueue, type Floor, type Step } from "./floor.ts";
import { openOnCall } from "./on-call.ts";
import { createRandom } from "./random.ts";
import type { DeskRecords } from "./record.ts";
import { openRobots } from "./robot.ts";
import { openShifts } from "./shift.ts";
import type { WireEvent } from "./wire-event.ts";

/** Contacts that may wait for each agent of a team before the console turns customers away. */
const waitingPerAgentMax = 60;

export interface TimedEvent {
  /** The event's time, epoch milliseconds. */
  readonly at: number;
  readonly event: WireEvent;
}

/**
 * Every event of the desk from its start, in time order, without end; stop reading to stop.
 * Memory is bounded by the work open at one moment: about 10 kB for each agent (1 GB for 100,000).
 */
export function* runDesk(desk: Desk, beside: Beside = {}): Generator<TimedEvent, never> {
  const { extra, records } = beside;
  const floor = createFloor(desk, records);
  const from = utcDayOf(desk.start);
  openShifts(floor, from);
  openContacts(floor, from);
  openAccountEvents(floor, from);
  openRobots(floor, from);
  openOnCall(floor, from);
  if (extra !== undefined) openSignIns(floor, extra.from, extra.perSecond);
  for (;;) {
    const next = floor.agenda.take();
    if (next === undefined) throw new Error("a desk never runs out of events");
    const { at, item } = next;
    if (typeof item === "function") item(at);
    else if (at >= desk.start) yield { at, event: item };
  }
}

/** What goes on beside the desk's own work. */
export interface Beside {
  readonly extra?: ExtraSignIns;
  readonly records?: DeskRecords;
}

/** Codes issued to customers who sign in, on top of the desk's own, from a moment on. */
export interface ExtraSignIns {
  readonly from: number;
  readonly perSecond: number;
}

/** The desk's events of `days` days from its start (fractions allowed), in time order. */
export function* simulateDesk(
  desk: Desk,
  { days, records }: { readonly days: number; readonly records?: DeskRecords },
): Generator<WireEvent> {
  const end = desk.start + days * dayMs;
  for (const { at, event } of runDesk(desk, records === undefined ? {} : { records })) {
    if (at >= end) return;
    yield event;
  }
}

export interface Trickle {
  readonly desk: Desk;
  /** Only events later than this, epoch milliseconds. */
  readonly after: number;
  /** Customers' sign-ins a second on top of the desk's own events, so that something always moves. */
  readonly signInsPerSecond: number;
}

/**
 * The same desk after `after`, without end, each event with its time; the caller waits for that time.
 * The part before is simulated again and skipped (a month of 40 agents: about a second), so that sessions,
 * tickets and queues go on where the loaded month stopped, and no event id repeats.
 */
export function* liveTrickle({ desk, after, signInsPerSecond }: Trickle): Generator<TimedEvent> {
  const extra = { from: after, perSecond: signInsPerSecond };
  for (const timed of runDesk(desk, { extra })) {
    if (timed.at > after) yield timed;
  }
}

function createFloor(desk: Desk, records: DeskRecords | undefined): Floor {
  const { teams, profile } = desk;
  const waitingMax = Math.ceil((waitingPerAgentMax * desk.agents.length) / teams);
  return {
    desk,
    random: createRandom(`${desk.seed}/floor`),
    mint: createEventMint(`${desk.seed}/events`),
    agenda: createAgenda<WireEventOrStep>(),
    localTime: createLocalTime(),
    reasons: reasonsWith(profile.lostPhoneWeight),
    finished: [],
    remembered: new Map(),
    records,
    queues: Array.from({ length: teams }, () => createQueue(waitingMax)),
  };
}

type WireEventOrStep = WireEvent | Step;
