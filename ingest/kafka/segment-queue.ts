/** Segments on their way to the one who takes them, one at a time and in order of arrival. */
import type { ConsoleEvent } from "../vocabulary/event.ts";

/** Offsets [start, end) of one partition as they arrived. */
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
  readonly push: (segment: FeedSegment) => void;
  /** Offsets that wait. */
  readonly waiting: () => number;
  /** Resolves when at most `offsets` wait. */
  readonly until: (offsets: number) => Promise<void>;
  /** The newest segment taken of each partition. */
  readonly taken: () => readonly FeedSegment[];
}

export function createSegmentQueue({ onSegment, onFailure }: SegmentQueueDeps): SegmentQueue {
  const segments: FeedSegment[] = [];
  const newest = new Map<string, FeedSegment>();
  const waiters: { readonly offsets: number; readonly resolve: () => void }[] = [];
  let waiting = 0;
  let isTaking = false;
  const wake = (): void => {
    const due = waiters.filter(({ offsets }) => waiting <= offsets);
    for (const waiter of due) waiters.splice(waiters.indexOf(waiter), 1);
    for (const { resolve } of due) resolve();
  };
  const takeAll = async (): Promise<void> => {
    isTaking = true;
    for (let segment = segments[0]; segment !== undefined; segment = segments[0]) {
      await onSegment(segment);
      segments.shift();
      waiting -= segment.end - segment.start;
      newest.set(`${segment.partition}@${segment.source}`, segment);
      wake();
    }
    isTaking = false;
  };
  return {
    push: (segment) => {
      segments.push(segment);
      waiting += segment.end - segment.start;
      if (isTaking) return;
      // After a failure `isTaking` stays true: nothing is taken out of order.
      takeAll().catch((error: unknown) => {
        onFailure(error instanceof Error ? error : new TypeError("segment not taken"));
      });
    },
    waiting: () => waiting,
    until: (offsets) =>
      new Promise((resolve) => {
        waiters.push({ offsets, resolve });
        wake();
      }),
    taken: () => [...newest.values()],
  };
}
