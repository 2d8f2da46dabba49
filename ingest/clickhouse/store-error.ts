/**
 * The errors of the store, translated once: callers look at `code`, never at a message.
 *
 * A ClickHouse message may quote the row that it could not read. The text is therefore kept only for
 * statements without inline data, and the original error never becomes the `cause`.
 */
export type StoreErrorCode =
  | "clickhouse.timeout"
  | "clickhouse.unreachable"
  | "clickhouse.constraint"
  | "clickhouse.busy"
  | "clickhouse.cancelled"
  | "clickhouse.memory"
  | "clickhouse.disk_full"
  | "clickhouse.damaged"
  | "clickhouse.denied"
  | "clickhouse.unknown_name"
  | "clickhouse.failed"
  | "store.locked"
  | "store.half_restored"
  | "store.open_failed"
  | "store.row_shape"
  | "store.unbound_parameter"
  | "store.uncovered_range"
  | "store.altered_range"
  | "migration.changed"
  | "migration.newer";

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.name = "StoreError";
    this.code = code;
  }
}

const codeByType: ReadonlyMap<string, StoreErrorCode> = new Map([
  ["TIMEOUT_EXCEEDED", "clickhouse.timeout"],
  ["SOCKET_TIMEOUT", "clickhouse.timeout"],
  ["VIOLATED_CONSTRAINT", "clickhouse.constraint"],
  ["QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING", "clickhouse.busy"],
  ["TOO_MANY_SIMULTANEOUS_QUERIES", "clickhouse.busy"],
  ["TOO_MANY_PARTS", "clickhouse.busy"],
  ["QUERY_WAS_CANCELLED", "clickhouse.cancelled"],
  ["MEMORY_LIMIT_EXCEEDED", "clickhouse.memory"],
  ["NOT_ENOUGH_SPACE", "clickhouse.disk_full"],
  ["CHECKSUM_DOESNT_MATCH", "clickhouse.damaged"],
  ["CORRUPTED_DATA", "clickhouse.damaged"],
  ["CANNOT_DECOMPRESS", "clickhouse.damaged"],
  ["UNKNOWN_COMPRESSION_METHOD", "clickhouse.damaged"],
  ["CANNOT_READ_ALL_DATA", "clickhouse.damaged"],
  ["AUTHENTICATION_FAILED", "clickhouse.denied"],
  ["ACCESS_DENIED", "clickhouse.denied"],
  ["READONLY", "clickhouse.denied"],
  ["UNKNOWN_TABLE", "clickhouse.unknown_name"],
  ["UNKNOWN_DATABASE", "clickhouse.unknown_name"],
  ["UNKNOWN_IDENTIFIER", "clickhouse.unknown_name"],
]);

const networkCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
]);

/** `hasData`: the statement carried rows, so the server's text may quote them and is dropped. */
export function storeErrorOf(error: unknown, hasData: boolean): StoreError {
  if (error instanceof StoreError) return error;
  const text = hasData || !(error instanceof Error) ? "" : `: ${error.message.slice(0, 300)}`;
  const type = exceptionTypeOf(error);
  if (type !== "") {
    return new StoreError(codeByType.get(type) ?? "clickhouse.failed", `ClickHouse ${type}${text}`);
  }
  const network = networkErrorOf(error);
  return network ?? new StoreError("clickhouse.failed", `ClickHouse failed${text}`);
}

/** By shape: the embedded engine throws the class of another copy of the client. */
function exceptionTypeOf(error: unknown): string {
  const isException = typeof error === "object" && error !== null && "type" in error;
  return isException && typeof error.type === "string" ? error.type : "";
}

function networkErrorOf(error: unknown): StoreError | undefined {
  const code = systemCodeOf(error);
  if (networkCodes.has(code)) {
    return new StoreError("clickhouse.unreachable", `ClickHouse does not answer (${code})`);
  }
  if (!(error instanceof Error)) return undefined;
  // The client's own time limit and a closed socket are bare errors with fixed texts and no code.
  if (/^timeout error/i.test(error.message)) {
    return new StoreError("clickhouse.timeout", "ClickHouse did not answer within the time limit");
  }
  if (/socket hang up/.test(error.message)) {
    return new StoreError("clickhouse.unreachable", "ClickHouse closed the connection");
  }
  return undefined;
}

function systemCodeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return String(error.code);
}
