import { StoreError, storeErrorOf } from "../../../../ingest/clickhouse/store-error.ts";

const exception = (type: string, message: string) =>
  Object.assign(new Error(message), { code: "1", type });
const system = (code: string) => Object.assign(new Error("private text"), { code });

describe("an error of the database", () => {
  it.each([
    { error: exception("TIMEOUT_EXCEEDED", "x"), code: "clickhouse.timeout" },
    { error: exception("VIOLATED_CONSTRAINT", "x"), code: "clickhouse.constraint" },
    { error: exception("TOO_MANY_PARTS", "x"), code: "clickhouse.busy" },
    { error: exception("QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING", "x"), code: "clickhouse.busy" },
    { error: exception("MEMORY_LIMIT_EXCEEDED", "x"), code: "clickhouse.memory" },
    { error: exception("NOT_ENOUGH_SPACE", "x"), code: "clickhouse.disk_full" },
    { error: exception("AUTHENTICATION_FAILED", "x"), code: "clickhouse.denied" },
    { error: exception("SOMETHING_NEW", "x"), code: "clickhouse.failed" },
    { error: system("ECONNREFUSED"), code: "clickhouse.unreachable" },
    { error: system("ECONNRESET"), code: "clickhouse.unreachable" },
    { error: new Error("Timeout error."), code: "clickhouse.timeout" },
    { error: new Error("socket hang up"), code: "clickhouse.unreachable" },
    { error: "a text", code: "clickhouse.failed" },
  ])("$error becomes $code", ({ error, code }) => {
    expect(storeErrorOf(error, false)).toMatchObject({ code });
  });

  it("quotes the server's text for a query, never for an insert", () => {
    const error = exception("CANNOT_PARSE_INPUT", "private text");
    expect(storeErrorOf(error, false).message).toContain("private text");
    for (const failure of [error, system("EOTHER"), new Error("private text")]) {
      const translated = storeErrorOf(failure, true);
      expect(`${translated.message} ${translated.stack} ${String(translated.cause)}`).not.toContain(
        "private",
      );
    }
  });

  it("is translated once", () => {
    const error = new StoreError("store.locked", "held");
    expect(storeErrorOf(error, true)).toBe(error);
  });
});
