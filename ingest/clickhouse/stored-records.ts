/**
 * What is stored for each offset of a range, in every table, as the ledger commits to it: read as raw columns,
 * so that an edit of any of them shows.
 */
import { z } from "zod";
import { type Leaf, leafOfText, rowHash, type SealedRow } from "../ledger/leaf.ts";
import { isStatementSource } from "../ledger/statement.ts";
import type { Range } from "../pipeline/audit-store.ts";
import type { Reader } from "./define-query.ts";
import { fields } from "./event-rows.ts";
import { StoreError } from "./store-error.ts";
import {
  type BodyRow,
  type BodyTable,
  exposuresQuery,
  identitiesQuery,
  outcomesQuery,
  recordQueries,
  retiredQuery,
  statementQueries,
} from "./stored-record-queries.ts";

export interface StoredOutcome {
  readonly kind: string;
  readonly reason: string;
  readonly ingestedAt: number;
  readonly deadline: number;
  /** 16 hex digits. */
  readonly idHash: string;
  /** The first 16 hex digits of the event row's hash, as ingest wrote them down. */
  readonly contentHash: string;
}

export interface StoredBody {
  readonly table: BodyTable;
  readonly hash: string;
  readonly deadline: number;
  /** What the outcome repeats: 16 hex digits for an event's id, the reason of a dead letter. Else empty. */
  readonly name: string;
  /** The row itself, where it was asked for. */
  readonly values?: readonly unknown[];
}

export interface StoredExposures {
  readonly rows: number;
  /** How many the access of the offset makes. */
  readonly expected: number;
  readonly deadline: number;
  /** Whether they are exactly those that the access of the offset makes. */
  readonly asExpected: boolean;
}

/** What retention left in the place of a row. */
export interface RetiredLeaf {
  /** Names the retirement that it belongs to. */
  readonly retirement: string;
  /** The leaf's text. */
  readonly text: string;
}

/** A sealed identifier with what opens it, of which the leaf knows nothing. */
export interface StoredIdentity extends SealedRow {
  /** One, unless somebody has put others beside it; an erased one is empty. */
  readonly wrappings: readonly Wrapping[];
}

export interface Wrapping {
  readonly wrappedKey: string;
  readonly masterKeyVersion: number;
}

/** Everything at one offset; a sound one has one outcome and at most one body. */
export interface StoredRecord {
  readonly outcomes: readonly StoredOutcome[];
  readonly bodies: readonly StoredBody[];
  readonly exposures: readonly StoredExposures[];
  readonly identities: readonly StoredIdentity[];
  /** Of a row that retention removed or is about to; a removal that was repeated leaves the same text again. */
  readonly retired?: readonly RetiredLeaf[];
}

/** In the outcome of what is no event. */
export const noHash64 = "0".repeat(16);

interface RecordUnderway {
  readonly outcomes: StoredOutcome[];
  readonly bodies: StoredBody[];
  readonly exposures: StoredExposures[];
  readonly identities: StoredIdentity[];
  readonly retired: RetiredLeaf[];
}

/**
 * By offset; an offset at which nothing is stored is absent. About 1 kB an offset. `withValues`: the rows
 * themselves come along.
 */
export async function readStoredRecords(
  reader: Reader,
  { source, partition, start, end }: Range,
  withValues = false,
): Promise<ReadonlyMap<number, StoredRecord>> {
  const records = new Map<number, RecordUnderway>();
  const at = (offset: number): RecordUnderway => {
    const known = records.get(offset);
    if (known !== undefined) return known;
    const fresh = { outcomes: [], bodies: [], exposures: [], identities: [], retired: [] };
    records.set(offset, fresh);
    return fresh;
  };
  const read = isStatementSource(source) ? readStatements : readRecords;
  const whole = withValues ? 1 : 0;
  await read(reader, { source, partition, start, end, whole }, at);
  // Last: a row that was gone when its table was read has left its leaf before.
  for (const row of await retiredQuery(reader, { source, partition, start, end })) {
    at(row.offset).retired.push({ retirement: row.retirement, text: row.leaf });
  }
  return records;
}

type At = (offset: number) => RecordUnderway;
interface Wanted extends Range {
  /** 1: with the rows themselves. */
  readonly whole: number;
}

async function readStatements(reader: Reader, range: Wanted, at: At): Promise<void> {
  for (const { table, query } of statementQueries) {
    for (const row of await query(reader, range)) {
      const { offset, deadline_ms: deadline } = row;
      const record = at(offset);
      record.bodies.push(bodyOf(table, row, range));
      const place = { ingestedAt: 0, deadline, idHash: noHash64, contentHash: noHash64 };
      record.outcomes.push({ kind: "statement", reason: table, ...place });
    }
  }
}

function bodyOf(table: BodyTable, row: BodyRow, { whole }: Wanted): StoredBody {
  const { own_text: text, own_hash: hash, deadline_ms: deadline, row_name: name } = row;
  if (text === "") return { table, hash, deadline, name };
  const values = ownValues.parse(JSON.parse(text));
  const body = { table, hash: rowHash(fields(values)), deadline, name };
  return whole === 1 ? { ...body, values } : body;
}

const ownValues = z.array(z.unknown());

/** Two readings at a time: planning a query takes the engine as long as reading a small range. */
async function readRecords(reader: Reader, range: Wanted, at: At): Promise<void> {
  await Promise.all([readOutcomes(reader, range, at), readBodies(reader, range, at)]);
}

async function readOutcomes(reader: Reader, range: Wanted, at: At): Promise<void> {
  for (const row of await outcomesQuery(reader, range)) {
    at(row.offset).outcomes.push({
      kind: row.kind,
      reason: row.reason,
      ingestedAt: row.ingested_ms,
      deadline: row.deadline_ms,
      idHash: row.id_hash,
      contentHash: row.content_hash,
    });
  }
  for (const row of await exposuresQuery(reader, range)) {
    const { row_count: rows, expected_count: expected, deadline_ms: deadline } = row;
    const asExpected = row.as_expected === 1;
    at(row.at_offset).exposures.push({ rows, expected, deadline, asExpected });
  }
}

async function readBodies(reader: Reader, range: Wanted, at: At): Promise<void> {
  for (const { table, query } of recordQueries) {
    for (const row of await query(reader, range)) {
      at(row.offset).bodies.push(bodyOf(table, row, range));
    }
  }
  for (const row of await identitiesQuery(reader, range)) {
    const { token, type, sealed_id: sealedId, sealed_ms: sealedAt } = row;
    const wrappings = row.wrappings.map(([wrappedKey, masterKeyVersion]) => ({
      wrappedKey,
      masterKeyVersion,
    }));
    at(row.offset).identities.push({ token, type, sealedId, sealedAt, wrappings });
  }
}

/**
 * The leaf of what is stored, of what retention left in its place; `undefined` where neither can have been written
 * by the service.
 */
export function leafOfStored(offset: number, record: StoredRecord | undefined): Leaf | undefined {
  const [retired] = record?.retired ?? [];
  if (record !== undefined && retired !== undefined) {
    return leafOfText(retired.text, record.identities);
  }
  const [outcome, ...moreOutcomes] = record?.outcomes ?? [];
  const [body, ...moreBodies] = record?.bodies ?? [];
  const [exposures, ...moreExposures] = record?.exposures ?? [];
  const isSingle = moreOutcomes.length + moreBodies.length + moreExposures.length === 0;
  if (record === undefined || outcome === undefined || !isSingle) return undefined;
  const { kind, reason, ingestedAt, deadline } = outcome;
  return {
    offset,
    outcome: { kind, reason, ingestedAt, deadline },
    body: body && { hash: body.hash, deadline: body.deadline },
    exposures: exposures && { rows: exposures.rows, deadline: exposures.deadline },
    identities: record.identities,
  };
}

/** One leaf per offset of the range. Throws `store.uncovered_range` where an offset has none. */
export async function readLeaves(reader: Reader, range: Range): Promise<readonly Leaf[]> {
  const records = await readStoredRecords(reader, range);
  return Array.from({ length: range.end - range.start }, (_, index) => {
    const offset = range.start + index;
    const leaf = leafOfStored(offset, records.get(offset));
    if (leaf !== undefined) return leaf;
    throw new StoreError("store.uncovered_range", `offset ${offset} has not one whole record`);
  });
}
