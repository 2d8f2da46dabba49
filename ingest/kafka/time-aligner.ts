/**
 * Puts what waits of several partitions into one order that is close to event time.
 *
 * Live, records arrive about when they happen and pass straight through. After a standstill a broker hands
 * over hours of one topic before the first minute of another: accesses before the tickets that explain them,
 * before the roster change that forbids them. So, while a partition has a backlog, its next records are
 * waited for, and slices are cut where another partition's records are earlier. Within a partition the order
 * never changes. Pure: no clock, no socket.
 */
import type { ConsoleEvent } from "../vocabulary/event.ts";

export interface PositionedEvent {
  readonly offset: number;
  readonly event: ConsoleEvent;
}

/** Offsets [start, end) of one partition with what of them became an event. */
export interface AlignedSegment {
  readonly source: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  readonly events: readonly PositionedEvent[];
}

export interface TimeAligner {
  /** Makes a partition known with the number of records that the broker still has of it. */
  readonly expect: (source: string, partition: number, behind: number) => void;
  /** `behind`: records that the broker has after this segment. */
  readonly push: (segment: AlignedSegment, behind: number) => void;
  /**
   * The next slice in order. `blocked`: a partition with a backlog has nothing here yet; with `force` it is
   * not waited for. `empty`: nothing waits.
   */
  readonly next: (force: boolean) => AlignedSegment | "blocked" | "empty";
  /** Offsets that wait, of one partition. */
  readonly waitingOf: (source: string, partition: number) => number;
  /** Offsets that wait, of all. */
  readonly waiting: () => number;
  /** No longer waits for partitions with nothing here, until they deliver again. */
  readonly giveUp: () => void;
  /** Forgets every partition that has nothing waiting. */
  readonly forgetIdle: () => void;
}

/**
 * How far a slice may run ahead of the earliest record of another partition. Milliseconds of event time.
 * Producers of different topics differ by about as much; smaller slices would only be more of them.
 */
const aheadMsMax = 10_000;

interface Line {
  readonly key: string;
  readonly segments: AlignedSegment[];
  /** Of the first segment: its events before this place, and its offsets before `takenTo`, have been taken. */
  place: number;
  takenTo: number;
  behind: number;
  waiting: number;
}

export function createTimeAligner(): TimeAligner {
  const lines = new Map<string, Line>();
  const lineOf = (source: string, partition: number): Line => {
    const key = `${partition}@${source}`;
    const known = lines.get(key);
    if (known !== undefined) return known;
    const line = { key, segments: [], place: 0, takenTo: 0, behind: 0, waiting: 0 };
    lines.set(key, line);
    return line;
  };
  return {
    expect: (source, partition, behind) => {
      lineOf(source, partition).behind = behind;
    },
    push: (segment, behind) => {
      const line = lineOf(segment.source, segment.partition);
      line.segments.push(segment);
      line.waiting += segment.end - segment.start;
      line.behind = behind;
    },
    next: (force) => {
      const earliest = earliestOf(lines.values());
      if (earliest === undefined) return "empty";
      if (!force && isAnyAwaited(lines.values())) return "blocked";
      return takeSlice(earliest, earliestTimeBeside(lines.values(), earliest) + aheadMsMax);
    },
    waitingOf: (source, partition) => lineOf(source, partition).waiting,
    waiting: () => [...lines.values()].reduce((sum, line) => sum + line.waiting, 0),
    giveUp: () => {
      for (const line of lines.values()) if (line.segments.length === 0) line.behind = 0;
    },
    forgetIdle: () => {
      for (const { key, segments } of [...lines.values()]) {
        if (segments.length === 0) lines.delete(key);
      }
    },
  };
}

/** A segment without events holds nobody up; a line without segments comes last. */
function headTimeOf({ segments: [first], place }: Line): number {
  if (first === undefined) return Number.POSITIVE_INFINITY;
  return first.events[place]?.event.at ?? Number.NEGATIVE_INFINITY;
}

// Called for every slice, of which a backlog has one for some events: hence loops that make nothing.

/** Of equal times the partition that became known first, so that the order is reproducible. */
function earliestOf(lines: Iterable<Line>): Line | undefined {
  let found: Line | undefined;
  for (const line of lines) {
    if (line.segments.length === 0) continue;
    if (found === undefined || headTimeOf(line) < headTimeOf(found)) found = line;
  }
  return found;
}

function isAnyAwaited(lines: Iterable<Line>): boolean {
  for (const { segments, behind } of lines) if (segments.length === 0 && behind > 0) return true;
  return false;
}

function earliestTimeBeside(lines: Iterable<Line>, one: Line): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const line of lines) if (line !== one) earliest = Math.min(earliest, headTimeOf(line));
  return earliest;
}

/** Cuts the first segment before its first event later than `until`; at least one event is taken. */
function takeSlice(line: Line, until: number): AlignedSegment | "empty" {
  const [segment] = line.segments;
  if (segment === undefined) return "empty";
  const { source, partition, events } = segment;
  const from = line.place;
  let to = from + 1;
  while (to < events.length && (events[to]?.event.at ?? 0) <= until) to += 1;
  const isRest = to >= events.length;
  const start = from === 0 ? segment.start : line.takenTo;
  const end = isRest ? segment.end : (events[to]?.offset ?? segment.end);
  line.waiting -= end - start;
  line.place = isRest ? 0 : to;
  line.takenTo = end;
  if (isRest) line.segments.shift();
  return { source, partition, start, end, events: events.slice(from, to) };
}
