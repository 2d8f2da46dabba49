import { keysMax } from "../../../api/auth/keys.ts";
import { pageEnd } from "../../../api/paging.ts";
import type { Store } from "../../../ingest/clickhouse/client.ts";
import { StoreError, type StoreErrorCode } from "../../../ingest/clickhouse/store-error.ts";
import { adminKey, apiOver, noStore } from "../../fixtures/api/api-harness.ts";

const api = apiOver(noStore);

describe("requests that are not as documented", () => {
  it.each([
    { query: "limit=0", parameter: "limit" },
    { query: "limit=201", parameter: "limit" },
    { query: "limit=many", parameter: "limit" },
    { query: "status=closed", parameter: "status" },
    { query: "severity=worst", parameter: "severity" },
    { query: "from=yesterday", parameter: "from" },
    { query: "from=2026-03-02T10:00:00", parameter: "from" },
    { query: "agent=agent-1", parameter: "agent" },
    { query: "cursor=abc", parameter: "cursor" },
    { query: "lane=policy&lane=nowhere", parameter: "lane" },
  ])("refuses $query and names the parameter", async ({ query, parameter }) => {
    const { status, body } = await api.call("get", `/v1/alerts?${query}`);
    expect(status).toBe(400);
    expect(body.errors[0].parameter).toBe(parameter);
  });

  it.each([
    { body: {}, pointer: "" },
    { body: { status: "closed" }, pointer: "/status" },
    { body: { status: null }, pointer: "/status" },
    { body: { disposition: "guilty" }, pointer: "/disposition" },
    { body: { note: "" }, pointer: "/note" },
    { body: { state: "open" }, pointer: "/state" },
    { body: [], pointer: "" },
  ])("refuses the change $body", async ({ body, pointer }) => {
    const headers = { "If-Match": "*", "Content-Type": "application/merge-patch+json" };
    const answer = await api.call("patch", "/v1/alerts/a-1", { body, headers });
    expect([answer.status, answer.body.code]).toEqual([400, "invalid_body"]);
    expect(answer.body.errors[0].pointer).toBe(pointer);
  });

  it.each([
    { path: "/v1/nothing", method: "get", status: 404, code: "not_found" },
    { path: "/", method: "get", status: 404, code: "not_found" },
    { path: "/v1/alerts/%ZZ", method: "get", status: 400, code: "invalid_url" },
    { path: "/v1/exposure?agent_id=J%F6rg", method: "get", status: 400, code: "invalid_url" },
    { path: "/v1/alerts?agent_id=100%", method: "get", status: 400, code: "invalid_url" },
    { path: "/v1/alerts", method: "delete", status: 405, code: "method_not_allowed" },
    { path: "/metrics", method: "post", status: 405, code: "method_not_allowed" },
    { path: "/v1/exposure", method: "get", status: 400, code: "invalid_parameter" },
    {
      path: "/v1/exposure?from=2026-03-02T00:00:00Z",
      method: "get",
      status: 400,
      code: "invalid_parameter",
    },
    { path: "/v1/exposure/subjects", method: "get", status: 400, code: "invalid_parameter" },
    { path: "/v1/events?agent_id=a", method: "get", status: 400, code: "invalid_parameter" },
    { path: "/v1/detectors?limit=3", method: "get", status: 400, code: "invalid_parameter" },
  ] as const)("answers $method $path with $status", async ({ path, method, status, code }) => {
    const answer = await api.call(method, path);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    expect(answer.body.instance).toBe(`urn:uuid:${answer.headers["x-request-id"]}`);
  });

  it.each([
    { path: "/v1/holds", body: { agent_id: "a-1" } },
    { path: "/v1/suppressions", body: { agent_id: "a-1", expires_at: "2026-03-03T00:00:00Z" } },
  ])("takes blanks for no reason: $path", async ({ path, body: wanted }) => {
    const answer = await api.call("post", path, { body: { ...wanted, reason: " \n\u2003" } });
    const errors = [{ pointer: "/reason", detail: "expected a reason, not only blanks" }];
    expect([answer.status, answer.body.errors]).toEqual([400, errors]);
  });

  it("says that no more keys are taken", async () => {
    const row = {
      ...{ revision: 1, name: "", role: "viewer", secret_hash: "0".repeat(64), created: 1 },
      ...{ expires: null, revoked: null, changer: "", source: "service:a", own: [] },
    };
    const rows = Array.from({ length: keysMax }, (_, at) => ({
      ...row,
      ...{ key_id: at.toString(16).padStart(16, "0"), offset: at },
    }));
    const full = { ...noStore, reader: { query: async () => rows } };
    const statementMac = { isAuthentic: () => true };
    const crowded = apiOver(full, {}, { statementMac });
    const { status, body } = await crowded.call("post", "/v1/keys", { body: { role: "viewer" } });
    expect([status, body.code]).toEqual([409, "limit_reached"]);
  });

  it("names the methods that a path answers", async () => {
    const refused = await api.call("put", "/v1/alerts/a-1");
    expect(refused.headers["allow"]).toBe("GET, HEAD, PATCH, OPTIONS");
    const asked = await api.call("options", "/v1/alerts/a-1");
    expect([asked.status, asked.headers["allow"]]).toEqual([204, "GET, HEAD, PATCH, OPTIONS"]);
  });

  it.each([
    { why: "text", type: "text/plain", body: "+41790000000", status: 415 },
    { why: "no type", type: "application/octet-stream", body: "x", status: 415 },
    { why: "broken JSON", type: "application/json", body: '{"id":"+41790000000"', status: 400 },
    {
      why: "too large",
      type: "application/json",
      body: `{"id":"${"4".repeat(70_000)}"}`,
      status: 413,
    },
    { why: "no body", type: "application/json", body: "", status: 400 },
    { why: "wrong encoding", type: "application/json; charset=klingon", body: "{}", status: 415 },
    {
      why: "other type",
      type: "application/json",
      body: '{"type":"telephone","id":"four one"}',
      status: 400,
    },
  ])("refuses a body ($why) and repeats nothing of it", async ({ type, body, status }) => {
    const headers = { "Content-Type": type };
    const answer = await api.call("post", "/v1/subjects/lookup", { body, headers });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toMatch(/4179|4444|four one|stack|at .*\.ts/);
    expect(api.logged()).not.toMatch(/4179|4444|four one/);
  });

  it("refuses a cursor of another list, whose rows stand in another order", async () => {
    const range = "from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z";
    const lists = ["/v1/alerts", "/v1/reads"];
    const filters = { agent_id: ["a-1"], from: 1_790_812_800_000, to: 1_793_491_200_000 };
    const cursor = pageEnd({
      ...{ list: "/v1/events", filters, limit: 1, found: [1, 2] },
      placeOf: (row) => [row, "a"],
    }).nextCursor;
    for (const list of lists) {
      const path = `${list}?agent_id=a-1&${range}&cursor=${cursor}`;
      const { status, body } = await api.call("get", path);
      expect([list, status, body.code]).toEqual([list, 400, "cursor_mismatch"]);
    }
  });

  it.each([
    "/v1/alerts?",
    "/v1/events?agent_id=a-1&",
    "/v1/exposure?agent_id=a-1&",
    "/v1/exposure?",
    "/v1/exposure/subjects?agent_id=a-1&",
  ])("refuses a range that ends before it begins, which would read as nobody: %s", async (path) => {
    const range = "from=2026-11-01T00:00:00Z&to=2026-10-01T00:00:00Z";
    const { status, body } = await api.call("get", `${path}${range}`);
    const errors = [{ parameter: "to", detail: "expected a time not before `from`" }];
    expect([status, body.errors]).toEqual([400, errors]);
  });

  it("repeats no value of a query, a path or a header, not even in its log", async () => {
    for (const path of [
      "/v1/alerts?from=%2B41790000001",
      "/v1/%2B41790000001",
      "/v1/alerts?%2B41790000001=1",
    ]) {
      const answer = await api.call("get", path, { headers: { "X-Any": "+41790000001" } });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toContain("41790000001");
    }
    expect(api.logged()).not.toContain("41790000001");
    expect(api.logged()).toContain('"route":"/v1/alerts"');
  });

  it("answers 500 without a word of the failure, and logs its cause under the request's id", async () => {
    const answer = await api.call("get", "/v1/alerts");
    expect([answer.status, answer.body.code]).toEqual([500, "internal"]);
    expect(answer.text).not.toContain("the store was asked");
    expect(api.logged()).toContain("the store was asked");
    expect(api.logged()).toContain(answer.headers["x-request-id"]);
  });

  it("sends the headers that keep browsers and caches honest", async () => {
    const { headers } = await api.call("get", "/v1/detectors", { key: adminKey });
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["content-security-policy"]).toContain("default-src 'self'");
    expect(headers["cache-control"]).toBe("private, no-cache");
    expect(headers["x-powered-by"]).toBeUndefined();
  });
});

describe("a store that does not answer", () => {
  const failing = (code: StoreErrorCode): Store => {
    const query = async () => {
      throw new StoreError(code, "ClickHouse says no");
    };
    return { ...noStore, reader: { query } };
  };

  it.each([
    ["clickhouse.timeout", 503],
    ["clickhouse.unreachable", 503],
    ["clickhouse.busy", 503],
    ["clickhouse.unknown_name", 500],
    ["store.row_shape", 500],
  ] as const)("as %s is answered with %s, for stored keys too", async (code, status) => {
    const stored = `dw_0123456789abcdef_${"A".repeat(43)}`;
    for (const key of [adminKey, stored]) {
      const answer = await apiOver(failing(code)).call("get", "/v1/alerts", { key });
      expect(answer.status).toBe(status);
      expect(answer.headers["retry-after"]).toBe(status === 503 ? "5" : undefined);
      expect(answer.text).not.toContain("says no");
    }
  });
});
