/**
 * RFC 9457 problem documents: the one form in which the API reports an error.
 *
 * A problem names the parameter or the body's place that was wrong and what was expected; it never repeats
 * the value that came in, which may be somebody's telephone number.
 */
import { STATUS_CODES } from "node:http";
import { z } from "zod";

/** Stable machine-readable causes; the titles are the phrases of the status. */
export const problemCodes = [
  "invalid_parameter",
  "invalid_body",
  "unreadable_body",
  "invalid_url",
  "cursor_invalid",
  "cursor_mismatch",
  "key_missing",
  "key_refused",
  "role_insufficient",
  "not_found",
  "method_not_allowed",
  "limit_reached",
  "legal_hold",
  "stale_etag",
  "body_too_large",
  "media_type_unsupported",
  "etag_required",
  "rate_limited",
  "internal",
  "overloaded",
  "store_unavailable",
] as const;
export type ProblemCode = (typeof problemCodes)[number];

const violationSchema = z
  .object({
    pointer: z.string().optional().meta({ description: "JSON pointer into the request's body." }),
    parameter: z.string().optional().meta({ description: "Name of a query or path parameter." }),
    detail: z.string(),
  })
  .meta({ id: "Violation" });
export type Violation = z.output<typeof violationSchema>;

export const problemSchema = z
  .object({
    type: z.literal("about:blank"),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.enum(problemCodes),
    detail: z.string(),
    instance: z.string().meta({ description: "urn:uuid of the request, also in X-Request-Id." }),
    errors: z.array(violationSchema).optional(),
  })
  .meta({ id: "Problem" });
type ProblemDocument = z.output<typeof problemSchema>;

export const problemMediaType = "application/problem+json; charset=utf-8";

export interface Problem {
  readonly kind: "problem";
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly Violation[];
  readonly headers: Readonly<Record<string, string>>;
}

const statusOf: Readonly<Record<ProblemCode, number>> = {
  invalid_parameter: 400,
  invalid_body: 400,
  unreadable_body: 400,
  invalid_url: 400,
  cursor_invalid: 400,
  cursor_mismatch: 400,
  key_missing: 401,
  key_refused: 401,
  role_insufficient: 403,
  not_found: 404,
  method_not_allowed: 405,
  limit_reached: 409,
  legal_hold: 409,
  stale_etag: 412,
  body_too_large: 413,
  media_type_unsupported: 415,
  etag_required: 428,
  rate_limited: 429,
  internal: 500,
  overloaded: 503,
  store_unavailable: 503,
};

interface ProblemExtras {
  readonly errors?: readonly Violation[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** `detail` is a sentence of ours, never text from the request or from a dependency's error. */
export function problem(code: ProblemCode, detail: string, extras: ProblemExtras = {}): Problem {
  return {
    kind: "problem",
    status: statusOf[code],
    code,
    detail,
    errors: extras.errors ?? [],
    headers: extras.headers ?? {},
  };
}

/** The document to send for `found`, in answer to the request `requestId`. */
export function problemDocument(found: Problem, requestId: string): ProblemDocument {
  const { status, code, detail, errors } = found;
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
    code,
    detail,
    instance: `urn:uuid:${requestId}`,
    ...(errors.length > 0 ? { errors: [...errors] } : {}),
  };
}

type Place = "parameter" | "pointer";

/** zod's issues as violations; at most 20, so that a hostile body cannot ask for a long answer. */
export function violationsOf(error: z.ZodError, place: Place): Violation[] {
  return error.issues.slice(0, 20).flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") {
      return [violation(place, issue.path, withoutValues(issue))];
    }
    const known = issue.keys.filter((key) => /^[a-z_]{1,40}$/.test(key));
    if (known.length === 0) return [{ detail: "unknown names are refused" }];
    return known.map((key) => violation(place, [...issue.path, key], "unknown name"));
  });
}

/** zod's own messages name what was expected; a custom one is ours. Neither repeats the input. */
const withoutValues = (issue: z.core.$ZodIssue): string => issue.message.slice(0, 300);

function violation(place: Place, path: readonly PropertyKey[], detail: string): Violation {
  const parts = path.map(String);
  if (place === "parameter") return { parameter: parts[0] ?? "", detail };
  return { pointer: parts.map((part) => `/${escapePointer(part)}`).join(""), detail };
}

/** RFC 6901: `~` and `/` inside a name. */
const escapePointer = (part: string): string => part.replaceAll("~", "~0").replaceAll("/", "~1");
