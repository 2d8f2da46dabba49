/** Whether the rows of one link are those that it commits to, and where they are not. Pure. */
import { bodyTableOf, hash64 } from "../clickhouse/event-rows.ts";
import { countsOf } from "../clickhouse/ledger-chains.ts";
import { leafOfStored, noHash64, type StoredRecord } from "../clickhouse/stored-records.ts";
import { type Leaf, leafText } from "../ledger/leaf.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { rootOfData } from "../ledger/merkle.ts";
import type { Discrepancy, DiscrepancyKind } from "./discrepancy.ts";
import { retiredFaults } from "./retired-check.ts";

export type StoredRecords = ReadonlyMap<number, StoredRecord>;

/** Every discrepancy of the range; the last resort is one for the whole range. */
export function checkRange(link: LedgerRecord, records: StoredRecords): readonly Discrepancy[] {
  const found: Discrepancy[] = [];
  const leaves: Leaf[] = [];
  for (let offset = link.start; offset < link.end; offset += 1) {
    const record = records.get(offset);
    for (const { kind, table, detail } of faultsAt(offset, record)) {
      found.push({ kind, table, ...placeOf(link), from: offset, to: offset + 1, detail });
    }
    const leaf = leafOfStored(offset, record);
    if (leaf !== undefined) leaves.push(leaf);
  }
  if (found.length > 0 || isCommitted(link, leaves)) return found;
  const detail = "the rows do not give the root or the counts that the ledger holds";
  const { start: from, end: to } = link;
  return [{ kind: "range_differs", table: "outcomes", ...placeOf(link), from, to, detail }];
}

const placeOf = ({ source, partition }: LedgerRecord) => ({ source, partition });

function isCommitted({ start, end, root, counts }: LedgerRecord, leaves: readonly Leaf[]): boolean {
  if (leaves.length !== end - start) return false;
  const own = countsOf(leaves);
  const sameCounts =
    own.outcomes === counts.outcomes &&
    own.events === counts.events &&
    own.deadLetters === counts.deadLetters &&
    own.exposures === counts.exposures &&
    own.identities === counts.identities;
  return sameCounts && rootOfData(leaves.map(leafText)).toString("hex") === root;
}

export interface Fault {
  readonly kind: DiscrepancyKind;
  readonly table: string;
  readonly detail: string;
}

const faultsAt = (offset: number, record: StoredRecord | undefined): readonly Fault[] =>
  record?.retired === undefined || record.retired.length === 0
    ? faultsOf(record)
    : retiredFaults(offset, record);

/** What is wrong at one offset whatever the ledger says: tables that contradict one another. */
function faultsOf(record: StoredRecord | undefined): readonly Fault[] {
  const outcomes = record?.outcomes ?? [];
  const [outcome] = outcomes;
  if (record === undefined || outcome === undefined) {
    return [{ kind: "row_missing", table: "outcomes", detail: "no outcome" }];
  }
  if (outcomes.length > 1) {
    return [{ kind: "row_unexpected", table: "outcomes", detail: "more than one outcome" }];
  }
  const table = bodyTableOf(outcome);
  return [
    ...bodyFaults(record, table),
    ...contentFaults(record, outcome),
    ...exposureFaults(record),
  ];
}

function bodyFaults({ bodies }: StoredRecord, table: string | undefined): readonly Fault[] {
  const own = bodies.filter((body) => body.table === table);
  const faults: Fault[] = bodies
    .filter((body) => body.table !== table)
    .map((body) => ({
      kind: "row_unexpected",
      table: body.table,
      detail: "the outcome of the offset knows no such row",
    }));
  if (table === undefined) return faults;
  if (own.length === 0) faults.push({ kind: "row_missing", table, detail: "no row" });
  if (own.length > 1) faults.push({ kind: "row_unexpected", table, detail: "more than one row" });
  return faults;
}

/** The outcome holds 64 bits of the hashes of an event's id and of its row. */
function contentFaults(
  { bodies }: StoredRecord,
  outcome: StoredRecord["outcomes"][number],
): readonly Fault[] {
  const [body, ...more] = bodies;
  const isEvent = outcome.kind === "event";
  if (more.length > 0 || (isEvent && body === undefined)) return [];
  const expected = isEvent && body !== undefined ? hashesOf(body) : noHashes;
  if (outcome.contentHash === expected.content && outcome.idHash === expected.id) return [];
  const detail = "the row and the hashes in its outcome differ";
  return [{ kind: "row_altered", table: body?.table ?? "outcomes", detail }];
}

const noHashes = { id: noHash64, content: noHash64 };

const hashesOf = ({ eventId, hash }: StoredRecord["bodies"][number]) => ({
  id: hash64(eventId),
  content: hash.slice(0, noHash64.length),
});

function exposureFaults({ exposures }: StoredRecord): readonly Fault[] {
  if (exposures.every(({ asExpected }) => asExpected)) return [];
  const isMissing = exposures.every(({ rows }) => rows === 0);
  return [
    {
      kind: isMissing ? "row_missing" : "row_altered",
      table: "exposures",
      detail: "not the exposures that the access of the offset makes",
    },
  ];
}
