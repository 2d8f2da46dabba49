/**
 * Page cursors: the place after which the next page starts, bound to the filters it was made under.
 *
 * Opaque, versioned, with a checksum against truncation and hand-editing. Not a secret: a forged cursor
 * reaches nothing that the same key could not ask for directly.
 */
import { createHash } from "node:crypto";
import { z } from "zod";

const version = 1;
const checksumChars = 16;

/** The last row's sort key, most significant part first. */
export type Place = readonly (string | number)[];

export type CursorReading =
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "invalid" }
  /** A good cursor of another query. */
  | { readonly kind: "mismatch" };

const contentSchema = z.tuple([
  z.literal(version),
  z.string().length(checksumChars),
  z.array(z.union([z.string(), z.number()])).max(8),
]);

const digest = (text: string): string =>
  createHash("sha256").update(text).digest("base64url").slice(0, checksumChars);

/** `filters` is whatever selects and orders the rows; the page size is not part of it. */
export function encodeCursor(filters: unknown, place: Place): string {
  const content = JSON.stringify([version, digest(JSON.stringify(filters)), place]);
  return `${Buffer.from(content).toString("base64url")}.${digest(content)}`;
}

/** Never throws: whatever text comes in has one of the three readings. */
export function decodeCursor(filters: unknown, cursor: string): CursorReading {
  const [encoded = "", checksum = "", ...rest] = cursor.split(".");
  const content = Buffer.from(encoded, "base64url").toString("utf8");
  if (rest.length > 0 || checksum === "" || digest(content) !== checksum) {
    return { kind: "invalid" };
  }
  const parsed = contentSchema.safeParse(parseJson(content));
  if (!parsed.success) return { kind: "invalid" };
  const [, filterDigest, place] = parsed.data;
  if (filterDigest !== digest(JSON.stringify(filters))) return { kind: "mismatch" };
  return { kind: "place", place };
}

/** `undefined` for what is not JSON: anyone can put a right checksum on any text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
