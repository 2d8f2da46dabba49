/**
 * The audit trail in ClickHouse: each range of records written exactly once.
 *
 * One INSERT per table and month, so that each is atomic; its token names table and range, so that a repeat
 * is recognised. The token alone does not suffice (its record is written before the rows are), therefore
 * whoever does not know how an insert ended reads back and inserts what is missing. Outcomes come last: an
 * offset with an outcome has everything else.
 */
import {
  type AuditStore,
  type ExactTable,
  exactTables,
  type Missing,
  type PositionedOutcome,
  type Range,
} from "../pipeline/audit-store.ts";
import { createDecodeContext, type DecodeConfig } from "../pipeline/decode-context.ts";
import { createDuplicates, type Duplicates } from "../pipeline/duplicates.ts";
import { parseKeyRing } from "../pipeline/key.ts";
import { createLetterGuard } from "../pipeline/letter-guard.ts";
import { decideOutcomes } from "../pipeline/pipeline.ts";
import { createSealer, type Sealer } from "../pipeline/seal.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Config } from "../runtime/settings.ts";
import type { EpochMs } from "../vocabulary/brand.ts";
import type { Identity } from "../vocabulary/outcome.ts";
import type { Store } from "./client.ts";
import type { Reader } from "./define-query.ts";
import { columnsOf } from "./event-rows.ts";
import { createIdentityVault } from "./identities.ts";
import { createIngestMeter } from "./ingest-meter.ts";
import { chunksOf } from "./insert-chunks.ts";
import { findEvents, orphanEvents, storedHashes } from "./known-events.ts";
import { type TableRows, tableRowsOf } from "./range-rows.ts";
import { type RowsByTable, readBack } from "./read-back.ts";
import { StoreError } from "./store-error.ts";

export type AuditStoreConfig = DecodeConfig &
  Pick<Config, "masterKey" | "duplicateHorizonRows" | "deadLetterShareMax">;

export interface AuditStoreOptions {
  readonly store: Pick<Store, "writer" | "reader">;
  readonly config: AuditStoreConfig;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Made from the master key where it is absent; that takes longer than all the rest. */
  readonly sealer?: Sealer;
}

/** Throws `KeyError` when a key is absent or unfit. Call `warm` before the first `decide`. */
export function createAuditStore(options: AuditStoreOptions): AuditStore {
  const { store, config, clock, metrics, sealer = sealerOf(config) } = options;
  const { writer } = store;
  const vault = createIdentityVault({ store, sealer, clock });
  const duplicates = createDuplicates(config.duplicateHorizonRows, (hashes) =>
    findEvents(writer, hashes),
  );
  const steps = {
    decoding: createDecodeContext(config, clock),
    duplicates,
    guard: createLetterGuard(config.deadLetterShareMax),
  };
  const meter = createIngestMeter(metrics);
  const rowsOf = (outcomes: readonly PositionedOutcome[]): RowsByTable => {
    const stamp = { ingestedAt: clock.now(), sealer };
    return new Map(exactTables.map((table) => [table, tableRowsOf(table, outcomes, stamp)]));
  };
  const insertAll = async (
    insertion: Omit<TableInsertion, "rows" | "table">,
    outcomes: readonly PositionedOutcome[],
  ): Promise<void> => {
    const stamp = { ingestedAt: clock.now(), sealer };
    for (const table of exactTables) {
      const rows = tableRowsOf(table, outcomes, stamp);
      await insertTable(writer, { ...insertion, table, rows });
    }
  };
  /** Tables that lack everything repeat their insert, so that the original is refused if it comes late. */
  const insertAbsent = async (
    insertion: Pick<TableInsertion, "range" | "deadline">,
    rows: RowsByTable,
    missing: Missing,
  ): Promise<void> => {
    for (const [table, offsets] of missing.offsets) {
      const expected = rows.get(table) ?? [];
      const absent = expected.filter(({ offset }) => offsets.has(offset));
      const once = absent.length === expected.length;
      await insertTable(writer, { ...insertion, table, rows: absent, once });
    }
  };
  return {
    decide: async (records) => {
      const outcomes = await meter.halting(() => decideOutcomes(records, steps));
      meter.knownIds(duplicates.size());
      return outcomes;
    },
    insertRange: async (range, outcomes, deadline) => {
      checkCover(range, outcomes);
      const started = clock.now();
      await vault.keep(identitiesOf(outcomes));
      await insertAll({ range, deadline, once: true }, outcomes);
      meter.stored(outcomes, clock.now() - started);
    },
    missing: async (range, outcomes) => {
      // Of the whole partition: retention may have shortened the range since its first insert began.
      await writer.settle(placeName(range));
      const found = await readBack(writer, range, rowsOf(outcomes));
      meter.surplus(found.surplus);
      return found.missing;
    },
    insertMissing: async (range, outcomes, missing, deadline) => {
      const started = clock.now();
      await vault.keep(identitiesOf(outcomes));
      const rows = rowsOf(outcomes);
      await insertAbsent({ range, deadline }, rows, missing);
      // A token can be on record whose rows were lost with the process: such rows go in without one.
      const { missing: left } = await readBack(writer, range, rows);
      for (const [table, offsets] of left.offsets) {
        const absent = rows.get(table)?.filter(({ offset }) => offsets.has(offset)) ?? [];
        await insertTable(writer, { range, deadline, table, rows: absent, once: false });
      }
      const settled = missing.offsets.get("outcomes");
      meter.stored(newlySettled(outcomes, settled), clock.now() - started);
    },
    warm: () => warmUp(store.reader, duplicates, config.duplicateHorizonRows),
  };
}

const sealerOf = ({ masterKey }: AuditStoreConfig): Sealer =>
  createSealer(parseKeyRing("DESKWATCH_MASTER_KEY", masterKey));

async function warmUp(reader: Reader, duplicates: Duplicates, horizonRows: number): Promise<void> {
  for await (const page of storedHashes(reader, horizonRows)) {
    for (const hash of page) duplicates.learn(hash);
  }
  for (const event of await orphanEvents(reader)) duplicates.learnOrphan(event);
}

interface TableInsertion {
  readonly range: Range;
  readonly table: ExactTable;
  readonly rows: readonly TableRows[];
  readonly deadline: EpochMs;
  /** Whether a repeat of the same insert is to be recognised by its token. */
  readonly once: boolean;
}

/** The part of every token and query id that names the partition. */
const placeName = ({ source, partition }: Range): string => `:${source}:${partition}:`;

/** The part that names the range, too. */
const rangeName = (range: Range): string => `${placeName(range)}${range.start}-${range.end}:`;

async function insertTable(
  writer: Store["writer"],
  { range, table, rows, deadline, once }: TableInsertion,
): Promise<void> {
  const columns = columnsOf(table);
  const place = `${JSON.stringify(range.source)},${range.partition}`;
  for (const { month, part, chunk } of chunksOf(rows)) {
    const lines: string[] = [];
    for (const { rows: values, offset } of chunk) {
      for (const value of values) lines.push(`[${value},${place},${offset},${deadline}]`);
    }
    const name = `${table}${rangeName(range)}${month}.${part}`;
    const ids = once ? { queryId: name, token: name } : { queryId: `${name}.missing` };
    await writer.insert({ table, columns, lines: lines.join("\n"), ...ids });
  }
}

function* identitiesOf(outcomes: readonly PositionedOutcome[]): Generator<Identity> {
  for (const { outcome } of outcomes) if (outcome.kind === "event") yield* outcome.identities;
}

const newlySettled = (
  outcomes: readonly PositionedOutcome[],
  offsets: ReadonlySet<number> | undefined,
): readonly PositionedOutcome[] =>
  outcomes.filter(({ position }) => offsets?.has(position.offset) === true);

/** A hole would look like a loss for ever after, so it is refused before anything is written. */
function checkCover(range: Range, outcomes: readonly PositionedOutcome[]): void {
  const isCovered =
    outcomes.length === range.end - range.start &&
    outcomes.every(
      ({ position }, at) =>
        position.offset === range.start + at &&
        position.partition === range.partition &&
        position.source === range.source,
    );
  if (isCovered) return;
  throw new StoreError(
    "store.uncovered_range",
    `range${rangeName(range)} needs one outcome per offset, in order`,
  );
}
