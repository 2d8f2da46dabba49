/**
 * A range of records in all its tables: written, read back, completed, and committed to in the ledger.
 *
 * One INSERT per table and month, so that each is atomic; its token names table and range, so that a repeat
 * is recognised. The token alone does not suffice (its record is written before the rows are), therefore
 * whoever does not know how an insert ended reads back and inserts what is missing. Outcomes come last of the
 * rows: an offset with an outcome has everything else. The ledger's link comes after them.
 */
import type { Leaf } from "../ledger/leaf.ts";
import {
  type ExactTable,
  exactTables,
  type Missing,
  type PositionedOutcome,
  type Range,
} from "../pipeline/audit-store.ts";
import type { Sealer } from "../pipeline/seal.ts";
import type { Clock } from "../runtime/clock.ts";
import { mapInTurns } from "../runtime/turns.ts";
import type { EpochMs } from "../vocabulary/brand.ts";
import { asStored } from "./as-stored.ts";
import type { Writer } from "./client.ts";
import { eventHash, freshLeaves } from "./fresh-leaves.ts";
import type { IdentityVault, SeenIdentities } from "./identities.ts";
import type { LedgerChains } from "./ledger-chains.ts";
import { insertTable, placeName, rangeName } from "./range-insertion.ts";
import { rowCountsOf, type Stamp, type TableRows, tableRowsOf } from "./range-rows.ts";
import { type CountsByTable, isUntouched, type ReadBack, readBack } from "./read-back.ts";
import { StoreError } from "./store-error.ts";
import { readLeaves } from "./stored-records.ts";

interface RangeStorageDeps {
  readonly writer: Writer;
  readonly vault: IdentityVault;
  readonly chains: LedgerChains;
  readonly sealer: Pick<Sealer, "sealBytes">;
  readonly clock: Clock;
}

/** Outcomes of a range, one per offset in order; the store refuses what arrives after `deadline`. */
export interface RangeContent {
  readonly range: Range;
  readonly outcomes: readonly PositionedOutcome[];
  readonly deadline: EpochMs;
}

export interface RangeStorage {
  /** Everything for the first time. After an error its outcome is unknown. */
  readonly insert: (content: RangeContent) => Promise<void>;
  /** Stops what still runs for the range, then compares what is stored of it. */
  readonly compare: (range: Range, outcomes: readonly PositionedOutcome[]) => Promise<ReadBack>;
  /**
   * What `compare` found missing. Returns whether everything, link included, was read back after that. Throws
   * `store.altered_range`.
   */
  readonly complete: (content: RangeContent, missing: Missing) => Promise<boolean>;
}

export function createRangeStorage(deps: RangeStorageDeps): RangeStorage {
  const { writer, vault, chains, sealer, clock } = deps;
  const rowsOf = (outcomes: readonly PositionedOutcome[]): RowsByTable => {
    const stamp = { ingestedAt: clock.now(), sealer };
    return new Map(exactTables.map((table) => [table, tableRowsOf(table, outcomes, stamp)]));
  };
  /** All rows of a range of which none is stored. Their leaves are made of what was written. */
  const insertAll = async ({
    range,
    outcomes,
    deadline,
  }: RangeContent): Promise<readonly Leaf[]> => {
    checkCover(range, outcomes);
    const sealed = await vault.keep(range, identitiesOf(outcomes), deadline);
    const stamp = { ingestedAt: clock.now(), sealer };
    const written = { deadLetters: none, exposures: none };
    for (const table of exactTables) {
      const rows = await rowsInTurns(table, outcomes, stamp);
      await insertTable(writer, { range, deadline, once: true, table, rows });
      if (table === "dead_letters") written.deadLetters = rows;
      if (table === "exposures") written.exposures = rows;
    }
    return freshLeaves(outcomes, { ...stamp, deadline, sealed, ...written });
  };
  const compared = async (range: Range, decided: readonly PositionedOutcome[]) => {
    const outcomes = await asStored(writer, range, decided);
    return readBack(writer, range, countsByTable(outcomes));
  };
  return {
    insert: async (content) => {
      const leaves = await insertAll(content);
      await chains.append({ ...content, leaves });
    },
    compare: async (range, decided) => {
      // Of the whole partition: retention may have shortened the range since its first insert began.
      await writer.settle(placeName(range));
      const found = (await isUntouched(writer, range))
        ? { missing: everythingOf(decided), surplus: 0 }
        : await compared(range, decided);
      const { end } = await chains.head(range);
      return end >= range.end ? found : withoutLink(found, range, end);
    },
    complete: async ({ range, outcomes: decided, deadline }, missing) => {
      if (missing.extent === "all" && (await isUntouched(writer, range))) {
        const leaves = await insertAll({ range, outcomes: decided, deadline });
        // Nothing was there before, so what is there now is as it was decided.
        const { missing: left } = await readBack(writer, range, countsByTable(decided));
        if (left.extent === "none") {
          await chains.appendMissing({ range, leaves, deadline });
          return true;
        }
      }
      const outcomes = await asStored(writer, range, decided);
      await vault.keep(range, identitiesOf(outcomes), deadline);
      const rows = rowsOf(outcomes);
      await insertAbsent(writer, { range, deadline, rows, missing });
      // A token can be on record whose rows were lost with the process: such rows go in without one.
      const { missing: left } = await readBack(writer, range, countsByTable(outcomes));
      await insertAbsent(writer, { range, deadline, rows, missing: left, never: true });
      // What an earlier attempt left has its own times and seals, so the leaves are made of what is stored.
      const leaves = await readLeaves(writer, range);
      checkContents(range, outcomes, leaves);
      await chains.appendMissing({ range, leaves, deadline });
      return false;
    },
  };
}

type RowsByTable = ReadonlyMap<ExactTable, readonly TableRows[]>;

const countsByTable = (outcomes: readonly PositionedOutcome[]): CountsByTable =>
  new Map(exactTables.map((table) => [table, rowCountsOf(table, outcomes)]));

function everythingOf(outcomes: readonly PositionedOutcome[]): Missing {
  const offsets = [...countsByTable(outcomes)].map(
    ([table, counts]) => [table, new Set(counts.map(({ offset }) => offset))] as const,
  );
  const wanted = offsets.filter(([, own]) => own.size > 0);
  return { extent: "all", offsets: new Map(wanted) };
}

interface Absent {
  readonly range: Range;
  readonly deadline: EpochMs;
  readonly rows: RowsByTable;
  readonly missing: Missing;
  /** Whether tokens are not to be trusted. */
  readonly never?: boolean;
}

/** Tables that lack everything repeat their insert, so that the original is refused if it comes late. */
async function insertAbsent(
  writer: Writer,
  { range, deadline, rows, missing, never = false }: Absent,
): Promise<void> {
  for (const [table, offsets] of missing.offsets) {
    if (table === "ledger") continue;
    const expected = rows.get(table) ?? [];
    const absent = expected.filter(({ offset }) => offsets.has(offset));
    const once = !never && absent.length === expected.length;
    await insertTable(writer, { range, deadline, table, rows: absent, once });
  }
}

const none: readonly TableRows[] = [];

/** Outcomes of which the rows are made at one go, some milliseconds. */
const outcomesPerTurn = 2_000;

async function rowsInTurns(
  table: ExactTable,
  outcomes: readonly PositionedOutcome[],
  stamp: Stamp,
) {
  const parts = Array.from({ length: Math.ceil(outcomes.length / outcomesPerTurn) }, (_, n) =>
    outcomes.slice(n * outcomesPerTurn, (n + 1) * outcomesPerTurn),
  );
  return (await mapInTurns(parts, 1, (part) => tableRowsOf(table, part, stamp))).flat();
}

function* identitiesOf(outcomes: readonly PositionedOutcome[]): Generator<SeenIdentities> {
  for (const { outcome, position } of outcomes) {
    if (outcome.kind === "event") yield { offset: position.offset, ...outcome };
  }
}

/** What was found missing, and the link: from where the chain ends. */
function withoutLink({ missing, surplus }: ReadBack, range: Range, end: number): ReadBack {
  const { extent, offsets } = missing;
  const from = Math.max(range.start, end);
  const unlinked = Array.from({ length: range.end - from }, (_, index) => from + index);
  return {
    surplus,
    missing: {
      extent: extent === "none" ? "some" : extent,
      offsets: new Map([...offsets, ["ledger", new Set(unlinked)]]),
    },
  };
}

/** The ledger must not commit to an event that the source never held: then a person has to look. */
function checkContents(
  range: Range,
  outcomes: readonly PositionedOutcome[],
  leaves: readonly Leaf[],
): void {
  const differs = outcomes.some((positioned, at) => {
    const expected = eventHash(positioned);
    return expected !== undefined && expected !== leaves[at]?.body?.hash;
  });
  if (!differs) return;
  throw new StoreError(
    "store.altered_range",
    `rows stored for range${rangeName(range)} differ from its records`,
  );
}

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
