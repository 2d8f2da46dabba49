/**
 * Outcomes of decoding that one reader hands over to another of the same process, so that no record is decoded
 * twice: detection reads a record as it arrives, the audit trail a moment later, when its range is full.
 *
 * What was not offered, or found no place, is decoded again. An outcome is handed over once, and only for the same
 * bytes at the same place. The first reader lets the second come near when much waits: where it had the processor to
 * itself for a backlog, nothing of it would be stored before all of it is scored. It waits a moment, not for ever.
 */
import { crc32 } from "node:zlib";
import type { Outcome } from "../vocabulary/outcome.ts";
import type { TopicPartition } from "./membership.ts";

interface OfferedRecord {
  readonly offset: number;
  readonly value: Buffer | null;
}

export interface DecodedAhead {
  readonly offer: (at: TopicPartition, record: OfferedRecord, outcome: Outcome) => void;
  readonly take: (at: TopicPartition, record: OfferedRecord) => Outcome | undefined;
  /** The taker has the partition, and will not ask for anything below `offset` any more. */
  readonly follow: (at: TopicPartition, offset: number) => void;
  /** The taker has lost the partition. Until it follows it again nothing of it is kept. */
  readonly leave: (at: TopicPartition) => void;
  /** Outcomes that wait. */
  readonly waiting: () => number;
  /** Resolves when little enough waits, or after `roomMsMax`. */
  readonly untilRoom: () => Promise<void>;
}

/** Outcomes that wait of one partition, and of all, about 1 kB each. */
const ownMax = 10_000;
const allMax = 24_000;
/** A batch may bring some thousands. */
const roomBelow = 16_000;
/** Longest wait for room of one batch: without it detection would stand still with the audit trail. Milliseconds. */
const roomMsMax = 500;

interface Kept {
  readonly checksum: number;
  readonly outcome: Outcome;
}

interface Line {
  readonly kept: Map<number, Kept>;
  from: number;
}

export function createDecodedAhead(): DecodedAhead {
  const lines = new Map<string, Line>();
  const waiters = new Set<() => void>();
  let waiting = 0;
  const fewer = (count: number): void => {
    waiting -= count;
    if (waiting >= roomBelow) return;
    for (const resolve of waiters) resolve();
  };
  const drop = ({ kept }: Line, offset: number): void => {
    if (kept.delete(offset)) fewer(1);
  };
  return {
    waiting: () => waiting,
    untilRoom: async () => {
      if (waiting < roomBelow) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, roomMsMax);
        function done(): void {
          clearTimeout(timer);
          waiters.delete(done);
          resolve();
        }
        waiters.add(done);
      });
    },
    offer: (at, { offset, value }, outcome) => {
      const line = lines.get(keyOf(at));
      if (line === undefined || value === null || offset < line.from) return;
      if (waiting >= allMax || line.kept.size >= ownMax) return;
      drop(line, offset);
      line.kept.set(offset, { checksum: crc32(value), outcome });
      waiting += 1;
    },
    take: (at, { offset, value }) => {
      const line = lines.get(keyOf(at));
      const found = line?.kept.get(offset);
      if (line === undefined || found === undefined) return undefined;
      drop(line, offset);
      return value !== null && crc32(value) === found.checksum ? found.outcome : undefined;
    },
    follow: (at, offset) => {
      const line = lines.get(keyOf(at)) ?? { kept: new Map<number, Kept>(), from: offset };
      lines.set(keyOf(at), line);
      line.from = offset;
      for (const kept of [...line.kept.keys()]) if (kept < offset) drop(line, kept);
    },
    leave: (at) => {
      const left = lines.get(keyOf(at))?.kept.size ?? 0;
      lines.delete(keyOf(at));
      fewer(left);
    },
  };
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${partition}@${topic}`;
