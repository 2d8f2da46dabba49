/**
 * What was thrown while a request was answered, as the problem to report: the readers of bodies and URLs
 * throw for bad requests, everything else is a bug or a dead dependency.
 *
 * Only codes are looked at. A parser's message quotes the request and must not be repeated.
 */
import { ReadsError } from "../detectors/store/read-recorder.ts";
import { StoreError, type StoreErrorCode } from "../ingest/clickhouse/store-error.ts";
import { ErasureError } from "../ingest/subjects/erasures.ts";
import { type Problem, problem } from "./problem.ts";

const passing: ReadonlySet<StoreErrorCode> = new Set<StoreErrorCode>([
  "clickhouse.timeout",
  "clickhouse.unreachable",
  "clickhouse.busy",
  "clickhouse.cancelled",
  "clickhouse.memory",
]);

export function failureOf(error: unknown): Problem {
  if (error instanceof StoreError && passing.has(error.code)) {
    const detail = "The store did not answer in time; a narrower question may help.";
    return problem("store_unavailable", detail, { headers: { "Retry-After": "5" } });
  }
  if (error instanceof ReadsError) {
    const detail = "Too many questions wait to be put on record.";
    return problem("overloaded", detail, { headers: { "Retry-After": "1" } });
  }
  if (error instanceof ErasureError) {
    const detail =
      "The erasure is put down, and a key is still there, in a row or in a file that is read; repeat it.";
    return problem("store_unavailable", detail, { headers: { "Retry-After": "5" } });
  }
  switch (clientErrorStatus(error)) {
    case undefined:
      return problem("internal", "The request could not be answered.");
    case 413:
      return problem("body_too_large", "The body is larger than 64 KiB.");
    case 415:
      return problem("media_type_unsupported", "The body's encoding or charset is not supported.");
    default:
      return error instanceof URIError
        ? problem("invalid_url", "The path has a broken percent-encoding.")
        : problem("unreadable_body", "The body is not JSON.");
  }
}

/** The 4xx status that Express and its body parser put on their errors. */
function clientErrorStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("status" in error)) return undefined;
  const { status } = error;
  return typeof status === "number" && status >= 400 && status < 500 ? status : undefined;
}
