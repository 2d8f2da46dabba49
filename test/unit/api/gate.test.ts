import { setImmediate } from "node:timers/promises";
import { requestsMax } from "../../../api/room.ts";
import { adminKey, apiOver, noStore } from "../../fixtures/api/api-harness.ts";

const open = ["/livez", "/readyz", "/openapi.json", "/metrics"];

describe("the gate", () => {
  it("asks for a key on every route that the document does not call open", async () => {
    const api = apiOver(noStore);
    const { body: document } = await api.call("get", "/openapi.json", { key: null });
    const refused: string[] = [];
    const passed: string[] = [];
    for (const [path, operations] of Object.entries<object>(document.paths)) {
      for (const method of Object.keys(operations) as ("get" | "post" | "patch" | "delete")[]) {
        const { status } = await api.call(method, path.replaceAll(/[{}]/g, ""), { key: null });
        (status === 401 ? refused : passed).push(path);
      }
    }
    expect([...passed].sort()).toEqual([...open].sort());
    expect(refused.length).toBeGreaterThanOrEqual(12);
  });

  it("leads to nothing but operations in a process that does not serve", async () => {
    const api = apiOver(noStore, {}, { scope: "operations" });
    const { body } = await api.call("get", "/openapi.json", { key: null });
    expect(Object.keys(body.paths).sort()).toEqual([...open].sort());
    expect((await api.call("get", "/v1/alerts")).status).toBe(404);
  });

  it("asks for a key on /metrics when it is told to", async () => {
    const api = apiOver(noStore, { metricsRequireKey: true });
    expect((await api.call("get", "/metrics", { key: null })).status).toBe(401);
    expect((await api.call("get", "/metrics")).status).toBe(200);
  });

  it("takes no key at all for an empty bootstrap key", async () => {
    const api = apiOver(noStore, { bootstrapApiKey: "" });
    for (const key of ["", " ", adminKey]) {
      expect((await api.call("get", "/v1/detectors", { key })).status).toBe(401);
    }
  });

  it("limits each key by itself, guesses by address, and says when to come back", async () => {
    const api = apiOver(noStore, { rateLimitPerMinute: 3 });
    const statuses = async (key: string | null) => {
      const found = [];
      for (let index = 0; index < 4; index += 1) {
        found.push(await api.call("get", "/v1/detectors", { key }));
      }
      return found;
    };
    const guesses = await statuses("guess");
    expect(guesses.map(({ status }) => status)).toEqual([401, 401, 401, 429]);
    const good = await statuses(adminKey);
    expect(good.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(good[3]?.body.code).toBe("rate_limited");
    expect(Number(good[3]?.headers["retry-after"])).toBeGreaterThan(0);
    expect(good[0]?.headers["ratelimit"]).toMatch(/^"3-in-1min"; r=2; t=\d+$/);
    expect((await api.call("get", "/livez", { key: null })).status).toBe(200);
  });

  it("lets in as many as it can answer at once, and those who watch it always", async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let asked = 0;
    const query = async () => {
      asked += 1;
      await held;
      return [];
    };
    const api = apiOver({ ...noStore, reader: { query } });
    const first = Array.from({ length: requestsMax }, () => api.call("get", "/v1/alerts"));
    while (asked < requestsMax) await setImmediate();
    const refused = await api.call("get", "/v1/alerts");
    expect([refused.status, refused.body.code]).toEqual([503, "overloaded"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await api.call("get", "/livez", { key: null })).status).toBe(200);
    letGo();
    expect(new Set((await Promise.all(first)).map(({ status }) => status))).toEqual(new Set([200]));
    expect((await api.call("get", "/v1/alerts")).status).toBe(200);
    expect(await api.metrics()).toMatch(
      /requests_total\{route="\/v1\/alerts".*status_class="5xx"\} 1/,
    );
  });

  it("is not ready while a check fails, and alive all the same", async () => {
    const checks = [
      { name: "clickhouse", ok: true, detail: "answers" },
      { name: "kafka", ok: false, detail: "group not joined" },
    ];
    const api = apiOver(noStore, {}, { readiness: async () => checks });
    const ready = await api.call("get", "/readyz", { key: null });
    expect([ready.status, ready.body]).toEqual([503, { status: "not_ready", checks }]);
    expect((await api.call("get", "/livez", { key: null })).status).toBe(200);
  });
});
