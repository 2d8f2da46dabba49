/** A labelled stream: a desk's ordinary events with misuses planted among them, in time order. */
import { dayMs, hourMs, utcDayOf, weekdayOf } from "./calendar.ts";
import { createDesk, type Desk } from "./desk.ts";
import type { Truth } from "./misuse.ts";
import { misuses, planMisuse } from "./misuse-catalogue.ts";
import { simulateDesk } from "./simulation.ts";
import type { WireEvent } from "./wire-event.ts";
import { createWorklog, type Worklog } from "./worklog.ts";

export interface Incident {
  /** The id of a misuse. */
  readonly id: string;
  /** First moment, epoch milliseconds. */
  readonly at: number;
}

export interface LabelledStream {
  readonly desk: Desk;
  /** First moment and the moment after the last, epoch milliseconds. */
  readonly start: number;
  readonly end: number;
  /** One for each planted misuse, earliest first. */
  readonly truths: readonly Truth[];
  /** In time order; may be read more than once, each time from the start. */
  readonly events: Iterable<WireEvent>;
}

/**
 * What a misuse does after the stream's end is left out. One of several days hides among the desk's work, for which
 * the days are played once more beforehand. Throws RangeError on an unknown misuse.
 */
export function labelledStream(
  desk: Desk,
  days: number,
  incidents: readonly Incident[],
): LabelledStream {
  const end = desk.start + days * dayMs;
  const lasting = new Set(misuses.filter((misuse) => misuse.days > 1).map(({ id }) => id));
  const worklog = incidents.some(({ id }) => lasting.has(id)) ? workOf(desk, days) : undefined;
  const planned = incidents
    .toSorted((left, right) => left.at - right.at)
    .map(({ id, at }, index) => {
      const work = worklog !== undefined && lasting.has(id) ? { worklog } : {};
      const misuse = planMisuse({ id, at, desk, seed: `${index + 1}`, until: end, ...work });
      if (misuse === undefined) throw new RangeError(`no misuse is called ${id}`);
      return misuse;
    });
  const planted = planned.flatMap(({ events }) => events).toSorted(byTime);
  return {
    desk,
    start: desk.start,
    end,
    truths: planned.map(({ truth }) => truth),
    events: { [Symbol.iterator]: () => merge(simulateDesk(desk, { days }), planted) },
  };
}

/** Who works when, without the events. */
function workOf(desk: Desk, days: number): Worklog {
  const worklog = createWorklog();
  const events = simulateDesk(desk, { days, records: { worklog, note: () => undefined } });
  while (events.next().done !== true);
  return worklog;
}

export interface DemoOptions {
  readonly seed: string;
  /** First moment, epoch milliseconds. */
  readonly start: number;
  /** Default 40. */
  readonly agents?: number;
  /** Default 30; the first incident comes after 55 % of them, 14 quiet days at least from 26 on. */
  readonly days?: number;
}

/** The demo's month: phished sessions, an insider, and a former agent, in that order. */
export function demoMonth({ seed, start, agents = 40, days = 30 }: DemoOptions): LabelledStream {
  const desk = createDesk({ seed, agents, start });
  return labelledStream(desk, days, [
    { id: "bulk-paging", at: momentOf(start, 0.55 * days, 17.7) },
    { id: "targeted-search", at: momentOf(start, 0.7 * days, 13.1) },
    { id: "terminated-agent", at: momentOf(start, 0.86 * days, 20.3) },
  ]);
}

/** `hour` UTC of the working day that lies `days` after `start`, or of the Monday after it. */
function momentOf(start: number, days: number, hour: number): number {
  const day = utcDayOf(start + days * dayMs);
  const wait = [1, 0, 0, 0, 0, 0, 2][weekdayOf(day)] ?? 0;
  return day + wait * dayMs + Math.floor(hour * hourMs);
}

// Times are of one format, so text order is time order.
export const byTime = (left: WireEvent, right: WireEvent) =>
  left.time < right.time ? -1 : Number(left.time > right.time);

/** The planted events among the ordinary ones, both in time order. */
export function* merge(
  ordinary: Iterable<WireEvent>,
  planted: readonly WireEvent[],
): Generator<WireEvent, void> {
  let next = 0;
  for (const event of ordinary) {
    for (let own = planted[next]; own !== undefined && own.time < event.time; own = planted[next]) {
      yield own;
      next += 1;
    }
    yield event;
  }
  yield* planted.slice(next);
}
