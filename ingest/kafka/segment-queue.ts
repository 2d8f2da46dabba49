/** Segments on their way to the one who takes them, one at a time, in an order close to event time. */
import type { ConsoleEvent } from "../vocabulary/event.ts";
import { type AlignedSegment, createTimeAligner } from "./time-aligner.ts";

/** Offsets [start, end) of one partition as they are handed over. */
export interface FeedSegment {
  readonly source: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  /** What of them became an event, in order of offset. */
  readonly events: readonly ConsoleEvent[];
}

export interface SegmentQueueDeps {
  readonly onSegment: (segment: FeedSegment) => Promise<void>;
  /** A segment was not taken; nothing behind it is handed over. */
  readonly onFailure: (error: Error) => void;
}

export interface SegmentQueue {
  /** Makes a partition known, with the number of its records that the broker still has. */
  readonly expect: (source: string, partition: number, behind: number) => void;
  /** `behind`: records that the broker has after this segment. */
  readonly push: (segment: AlignedSegment, behind: number) => void;
  readonly waitingOf: (source: string, partition: number) => number;
  /** Resolves when at most `offsets` of the partition wait. */
  readonly untilRoom: (source: string, partition: number, offsets: number) => Promise<void>;
  /** Hands everything over without waiting for backlogs, then forgets the partitions. */
  readonly flush: () => Promise<void>;
  /** The newest segment taken of each partition. */
  readonly taken: () => readonly FeedSegment[];
}

/** Longest wait for a partition that has a backlog and delivers nothing. Milliseconds. */
const backlogMsMax = 1_000;

interface Waiter {
  readonly isDue: () => boolean;
  readonly resolve: () => void;
}

export function createSegmentQueue({ onSegment, onFailure }: SegmentQueueDeps): SegmentQueue {
  const aligner = createTimeAligner();
  const newest = new Map<string, FeedSegment>();
  const waiters = new Set<Waiter>();
  let flushing = 0;
  let isTaking = false;
  let isInHand = false;
  let stopWaiting = (): void => undefined;
  const wake = (): void => {
    for (const waiter of [...waiters]) {
      if (!waiter.isDue()) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  };
  const until = (isDue: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiters.add({ isDue, resolve });
      wake();
    });
  const waitForBacklog = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        aligner.giveUp();
        resolve();
      }, backlogMsMax);
      stopWaiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const hand = async ({ events, ...range }: AlignedSegment): Promise<void> => {
    const segment = { ...range, events: events.map(({ event }) => event) };
    isInHand = true;
    await onSegment(segment);
    isInHand = false;
    newest.set(`${segment.partition}@${segment.source}`, segment);
    wake();
  };
  const takeAll = async (): Promise<void> => {
    isTaking = true;
    for (;;) {
      const next = aligner.next(flushing > 0);
      if (next === "empty") break;
      if (next === "blocked") await waitForBacklog();
      else await hand(next);
    }
    isTaking = false;
  };
  const go = (): void => {
    stopWaiting();
    if (isTaking) return;
    // After a failure `isTaking` stays true: nothing is taken out of order.
    takeAll().catch((error: unknown) => {
      onFailure(error instanceof Error ? error : new TypeError("segment not taken"));
    });
  };
  return {
    expect: aligner.expect,
    push: (segment, behind) => {
      aligner.push(segment, behind);
      go();
    },
    waitingOf: aligner.waitingOf,
    untilRoom: (source, partition, offsets) =>
      until(() => aligner.waitingOf(source, partition) <= offsets),
    flush: async () => {
      flushing += 1;
      go();
      await until(() => aligner.waiting() === 0 && !isInHand);
      flushing -= 1;
      aligner.forgetIdle();
    },
    taken: () => [...newest.values()],
  };
}
