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
  behind: number;
  waiting: number;
}

export function createTimeAligner(): TimeAligner {
  const lines = new Map<string, Line>();
  const lineOf = (source: string, partition: number): Line => {
    const key = `${partition}@${source}`;
    const known = lines.get(key);
    if (known !== undefined) return known;
    const line = { key, segments: [], behind: 0, waiting: 0 };
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
      const all = [...lines.values()];
      const ready = all.filter(({ segments }) => segments.length > 0);
      const earliest = earliestOf(ready);
      if (earliest === undefined) return "empty";
      const isBlocked = all.some(({ segments, behind }) => segments.length === 0 && behind > 0);
      if (isBlocked && !force) return "blocked";
      const others = ready.filter((line) => line !== earliest).map(headTimeOf);
      return takeSlice(earliest, Math.min(...others) + aheadMsMax);
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

/** A segment without events holds nobody up. */
const headTimeOf = ({ segments }: Line): number =>
  segments[0]?.events[0]?.event.at ?? Number.NEGATIVE_INFINITY;

/** Of equal times the partition that became known first, so that the order is reproducible. */
function earliestOf(lines: readonly Line[]): Line | undefined {
  let found: Line | undefined;
  for (const line of lines) {
    if (found === undefined || headTimeOf(line) < headTimeOf(found)) found = line;
  }
  return found;
}

/** Cuts the first segment before its first event later than `until`; at least one event is taken. */
function takeSlice(line: Line, until: number): AlignedSegment | "empty" {
  const segment = line.segments.shift();
  if (segment === undefined) return "empty";
  const cut = segment.events.findIndex(({ event }, index) => index > 0 && event.at > until);
  const first = cut === -1 ? undefined : segment.events[cut];
  if (first === undefined) {
    line.waiting -= segment.end - segment.start;
    return segment;
  }
  line.segments.unshift({ ...segment, start: first.offset, events: segment.events.slice(cut) });
  line.waiting -= first.offset - segment.start;
  return { ...segment, end: first.offset, events: segment.events.slice(0, cut) };
}
