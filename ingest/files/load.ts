/**
 * Files into the audit trail: the same pipeline as any source, resumable, and without effect the second time.
 *
 * A position is (content of the file, line), so what is stored already is found by reading back; nothing
 * else is remembered between two runs.
 */
import type { Store } from "../clickhouse/client.ts";
import { storedEnd } from "../clickhouse/read-back.ts";
import type { AuditStore, PositionedOutcome, Range } from "../pipeline/audit-store.ts";
import type { Clock } from "../runtime/clock.ts";
import { grouped } from "../runtime/grouped.ts";
import { epochMs } from "../vocabulary/brand.ts";
import type { ConsoleEvent } from "../vocabulary/event.ts";
import { type BatchLimits, mergedBatches } from "./merge.ts";
import { identifyFile, type NdjsonFile } from "./ndjson-file.ts";

/** Offsets [start, end) of one file that followed on one another in the merged order. */
export interface FileSegment extends Range {
  readonly events: readonly ConsoleEvent[];
}

export interface LoadProgress {
  /** Bytes on disk, of all files; files are read once more to name them before the first record. */
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly records: number;
}

export interface LoadOptions {
  readonly files: readonly string[];
  /** Warmed. */
  readonly auditStore: AuditStore;
  readonly store: Pick<Store, "reader">;
  readonly config: BatchLimits;
  readonly clock: Clock;
  /** Called in the merged order once the segments are stored, also for those stored by an earlier run. */
  readonly onStored?: (segments: readonly FileSegment[]) => Promise<void>;
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Stops between two batches; what was stored stays, the next run goes on from there. */
  readonly signal?: AbortSignal;
}

export interface LoadResult {
  readonly files: readonly NdjsonFile[];
  /** Lines read. */
  readonly records: number;
  /** Lines stored by this run; the others were stored before. */
  readonly stored: number;
  readonly events: number;
  readonly deadLetters: number;
  readonly skips: number;
}

/** Longest that an insert may take before the database refuses it. Milliseconds. */
const insertMsMax = 300_000;

/**
 * Throws `FileError`, `ingest.dead_letter_share`, `clickhouse.*`, or the signal's reason. After any of them
 * the same call completes the load.
 */
export async function loadFiles(options: LoadOptions): Promise<LoadResult> {
  const { auditStore, config, signal } = options;
  const files = await identifyFiles(options.files, signal);
  const writer = await openRangeWriter(options, files);
  const totals = { records: 0, events: 0, deadLetters: 0, skips: 0 };
  const bytesTotal = files.reduce((sum, { bytes }) => sum + bytes, 0);
  // One batch is stored while the next is decoded: never more than two in memory.
  let storing: Promise<void> = Promise.resolve();
  try {
    for await (const { records, bytesRead } of mergedBatches(files, config, signal)) {
      signal?.throwIfAborted();
      const outcomes = await auditStore.decide(records);
      await storing;
      storing = writer.write(outcomes);
      // The next `await storing` throws it; until then it must not count as unhandled.
      storing.catch(() => undefined);
      addTo(totals, outcomes);
      options.onProgress?.({ bytesRead, bytesTotal, records: totals.records });
    }
  } finally {
    // Also after a failure: whoever closes the store next must not cut off a batch.
    await storing;
  }
  return { files, ...totals, stored: writer.stored() };
}

/** Each content once, however often it is given. */
async function identifyFiles(paths: readonly string[], signal: AbortSignal | undefined) {
  const bySource = new Map<string, NdjsonFile>();
  for (const path of paths) {
    const file = await identifyFile(path, signal);
    if (!bySource.has(file.source)) bySource.set(file.source, file);
  }
  return [...bySource.values()];
}

async function openRangeWriter(
  { auditStore, store, clock, config, onStored }: LoadOptions,
  files: readonly NdjsonFile[],
) {
  const ends = new Map<string, number>();
  for (const { source } of files) {
    const end = await storedEnd(store.reader, { source, partition: 0 });
    // Right behind it may lie a range of which nothing is stored but its insert token.
    ends.set(source, end + config.batchRowsMax);
  }
  let stored = 0;
  const writeRange = async (range: Range, outcomes: readonly PositionedOutcome[]) => {
    const deadline = epochMs(clock.now() + insertMsMax);
    if (range.start >= (ends.get(range.source) ?? 0)) {
      stored += outcomes.length;
      return auditStore.insertRanges([{ range, outcomes, deadline }]);
    }
    const missing = await auditStore.missing(range, outcomes);
    if (missing.extent === "none") return;
    stored += missing.offsets.get("outcomes")?.size ?? 0;
    await auditStore.insertMissing(range, outcomes, missing, deadline);
  };
  return {
    stored: () => stored,
    write: async (outcomes: readonly PositionedOutcome[]): Promise<void> => {
      for (const [, own] of bySource(outcomes)) await writeRange(rangeOf(own), own);
      if (onStored !== undefined) await onStored(segmentsOf(outcomes));
    },
  };
}

const bySource = (outcomes: readonly PositionedOutcome[]) =>
  grouped(outcomes, ({ position }) => position.source);

function rangeOf(outcomes: readonly PositionedOutcome[]): Range {
  const first = outcomes[0]?.position;
  if (first === undefined) throw new RangeError("a range needs a record");
  const { source, partition, offset: start } = first;
  return { source, partition, start, end: start + outcomes.length };
}

/** Cuts the merged order where the file changes. */
export function segmentsOf(outcomes: readonly PositionedOutcome[]): readonly FileSegment[] {
  const runs: PositionedOutcome[][] = [];
  for (const outcome of outcomes) {
    const run = runs.at(-1);
    if (run?.[0]?.position.source === outcome.position.source) run.push(outcome);
    else runs.push([outcome]);
  }
  return runs.map((run) => ({
    ...rangeOf(run),
    events: run.flatMap(({ outcome }) => (outcome.kind === "event" ? [outcome.event] : [])),
  }));
}

interface Totals {
  records: number;
  events: number;
  deadLetters: number;
  skips: number;
}

function addTo(totals: Totals, outcomes: readonly PositionedOutcome[]): void {
  totals.records += outcomes.length;
  for (const { outcome } of outcomes) {
    if (outcome.kind === "event") totals.events += 1;
    else if (outcome.kind === "dead_letter") totals.deadLetters += 1;
    else totals.skips += 1;
  }
}
