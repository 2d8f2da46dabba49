/**
 * What one record of the audit trail commits to: the leaf of its offset.
 *
 * A leaf is a JSON array of fixed order, so that whoever holds the stored rows, or an export of them, can make
 * it again. It holds the outcome and hashes of what else was stored for the offset: the event or dead letter
 * as its table's own columns, and what was sealed for the first time. Exposures follow from the event, so
 * their number is enough. No raw identifier and no wrapped key is in it: dropping a subject's key erases the
 * identifier and leaves every leaf as it was.
 */
import { hash } from "node:crypto";
import { z } from "zod";

/** Times are epoch milliseconds; `deadline` is the column of that name. Hashes are lower-case hex SHA-256. */
export interface Leaf {
  readonly offset: number;
  readonly outcome: {
    /** `event`, `dead_letter`, `skip`; `statement` for what the service itself put down. */
    readonly kind: string;
    readonly reason: string;
    readonly ingestedAt: number;
    readonly deadline: number;
  };
  /** The row in the table of its kind; `undefined`: none, as for a skip. */
  readonly body: { readonly hash: string; readonly deadline: number } | undefined;
  /** `undefined`: the event exposes nobody. */
  readonly exposures: { readonly rows: number; readonly deadline: number } | undefined;
  /** Identifiers sealed on account of this record, in any order. */
  readonly identities: readonly SealedRow[];
}

const leafVersion = "deskwatch-leaf-1";

/** The text whose RFC 6962 leaf hash the ledger commits to. */
export const leafText = ({ offset, outcome, body, exposures, identities }: Leaf): string =>
  JSON.stringify([
    leafVersion,
    offset,
    outcome.kind,
    outcome.reason,
    outcome.ingestedAt,
    outcome.deadline,
    body?.hash ?? "",
    body?.deadline ?? 0,
    exposures?.rows ?? 0,
    exposures?.deadline ?? 0,
    identitiesHash(identities),
  ]);

/** Places in a leaf's text. */
const offsetPlace = 1;
const kindPlace = 2;
const reasonPlace = 3;
const bodyHashPlace = 6;

/** `undefined`: not a leaf's text. */
export const offsetIn = (text: string): unknown => valuesIn(text)[offsetPlace];

/** Kind and reason of the outcome. */
export function outcomeIn(text: string): { readonly kind: unknown; readonly reason: unknown } {
  const values = valuesIn(text);
  return { kind: values[kindPlace], reason: values[reasonPlace] };
}

/** Hash of the row that a leaf commits to; empty for a record that left none. */
export const bodyHashIn = (text: string): unknown => valuesIn(text)[bodyHashPlace];

const leafTuple = z.tuple([
  z.literal(leafVersion),
  z.int(),
  z.string(),
  z.string(),
  z.int(),
  z.int(),
  z.string(),
  z.int(),
  z.int(),
  z.int(),
  z.string(),
]);

/**
 * The leaf of a text, with what the store holds as sealed at its offset; `undefined`: no leaf's text. The text
 * knows the hash of the sealed rows only, so whoever doubts them compares `leafText` of the result.
 */
export function leafOfText(text: string, identities: readonly SealedRow[]): Leaf | undefined {
  const parsed = leafTuple.safeParse(valuesIn(text));
  if (!parsed.success) return undefined;
  const [, offset, kind, reason, ingestedAt, deadline, bodyHash, bodyDeadline, rows, until] =
    parsed.data;
  return {
    offset,
    outcome: { kind, reason, ingestedAt, deadline },
    body: bodyHash === "" ? undefined : { hash: bodyHash, deadline: bodyDeadline },
    exposures: rows === 0 ? undefined : { rows, deadline: until },
    identities,
  };
}

function valuesIn(text: string): readonly unknown[] {
  try {
    const values: unknown = JSON.parse(text);
    return Array.isArray(values) && values[0] === leafVersion ? values : [];
  } catch {
    return [];
  }
}

/** Of a row: the values of its table's own columns, as `JSON.stringify` writes them, without the brackets. */
export const rowHash = (values: string): string => hash("sha256", values, "hex");

/** A sealed identifier as the ledger knows it. Nothing here changes when the master key is rotated. */
export interface SealedRow {
  readonly token: string;
  readonly type: string;
  /** Base64 of nonce, ciphertext and tag. */
  readonly sealedId: string;
  readonly sealedAt: number;
}

function identitiesHash(rows: readonly SealedRow[]): string {
  if (rows.length === 0) return "";
  const lines = rows.map(({ token, type, sealedId, sealedAt }) =>
    JSON.stringify([token, type, sealedId, sealedAt]),
  );
  return rowHash(lines.toSorted().join("\n"));
}
