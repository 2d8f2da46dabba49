/** Whether the rows of one link are those that it commits to, and where they are not. Pure. */
import { bodyTableOf } from "../clickhouse/event-rows.ts";
import { countsOf } from "../clickhouse/ledger-chains.ts";
import {
  leafOfStored,
  noHash64,
  type StoredExposures,
  type StoredRecord,
} from "../clickhouse/stored-records.ts";
import { type Leaf, leafText } from "../ledger/leaf.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { rootOfData } from "../ledger/merkle.ts";
import { isStatementSource } from "../ledger/statement.ts";
import type { Discrepancy, DiscrepancyKind } from "./discrepancy.ts";
import { retiredFaults } from "./retired-check.ts";

export type StoredRecords = ReadonlyMap<number, StoredRecord>;

/** Every discrepancy of the range; where no single offset shows one, the last resort is the whole range. */
export function checkRange(link: LedgerRecord, records: StoredRecords): readonly Discrepancy[] {
  const { source, partition } = link;
  const faultsAt = faultsFor(source);
  const found: Discrepancy[] = [];
  const leaves: Leaf[] = [];
  for (let offset = link.start; offset < link.end; offset += 1) {
    const record = records.get(offset);
    for (const fault of faultsAt(offset, record)) {
      found.push({ ...fault, source, partition, from: offset, to: offset + 1 });
    }
    const leaf = leafOfStored(offset, record);
    if (leaf !== undefined) leaves.push(leaf);
  }
  const isCommitted = isCommittedTo(link, leaves);
  if (found.length > 0) return isCommitted ? found.map(inOutcome) : found;
  if (isCommitted) return [];
  return [{ ...wholeRange(link, leaves), source, partition, from: link.start, to: link.end }];
}

function faultsFor(source: string) {
  const faultsOf = isStatementSource(source) ? statementFaults : recordFaults;
  return (offset: number, record: StoredRecord | undefined): readonly Fault[] =>
    retiredFaults(offset, record) ?? faultsOf(record);
}

function isCommittedTo(link: LedgerRecord, leaves: readonly Leaf[]): boolean {
  if (leaves.length !== link.end - link.start) return false;
  const own = countsOf(leaves);
  const { counts } = link;
  const sameCounts =
    own.outcomes === counts.outcomes &&
    own.events === counts.events &&
    own.deadLetters === counts.deadLetters &&
    own.exposures === counts.exposures &&
    own.identities === counts.identities;
  return sameCounts && rootOfData(leaves.map(leafText)).toString("hex") === link.root;
}

export interface Fault {
  readonly kind: DiscrepancyKind;
  readonly table: string;
  readonly detail: string;
}

/** The rows are those of the ledger, which does not hold the hashes in an outcome: then these were altered. */
const inOutcome = (found: Discrepancy): Discrepancy =>
  found.detail === hashesDiffer ? { ...found, table: "outcomes" } : found;

/** Sealed identifiers have nothing beside them that contradicts, but the ledger holds their number. */
function wholeRange({ source, counts }: LedgerRecord, leaves: readonly Leaf[]): Fault {
  const sealed = countsOf(leaves).identities;
  if (sealed !== counts.identities) {
    const kind = sealed < counts.identities ? "row_missing" : "row_unexpected";
    const detail = `${sealed} sealed identifiers, and the ledger holds ${counts.identities}`;
    return { kind, table: "identities", detail };
  }
  const table = isStatementSource(source) ? tableOf(leaves) : "outcomes";
  const detail = "the rows do not give the root or the counts that the ledger holds";
  return { kind: "range_differs", table, detail };
}

function tableOf(leaves: readonly Leaf[]): string {
  const [table, ...more] = new Set(leaves.map(({ outcome }) => outcome.reason));
  return table === undefined || more.length > 0 ? statements : table;
}

const statements = "statements";

function statementFaults(record: StoredRecord | undefined): readonly Fault[] {
  const [body, ...more] = record?.bodies ?? [];
  if (body === undefined) {
    return [{ kind: "row_missing", table: statements, detail: "no statement" }];
  }
  const tables = new Set([body, ...more].map(({ table }) => table));
  const table = tables.size === 1 ? body.table : statements;
  if (more.length === 0) return [];
  return [{ kind: "row_unexpected", table, detail: "more than one statement" }];
}

/**
 * What is wrong at one offset whatever the ledger says: tables that contradict one another. Each check goes by
 * those before it: what an altered access exposes is not known.
 */
function recordFaults(record: StoredRecord | undefined): readonly Fault[] {
  const [outcome, ...more] = record?.outcomes ?? [];
  if (record === undefined || outcome === undefined) {
    return [{ kind: "row_missing", table: "outcomes", detail: "no outcome" }];
  }
  if (more.length > 0) {
    return [{ kind: "row_unexpected", table: "outcomes", detail: "more than one outcome" }];
  }
  const inBodies = bodyFaults(record, outcome);
  if (inBodies.length > 0) return inBodies;
  const fault = contentFault(record, outcome) ?? exposureFault(record);
  return fault === undefined ? [] : [fault];
}

type Outcome = StoredRecord["outcomes"][number];

function bodyFaults({ bodies }: StoredRecord, outcome: Outcome): readonly Fault[] {
  const table = bodyTableOf(outcome);
  if (outcome.kind === "event" && table === undefined) {
    return [{ kind: "row_altered", table: "outcomes", detail: "an event of no known kind" }];
  }
  const own = bodies.filter((body) => body.table === table);
  const foreign = bodies.filter((body) => body.table !== table);
  const [other, ...others] = foreign;
  const isRenamed = other !== undefined && own.length + others.length === 0;
  if (isRenamed && (table !== undefined || isOf(outcome, other))) {
    const detail = `it does not name ${other.table}, which has a row`;
    return [{ kind: "row_altered", table: "outcomes", detail }];
  }
  const faults: Fault[] = foreign.map((body) => ({
    kind: "row_unexpected",
    table: body.table,
    detail: "the outcome of the offset knows no such row",
  }));
  if (table === undefined) return faults;
  if (own.length === 0) faults.push({ kind: "row_missing", table, detail: "no row" });
  if (own.length > 1) faults.push({ kind: "row_unexpected", table, detail: "more than one row" });
  return faults;
}

type Body = StoredRecord["bodies"][number];

/** Whether the outcome, whatever it is called, was written for this row. */
const isOf = ({ contentHash, reason }: Outcome, { table, hash, name }: Body): boolean =>
  table === "dead_letters" ? name === reason : contentHash === hash.slice(0, noHash64.length);

const hashesDiffer = "the row and the hashes in its outcome differ";

/** The outcome repeats 64 bits of the hashes of an event's id and of its row, and the reason of a dead letter. */
function contentFault({ bodies }: StoredRecord, outcome: Outcome): Fault | undefined {
  const [body] = bodies;
  const table = body?.table ?? "outcomes";
  if (outcome.kind === "dead_letter" && body?.name !== outcome.reason) {
    const detail = "the row and its outcome give different reasons";
    return { kind: "row_altered", table, detail };
  }
  const isEvent = outcome.kind === "event" && body !== undefined;
  const idHash = isEvent ? body.name : noHash64;
  const contentHash = isEvent ? body.hash.slice(0, noHash64.length) : noHash64;
  if (outcome.contentHash === contentHash && outcome.idHash === idHash) return undefined;
  return { kind: "row_altered", table, detail: hashesDiffer };
}

function exposureFault({ exposures }: StoredRecord): Fault | undefined {
  const differing = exposures.find(({ asExpected }) => !asExpected);
  if (differing === undefined) return undefined;
  const detail = "not the exposures that the access of the offset makes";
  return { kind: kindOf(differing), table: "exposures", detail };
}

function kindOf({ rows, expected }: StoredExposures): DiscrepancyKind {
  if (rows === expected) return "row_altered";
  return rows < expected ? "row_missing" : "row_unexpected";
}
