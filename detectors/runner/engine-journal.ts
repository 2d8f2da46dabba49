/**
 * What makes detection repeatable: the order in which inputs were scored, and the engine's state at one point
 * of that order.
 *
 * Inputs are recorded before they are scored, so that after a kill exactly the recorded ones are scored again,
 * in that order, from the last snapshot on. A snapshot is one INSERT of one block: all of it is there or none.
 */
import { z } from "zod";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { defineQuery } from "../../ingest/clickhouse/define-query.ts";
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";

/** live: happening now, may page somebody. backfill: history. */
export const inputOrigins = ["backfill", "live"] as const;
export type InputOrigin = (typeof inputOrigins)[number];

/** Offsets [start, end) of one partition, scored as one piece. */
export interface RecordedInput {
  readonly sequence: number;
  readonly source: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  readonly origin: InputOrigin;
}

/** One keyed piece of the engine's state, as JSON. */
export interface StateRow {
  readonly key: string;
  readonly state: string;
}

export interface SavedEngine {
  /** Newest input that the state has scored; 0: none. */
  readonly sequence: number;
  readonly rows: readonly StateRow[];
}

export interface EngineJournal {
  readonly recordInputs: (inputs: readonly RecordedInput[], now: EpochMs) => Promise<void>;
  /** Recorded inputs after `sequence`, at most `limit`, in order. */
  readonly inputsAfter: (sequence: number, limit: number) => Promise<readonly RecordedInput[]>;
  readonly save: (rows: readonly StateRow[], sequence: number, now: EpochMs) => Promise<void>;
  readonly load: () => Promise<SavedEngine>;
  /** Where each partition's recorded inputs end, as [source, partition, end]. */
  readonly recordedEnds: () => Promise<readonly (readonly [string, number, number])[]>;
}

const inputsQuery = defineQuery({
  name: "engine_inputs_after",
  sql: `SELECT sequence, source, partition, first_offset, end_offset, origin FROM engine_inputs
WHERE sequence > {sequence:UInt64} ORDER BY sequence LIMIT {limit:UInt32}`,
  params: z.object({ sequence: z.number(), limit: z.number() }),
  row: z.object({
    sequence: z.coerce.number(),
    source: z.string(),
    partition: z.number(),
    first_offset: z.coerce.number(),
    end_offset: z.coerce.number(),
    origin: z.enum(inputOrigins),
  }),
});

const stateQuery = defineQuery({
  name: "engine_state",
  sql: `SELECT key, argMax(state, sequence) AS newest, max(sequence) AS newest_sequence FROM snapshots
WHERE engine_version = {version:UInt32} GROUP BY key ORDER BY key`,
  params: z.object({ version: z.number() }),
  row: z.object({ key: z.string(), newest: z.string(), newest_sequence: z.coerce.number() }),
});

const endsQuery = defineQuery({
  name: "engine_input_ends",
  sql: `SELECT source, partition, max(end_offset) AS ends FROM engine_inputs
WHERE sequence > {sequence:UInt64} GROUP BY source, partition ORDER BY source, partition`,
  params: z.object({ sequence: z.number() }),
  row: z.object({ source: z.string(), partition: z.number(), ends: z.coerce.number() }),
});

/** Marks a snapshot as whole; written in the same INSERT as its state rows. */
const headKey = "head";

/** State written by another `engineVersion` is not read: the engine then learns from the recorded inputs. */
export function createEngineJournal(store: Store, engineVersion: number): EngineJournal {
  return {
    recordInputs: async (inputs, now) => {
      const values = inputs.map((input) => ({
        sequence: input.sequence,
        source: input.source,
        partition: input.partition,
        first_offset: input.start,
        end_offset: input.end,
        origin: input.origin,
        recorded_at: now,
      }));
      await store.asideWriter.insertRows("engine_inputs", values);
    },
    inputsAfter: async (sequence, limit) => {
      const rows = await inputsQuery(store.reader, { sequence, limit });
      return rows.map(({ first_offset, end_offset, ...row }) => ({
        ...row,
        start: first_offset,
        end: end_offset,
      }));
    },
    save: async (rows, sequence, now) => {
      const values = [...rows, { key: headKey, state: "{}" }].map((row) => ({
        engine_version: engineVersion,
        key: row.key,
        sequence,
        state: row.state,
        recorded_at: now,
      }));
      await store.asideWriter.insertRows("snapshots", values);
    },
    load: async () => {
      const rows = await stateQuery(store.reader, { version: engineVersion });
      const head = rows.find((row) => row.key === headKey);
      return {
        sequence: head?.newest_sequence ?? 0,
        rows: rows
          .filter((row) => row.key !== headKey)
          .map((row) => ({ key: row.key, state: row.newest })),
      };
    },
    recordedEnds: async () => {
      const rows = await endsQuery(store.reader, { sequence: 0 });
      return rows.map((row) => [row.source, row.partition, row.ends] as const);
    },
  };
}
