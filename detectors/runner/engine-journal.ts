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
import { StoreError } from "../../ingest/clickhouse/store-error.ts";
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";
import { headKey, printed, vouches } from "./snapshot-rows.ts";
import { createSnapshotSeal } from "./snapshot-seal.ts";

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

/** One keyed piece of the engine's state, as text. */
export interface StateRow {
  readonly key: string;
  readonly state: string;
}

/** damaged: what is stored is not what was saved, so none of it can be used. */
export type LoadedEngine =
  | {
      readonly kind: "saved";
      /** Newest input that the state has scored; 0: none. */
      readonly sequence: number;
      readonly rows: readonly StateRow[];
    }
  | { readonly kind: "damaged" };

export interface RecordingTime {
  readonly now: EpochMs;
  /** The store takes nothing after it. */
  readonly deadline: EpochMs;
}

export interface EngineJournal {
  /** `clickhouse.constraint`: nothing was recorded, `deadline` was over. */
  readonly recordInputs: (inputs: readonly RecordedInput[], when: RecordingTime) => Promise<void>;
  /** Recorded inputs after `sequence`, at most `limit`, in order. */
  readonly inputsAfter: (sequence: number, limit: number) => Promise<readonly RecordedInput[]>;
  /** Takes all `pieces`, with others' work between some, and stores them as one. One at a time. */
  readonly save: (
    pieces: Iterable<readonly StateRow[]>,
    sequence: number,
    now: EpochMs,
  ) => Promise<void>;
  /**
   * Drops the rows that newer snapshots have replaced, once they may be half as many as those that count: what
   * is stored then grows with the state and not with the events. Nothing hangs on it.
   */
  readonly tidy: () => Promise<void>;
  /** Before the first `save`. */
  readonly load: () => Promise<LoadedEngine>;
  /** The newest state that was saved under the key; undefined: none, or none that can be read. */
  readonly savedUnder: (key: string) => Promise<string | undefined>;
  /**
   * Drops what other versions have saved, but for the one that saved last: whoever goes back to it finds its state.
   * Returns the versions that are gone.
   */
  readonly dropFormer: () => Promise<readonly number[]>;
  /** Throws every saved state away, without reading it. */
  readonly discard: () => Promise<void>;
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

const keyQuery = defineQuery({
  name: "engine_state_under",
  sql: `SELECT argMax(state, sequence) AS newest FROM snapshots
WHERE engine_version = {version:UInt32} AND key = {key:String} GROUP BY key ORDER BY key`,
  params: z.object({ version: z.number(), key: z.string() }),
  row: z.object({ newest: z.string() }),
});

const formerQuery = defineQuery({
  name: "engine_state_former",
  sql: `SELECT engine_version FROM snapshots WHERE engine_version != {version:UInt32}
GROUP BY engine_version ORDER BY max(recorded_at) DESC, engine_version DESC`,
  params: z.object({ version: z.number() }),
  row: z.object({ engine_version: z.number() }),
});

const endsQuery = defineQuery({
  name: "engine_input_ends",
  sql: `SELECT source, partition, max(end_offset) AS ends FROM engine_inputs
WHERE sequence > {sequence:UInt64} GROUP BY source, partition ORDER BY source, partition`,
  params: z.object({ sequence: z.number() }),
  row: z.object({ source: z.string(), partition: z.number(), ends: z.coerce.number() }),
});

const dropVersions = `ALTER TABLE snapshots DELETE
WHERE engine_version IN {versions:Array(UInt32)} SETTINGS mutations_sync = 2`;

/** undefined: the table is damaged. */
async function readable<Row>(rows: Promise<Row>): Promise<Row | undefined> {
  try {
    return await rows;
  } catch (error) {
    if (error instanceof StoreError && error.code === "clickhouse.damaged") return undefined;
    throw error;
  }
}

/** State written by another `engineVersion` is not read: the engine then learns from the recorded inputs. */
export function createEngineJournal(store: Store, engineVersion: number): EngineJournal {
  let seal = createSnapshotSeal();
  /** Rows saved since the last tidying: each may have replaced another. */
  let saved = 0;
  return {
    recordInputs: async (inputs, { now, deadline }) => {
      const values = inputs.map((input) => ({
        sequence: input.sequence,
        source: input.source,
        partition: input.partition,
        first_offset: input.start,
        end_offset: input.end,
        origin: input.origin,
        recorded_at: now,
        deadline,
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
    save: async (pieces, sequence, now) => {
      const common = { engine_version: engineVersion, sequence, recorded_at: now };
      const values = await printed(pieces, { seal, common });
      await store.bulkWriter.insertRows("snapshots", values);
      saved += values.length;
    },
    tidy: async () => {
      if (saved < seal.size() / 2) return;
      saved = 0;
      await store.bulkWriter.command("OPTIMIZE TABLE snapshots FINAL");
    },
    load: async () => {
      const found = await readable(stateQuery(store.reader, { version: engineVersion }));
      if (found === undefined) return { kind: "damaged" };
      if (found.length === 0) return { kind: "saved", sequence: 0, rows: [] };
      const newestHead = found.find((row) => row.key === headKey);
      const rows = found
        .filter((row) => row.key !== headKey)
        .map((row) => ({ key: row.key, state: row.newest }));
      for (const row of rows) seal.note(row);
      return newestHead !== undefined && vouches(newestHead.newest, seal.digest())
        ? { kind: "saved", sequence: newestHead.newest_sequence, rows }
        : { kind: "damaged" };
    },
    savedUnder: async (key) => {
      const found = await readable(keyQuery(store.reader, { version: engineVersion, key }));
      return found?.[0]?.newest;
    },
    dropFormer: async () => {
      const former = await formerQuery(store.reader, { version: engineVersion });
      const versions = former.slice(1).map((row) => row.engine_version);
      if (versions.length > 0) await store.asideWriter.command(dropVersions, { versions });
      return versions;
    },
    discard: async () => {
      seal = createSnapshotSeal();
      await store.writer.command("TRUNCATE TABLE snapshots");
    },
    recordedEnds: async () => {
      const rows = await endsQuery(store.reader, { sequence: 0 });
      return rows.map((row) => [row.source, row.partition, row.ends] as const);
    },
  };
}
