import fc from "fast-check";
import type { Store } from "../../../ingest/clickhouse/client.ts";
import { apiOver, noStore } from "../../fixtures/api/api-harness.ts";

jest.setTimeout(60_000);

/** Holds nothing and takes everything. */
const emptyStore: Store = {
  ...noStore,
  reader: { query: async () => [] },
  writer: {
    ...noStore.writer,
    query: async () => [],
    insert: async () => {},
    insertRows: async () => {},
  },
};
// The client of the tests fails on any answer that the OpenAPI document does not describe.
const api = apiOver(emptyStore);

const paths = [
  "/v1/alerts",
  "/v1/alerts/a-1",
  "/v1/alerts/a-1/actions",
  "/v1/events",
  "/v1/exposure",
  "/v1/exposure/subjects",
  "/v1/detectors",
  "/v1/keys",
] as const;

const instants = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
const values = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.constantFrom("open", "high", "policy", "search", "access", "200", "0", "-1", "1e2", "NaN", ""),
  fc.constantFrom("2026-03-02T10:00:00Z", "2026-03-02T10:00:00+24:00", "9999-12-31T23:59:59Z"),
  fc.uuid(),
  instants,
);
const names = fc.oneof(
  fc.constantFrom(
    "status",
    "severity",
    "severity_min",
    "lane",
    "agent_id",
    "session_id",
    "detector",
  ),
  fc.constantFrom("from", "to", "limit", "cursor", "kind", "action", "subject_token", "tenant"),
  fc.constantFrom("exposed", "__proto__", "constructor", "toString"),
  fc.string({ maxLength: 20 }),
);
/** Half of the requests have what a list needs, so that the other parameters get their turn. */
const queries = fc
  .tuple(fc.array(fc.tuple(names, values), { maxLength: 5 }), fc.boolean())
  .map(([pairs, bounded]) => {
    const given = new URLSearchParams(pairs);
    if (bounded) {
      given.append("agent_id", "agent-1");
      if (!given.has("from")) given.append("from", "2026-03-02T00:00:00Z");
      if (!given.has("to")) given.append("to", "2026-03-03T00:00:00Z");
    }
    return given.toString();
  });

it("whatever the query, a read is answered as documented and never with a failure", async () => {
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), queries, async (path, query) => {
      const { status } = await api.call("get", `${path}?${query}`);
      seen.add(status);
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
  expect([...seen].sort()).toEqual([200, 400, 404]);
});

it("whatever the body, a change is answered as documented and never with a failure", async () => {
  const targets = fc.constantFrom(
    ["patch", "/v1/alerts/a-1"] as const,
    ["post", "/v1/keys"] as const,
    ["post", "/v1/subjects/lookup"] as const,
  );
  const nearly = fc.record(
    {
      status: fc.oneof(fc.constant("resolved"), fc.jsonValue()),
      role: fc.oneof(fc.constant("viewer"), fc.jsonValue()),
      type: fc.oneof(fc.constant("phone"), fc.jsonValue()),
      id: fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue()),
      name: fc.string(),
    },
    { requiredKeys: [] },
  );
  const bodies = fc.oneof(
    fc.constant('{"role":"viewer"}'),
    fc.string({ unit: "binary" }),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    nearly.map((value) => JSON.stringify(value)),
  );
  const seen = new Set<number>();
  const types = fc.constantFrom("application/json", "application/merge-patch+json", "text/plain");
  await fc.assert(
    fc.asyncProperty(targets, bodies, types, async ([method, path], body, type) => {
      const headers = { "Content-Type": type, "If-Match": "*" };
      const { status } = await api.call(method, path, { body, headers });
      seen.add(status);
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
  expect([...seen]).toEqual(expect.arrayContaining([201, 400, 415]));
});
