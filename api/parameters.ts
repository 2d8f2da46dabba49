/** The query parameters that several routes share. */
import { z } from "zod";
import { type EpochMs, epochMs } from "../ingest/vocabulary/brand.ts";
import { type Problem, problem } from "./problem.ts";

/** Last millisecond that a DateTime64(3) column holds: 2299-12-31T23:59:59.999Z. */
const lastInstantMs = 10_413_791_999_999;

/** RFC 3339 with an offset. A `+` must arrive percent-encoded as `%2B`. */
export const instant = z.iso
  .datetime({ offset: true, error: "expected an RFC 3339 time with an offset, `+` as %2B" })
  .transform((text): EpochMs => epochMs(Date.parse(text)))
  .refine((at) => at >= 0 && at <= lastInstantMs, "expected a time from 1970 to 2299");

export const firstInstant = epochMs(0);
export const lastInstant = epochMs(lastInstantMs);

interface TimeRange {
  readonly from?: EpochMs | undefined;
  readonly to?: EpochMs | undefined;
}

/** A range that ends before it begins holds nothing, which would read as if nobody had been exposed. */
export function rangeProblem({ from, to }: TimeRange): Problem | undefined {
  if (from === undefined || to === undefined || from <= to) return undefined;
  const errors = [{ parameter: "to", detail: "expected a time not before `from`" }];
  return problem("invalid_parameter", "The time range ends before it begins.", { errors });
}

/** `?name=a&name=b`, at most `max` values. */
export const repeated = <Item extends z.ZodType>(item: Item, max = 50) =>
  z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).min(1).max(max).optional(),
  );

/** `?name=a,b` or `?name=a&name=b`. For closed vocabularies only: an id may contain a comma. */
export const choices = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.preprocess(
    (value) =>
      value === undefined
        ? value
        : [value].flat().flatMap((part) => (typeof part === "string" ? part.split(",") : [part])),
    z.array(z.enum(values)).min(1).max(values.length).optional(),
  );

export const idText = z.string().min(1).max(256);

/** Why somebody decided something, for those who look into it later: blanks tell them nothing. */
export const reasonText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => text.trim() !== "", "expected a reason, not only blanks");

/**
 * 128 bits as UUID text. Not `z.uuid()`: a token is a keyed hash, so it has no version and no variant, and
 * fifteen of sixteen would be refused.
 */
export const tokenText = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "expected a subject token");

export const pageSizeUpTo = (max: number) =>
  z.coerce.number().int().min(1).max(max).default(50).meta({ description: "Items a page." });
export const pageSize = pageSizeUpTo(200);

export const cursorText = z
  .string()
  .min(1)
  .max(2_048)
  .optional()
  .meta({ description: "`next_cursor` of the page before, with the same filters." });

/** ISO 8601 in UTC with milliseconds: how every time leaves the API. */
export const isoTime = (at: number): string => new Date(at).toISOString();
export const isoTimeOrNull = (at: number | null | undefined): string | null =>
  at === null || at === undefined ? null : isoTime(at);
