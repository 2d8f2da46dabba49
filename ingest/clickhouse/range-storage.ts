/**
 * Ranges of records in all their tables: written, read back, completed, and committed to in the ledger.
 *
 * One INSERT per table and month for all ranges that are written together, so that each is atomic and many small
 * ranges cost what one does; its name has table and ranges in it, so that it can be stopped by any of them and a
 * repeat is recognised. That alone does not suffice (the record of a token is written before the rows are), therefore
 * whoever does not know how an insert ended reads back and inserts what is missing, each range for itself. Outcomes
 * come last of the rows: an offset with an outcome has everything else. The ledger's links come after them.
 */
import type { Leaf } from "../ledger/leaf.ts";
import {
  type ExactTable,
  exactTables,
  type Missing,
  type PositionedOutcome,
  type Range,
  type RangeContent,
} from "../pipeline/audit-store.ts";
import type { Sealer } from "../pipeline/seal.ts";
import type { Clock } from "../runtime/clock.ts";
import { mapInTurns } from "../runtime/turns.ts";
import { asStored } from "./as-stored.ts";
import type { Writer } from "./client.ts";
import { eventHash, freshLeaves } from "./fresh-leaves.ts";
import type { FreshlySealed, IdentityVault } from "./identities.ts";
import type { LedgerChains, Link } from "./ledger-chains.ts";
import { insertTable, placeName, rangeName } from "./range-insertion.ts";
import { placeValues, rowCountsOf, type Stamp, type TableRows, tableRowsOf } from "./range-rows.ts";
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

export interface RangeStorage {
  /** Everything for the first time, at most one range of a partition. After an error the outcome of each is unknown. */
  readonly insert: (contents: readonly RangeContent[]) => Promise<void>;
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
  const stampOf = ({ range, deadline }: RangeContent): Stamp => ({
    place: placeValues(range),
    deadline,
    ingestedAt: clock.now(),
    sealer,
  });
  const rowsOf = (content: RangeContent): RowsByTable => {
    const stamp = stampOf(content);
    return new Map(
      exactTables.map((table) => [table, tableRowsOf(table, content.outcomes, stamp)]),
    );
  };
  const insertAll = async (contents: readonly RangeContent[]): Promise<readonly Link[]> => {
    for (const content of contents) checkCover(content);
    const sealed = await vault.keep(contents);
    const stamped = contents.map((content) => ({ ...content, stamp: stampOf(content) }));
    return linksOf(stamped, sealed, await insertTables(writer, stamped));
  };
  const compared = async (range: Range, decided: readonly PositionedOutcome[]) => {
    const outcomes = await asStored(writer, range, decided);
    return readBack(writer, range, countsByTable(outcomes));
  };
  return {
    insert: async (contents) => chains.append(await insertAll(contents)),
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
        const links = await insertAll([{ range, outcomes: decided, deadline }]);
        // Nothing was there before, so what is there now is as it was decided.
        const { missing: left } = await readBack(writer, range, countsByTable(decided));
        if (left.extent === "none") {
          for (const link of links) await chains.appendMissing(link);
          return true;
        }
      }
      const outcomes = await asStored(writer, range, decided);
      const content = { range, outcomes, deadline };
      await vault.keep([content]);
      const rows = rowsOf(content);
      await insertAbsent(writer, { range, rows, missing });
      // A token can be on record whose rows were lost with the process: such rows go in without one.
      const { missing: left } = await readBack(writer, range, countsByTable(outcomes));
      await insertAbsent(writer, { range, rows, missing: left, never: true });
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
  readonly rows: RowsByTable;
  readonly missing: Missing;
  /** Whether tokens are not to be trusted. */
  readonly never?: boolean;
}

/** Tables that lack everything repeat their insert, so that the original is refused if it comes late. */
async function insertAbsent(
  writer: Writer,
  { range, rows, missing, never = false }: Absent,
): Promise<void> {
  for (const [table, offsets] of missing.offsets) {
    if (table === "ledger") continue;
    const expected = rows.get(table) ?? [];
    const absent = expected.filter(({ offset }) => offsets.has(offset));
    const once = !never && absent.length === expected.length;
    await insertTable(writer, { ranges: [range], table, rows: absent, once });
  }
}

const none: readonly TableRows[] = [];
const noneSealed: FreshlySealed = new Map();

/** Outcomes of which the rows are made at one go, some milliseconds. */
const outcomesPerTurn = 2_000;

interface Stamped extends RangeContent {
  readonly stamp: Stamp;
}

/** What was written of each range, by table; only of those tables whose rows leaves are made of. */
type WrittenRows = ReadonlyMap<ExactTable, readonly (readonly TableRows[])[]>;

/** All rows of ranges of which none is stored. */
async function insertTables(writer: Writer, stamped: readonly Stamped[]): Promise<WrittenRows> {
  const ranges = stamped.map(({ range }) => range);
  const written = new Map<ExactTable, readonly (readonly TableRows[])[]>();
  for (const table of exactTables) {
    const rows: (readonly TableRows[])[] = [];
    for (const content of stamped) rows.push(await rowsInTurns(table, content));
    await insertTable(writer, { ranges, table, rows: rows.flat(), once: true });
    if (table === "dead_letters" || table === "exposures") written.set(table, rows);
  }
  return written;
}

/** The links to be: their leaves are made of what was written. */
const linksOf = (
  stamped: readonly Stamped[],
  sealed: readonly FreshlySealed[],
  written: WrittenRows,
): readonly Link[] =>
  stamped.map(({ range, outcomes, deadline, stamp }, at) => {
    const own = {
      sealed: sealed[at] ?? noneSealed,
      deadLetters: written.get("dead_letters")?.[at] ?? none,
      exposures: written.get("exposures")?.[at] ?? none,
    };
    return { range, deadline, leaves: freshLeaves(outcomes, { ...stamp, ...own }) };
  });

async function rowsInTurns(table: ExactTable, { outcomes, stamp }: Stamped) {
  const parts = Array.from({ length: Math.ceil(outcomes.length / outcomesPerTurn) }, (_, n) =>
    outcomes.slice(n * outcomesPerTurn, (n + 1) * outcomesPerTurn),
  );
  return (await mapInTurns(parts, 1, (part) => tableRowsOf(table, part, stamp))).flat();
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
function checkCover({ range, outcomes }: RangeContent): void {
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
