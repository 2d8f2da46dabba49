/**
 * Several files as one stream by time: always the file whose next line is the earliest. Lines of one file
 * keep their order, so what arrived late in a file stays late.
 */
import type { RawRecord } from "../vocabulary/outcome.ts";
import { timeOfLine } from "./line-time.ts";
import { type NdjsonFile, readNamedLines } from "./ndjson-file.ts";

export interface BatchLimits {
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  readonly recordBytesMax: number;
}

export interface RecordBatch {
  /** Per file the records follow on one another without a gap. */
  readonly records: readonly RawRecord[];
  /** Bytes of all files on disk read so far. */
  readonly bytesRead: number;
}

export async function* mergedBatches(
  files: readonly NdjsonFile[],
  limits: BatchLimits,
  signal?: AbortSignal,
): AsyncGenerator<RecordBatch> {
  const cursors = files.map((file) => openCursor(file, limits.recordBytesMax, signal));
  const bytesRead = () => cursors.reduce((sum, cursor) => sum + cursor.bytesRead(), 0);
  const batch = createBatch(limits);
  try {
    for (const cursor of cursors) await cursor.refill();
    for (let next = earliest(cursors); next !== undefined; next = earliest(cursors)) {
      batch.add(next.take());
      if (batch.isFull()) yield { records: batch.drain(), bytesRead: bytesRead() };
      if (next.head() === undefined) await next.refill();
    }
    const rest = batch.drain();
    if (rest.length > 0) yield { records: rest, bytesRead: bytesRead() };
  } finally {
    for (const cursor of cursors) await cursor.close();
  }
}

function createBatch({ batchRowsMax, batchBytesMax }: BatchLimits) {
  let records: RawRecord[] = [];
  let bytes = 0;
  return {
    add: (record: RawRecord): void => {
      records.push(record);
      bytes += record.value?.length ?? 0;
    },
    isFull: () => records.length >= batchRowsMax || bytes >= batchBytesMax,
    drain: (): readonly RawRecord[] => {
      const drained = records;
      records = [];
      bytes = 0;
      return drained;
    },
  };
}

/** The next records of one file. */
interface Cursor {
  /** The record to be taken next; `undefined`: dry, or at the end once `refill` has been tried. */
  readonly head: () => RawRecord | undefined;
  /** Time of the head; a head without one comes out at once. */
  readonly headTime: () => number;
  readonly take: () => RawRecord;
  readonly refill: () => Promise<void>;
  readonly bytesRead: () => number;
  readonly close: () => Promise<void>;
}

function openCursor(file: NdjsonFile, lineBytesMax: number, signal?: AbortSignal): Cursor {
  const chunks = readNamedLines(file, lineBytesMax, signal);
  let lines: readonly Buffer[] = [];
  let next = 0;
  let offset = 0;
  let bytesRead = 0;
  let head: RawRecord | undefined;
  let headTime: number | undefined;
  const advance = (): void => {
    const line = lines[next];
    next += 1;
    headTime = undefined;
    head = line && recordOf(file.source, offset, line);
    if (line !== undefined) offset += 1;
  };
  return {
    head: () => head,
    headTime: () => {
      headTime ??= timeOfLine(head?.value ?? null);
      return headTime;
    },
    take: () => {
      if (head === undefined) throw new RangeError("nothing to take");
      const taken = head;
      advance();
      return taken;
    },
    refill: async () => {
      while (head === undefined) {
        const chunk = await chunks.next();
        if (chunk.done === true) return;
        ({ lines, bytesRead } = chunk.value);
        next = 0;
        advance();
      }
    },
    bytesRead: () => bytesRead,
    close: async () => {
      await chunks.return(undefined);
    },
  };
}

/** A blank line holds nothing, like a tombstone. */
const recordOf = (source: string, offset: number, line: Buffer): RawRecord => ({
  position: { source, partition: 0, offset },
  value: isBlank(line) ? null : line,
  headers: {},
});

function isBlank(line: Buffer): boolean {
  return line.length < 64 && line.toString("latin1").trim() === "";
}

/** The last file that is left is not asked for its times. */
function earliest(cursors: readonly Cursor[]): Cursor | undefined {
  let least: Cursor | undefined;
  for (const cursor of cursors) {
    if (cursor.head() === undefined) continue;
    if (least === undefined || cursor.headTime() < least.headTime()) least = cursor;
  }
  return least;
}
