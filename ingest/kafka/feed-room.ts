/**
 * How many offsets of a partition may wait for detection: all partitions share a room, since what waits is decoded and
 * takes one to two kilobytes each. A fetch brings some thousand of one partition; it is not read on before there is
 * room again. However little is each one's share, a partition with a backlog has some here: others wait for its time.
 */

/** Offsets of all partitions together, of one that has the room to itself, and of one however many there are. */
export const waitingOffsetsMax = { all: 60_000, own: 5_000, least: 250 } as const;
/** A paused partition is read on when no more than this part of its share waits. */
const resumeShare = 0.4;

export interface FeedRoom {
  /** Offsets from which on a partition is paused. */
  readonly high: number;
  /** At most so many wait when it is read on. */
  readonly low: number;
}

/** The share of each of `partitions`, at least 1. */
export function feedRoom(partitions: number): FeedRoom {
  const { all, own, least } = waitingOffsetsMax;
  const high = Math.max(least, Math.min(own, Math.floor(all / Math.max(1, partitions))));
  return { high, low: Math.floor(resumeShare * high) };
}
