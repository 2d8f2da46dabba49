/**
 * Records made in this process, as a source of their own: one growing partition whose offsets are the lines
 * of a spool file. A line is in the spool before it is stored, so a range that a kill cut short is rebuilt
 * from there at the next start. One writer a source.
 */
import { existsSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import type { Store } from "../clickhouse/client.ts";
import { countSettled } from "../clickhouse/stored-events.ts";
import type { AuditStore, PositionedOutcome } from "../pipeline/audit-store.ts";
import type { Clock } from "../runtime/clock.ts";
import { epochMs } from "../vocabulary/brand.ts";
import { type FileSegment, segmentsOf } from "./load.ts";
import { readLines } from "./ndjson-file.ts";

export interface LineWriterOptions {
  /** Name of the source, e.g. `demo:live`. */
  readonly source: string;
  /** Every line of the source from its beginning. */
  readonly spool: string;
  /** Warmed. */
  readonly auditStore: AuditStore;
  readonly store: Pick<Store, "reader">;
  readonly clock: Clock;
  readonly recordBytesMax: number;
  /** Called once the lines are stored. */
  readonly onStored: (segments: readonly FileSegment[]) => Promise<void>;
}

export interface LineWriter {
  /** Stores lines of contract JSON in order; not to be called again before it resolves. */
  readonly write: (lines: readonly string[]) => Promise<void>;
}

/** Longest that an insert may take before the database refuses it. Milliseconds. */
const insertMsMax = 60_000;
/** Lines of the spool that are rebuilt at a time. */
const rebuiltRowsMax = 5_000;

export async function openLineWriter(options: LineWriterOptions): Promise<LineWriter> {
  const { auditStore, clock, source, spool, onStored } = options;
  let next = 0;
  const decide = (lines: readonly Buffer[]): Promise<readonly PositionedOutcome[]> =>
    auditStore.decide(
      lines.map((value, index) => ({
        position: { source, partition: 0, offset: next + index },
        value,
        headers: {},
      })),
    );
  const take = async (lines: readonly Buffer[], isRebuilt: boolean): Promise<void> => {
    const outcomes = await decide(lines);
    const range = { source, partition: 0, start: next, end: next + lines.length };
    const deadline = epochMs(clock.now() + insertMsMax);
    if (isRebuilt) {
      const missing = await auditStore.missing(range, outcomes);
      await auditStore.insertMissing(range, outcomes, missing, deadline);
    } else {
      await auditStore.insertRanges([{ range, outcomes, deadline }]);
    }
    next = range.end;
    await onStored(segmentsOf(outcomes));
  };
  next = await settledEnd(options);
  for (const lines of await unsettledLines(options, next)) await take(lines, true);
  return {
    write: async (lines) => {
      if (lines.length === 0) return;
      await appendFile(spool, lines.map((line) => `${line}\n`).join(""));
      await take(
        lines.map((line) => Buffer.from(line)),
        false,
      );
    },
  };
}

/** Outcomes are written last and in order, so their number is the line to go on from. */
const settledEnd = ({ store, source }: LineWriterOptions): Promise<number> =>
  countSettled(store.reader, { source, partition: 0, start: 0, end: Number.MAX_SAFE_INTEGER });

async function unsettledLines({ spool, recordBytesMax }: LineWriterOptions, from: number) {
  const unsettled: Buffer[] = [];
  let line = 0;
  if (!existsSync(spool)) return [];
  for await (const { lines } of readLines(spool, recordBytesMax)) {
    unsettled.push(...lines.slice(Math.max(0, from - line)));
    line += lines.length;
  }
  const batches = Math.ceil(unsettled.length / rebuiltRowsMax);
  return Array.from({ length: batches }, (_, index) =>
    unsettled.slice(index * rebuiltRowsMax, (index + 1) * rebuiltRowsMax),
  );
}
