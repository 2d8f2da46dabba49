/** What a rule has counted of one group, in event time, and how much of it lies within one timespan. Pure. */
import { z } from "zod";

export const entrySchema = z.object({
  at: z.number(),
  /** Of the event. */
  id: z.string(),
  agent: z.string(),
  /** What is told apart; empty where events are counted. */
  value: z.string(),
});
export type Entry = z.infer<typeof entrySchema>;

interface Timed {
  readonly at: number;
}

/** Puts the entry after those that are not newer. */
export function insert<One extends Timed>(entries: One[], entry: One): void {
  entries.splice(placeAfter(entries, entry.at), 0, entry);
}

/** Where those that are newer begin, which are few. */
export function placeAfter(entries: readonly Timed[], at: number): number {
  let place = entries.length;
  while (place > 0 && (entries[place - 1]?.at ?? 0) > at) place -= 1;
  return place;
}

/** Drops those of `horizon` and before, which it returns; the oldest stand first. */
export function dropUpTo<One extends Timed>(entries: One[], horizon: number): One[] {
  const first = entries.findIndex(({ at }) => at > horizon);
  return entries.splice(0, first === -1 ? entries.length : first);
}

/** Drops what is beyond `max`: of values that come again the oldest, then the oldest of all. How many that were. */
export function thin(entries: Entry[], max: number, isDistinct: boolean): number {
  const surplus = entries.length - max;
  if (surplus <= 0) return 0;
  if (isDistinct) dropRepeated(entries, surplus);
  entries.splice(0, entries.length - max);
  return surplus;
}

function dropRepeated(entries: Entry[], most: number): void {
  const last = new Map(entries.map(({ value }, n) => [value, n]));
  let dropped = 0;
  const kept = entries.filter(({ value }, n) => {
    const isDropped = last.get(value) !== n && dropped < most;
    if (isDropped) dropped += 1;
    return !isDropped;
  });
  entries.splice(0, entries.length, ...kept);
}

export interface Span {
  readonly count: number;
  /** Positions [from, to) of the entries within it. */
  readonly from: number;
  readonly to: number;
}

export interface Sought {
  /** Of the event that was just counted. */
  readonly at: number;
  readonly spanMs: number;
  readonly isDistinct: boolean;
  /** Also the windows that end later and hold the event: it came late. */
  readonly isLateAllowed: boolean;
}

/** The fullest window (end − span, end] that holds an event at `at` and ends with an event. O(entries). */
export function fullestSpan(entries: readonly Entry[], sought: Sought): Span {
  const { at, spanMs, isDistinct } = sought;
  const end = sought.isLateAllowed ? at + spanMs : at + 1;
  const counts = new Map<string, number>();
  let best: Span = { count: 0, from: 0, to: 0 };
  let from = 0;
  let to = 0;
  for (const { at: right, value } of entries) {
    if (right >= end) break;
    to += 1;
    counts.set(value, (counts.get(value) ?? 0) + 1);
    from = moveOn(entries, from, right - spanMs, counts);
    const count = isDistinct ? counts.size : to - from;
    if (right >= at && count >= best.count) best = { count, from, to };
  }
  return best;
}

/** The first entry after `start`; those before it are counted no more. */
function moveOn(
  entries: readonly Entry[],
  from: number,
  start: number,
  counts: Map<string, number>,
): number {
  let first = from;
  for (let entry = entries[first]; entry !== undefined && entry.at <= start; ) {
    leave(counts, entry.value);
    first += 1;
    entry = entries[first];
  }
  return first;
}

function leave(counts: Map<string, number>, value: string): void {
  const left = (counts.get(value) ?? 0) - 1;
  if (left > 0) counts.set(value, left);
  else counts.delete(value);
}
