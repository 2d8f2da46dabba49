import { randomBytes } from "node:crypto";
import { type Api, adminKey, apiOver, startAt, withApi } from "../fixtures/api/api-harness.ts";
import { cutOff } from "../helpers/audit-store.ts";
import { notaryOf, verify } from "../helpers/ledger.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(120_000);

const from = "2026-03-01T00:00:00.000Z";
const to = "2026-03-02T00:00:00.000Z";
const token = "0f0f0f0f-0000-4000-8000-000000000001";
const range = `from=${from}&to=${to}`;

const reads = async (api: Api, query = ""): Promise<readonly Record<string, unknown>[]> => {
  const { status, body } = await api.call("get", `/v1/reads?${query}`);
  expect(status).toBe(200);
  return body.items;
};

const nobody = {
  ...{ agent_ids: [], session_ids: [], subject_tokens: [], tenants: [] },
  ...{ alert_id: null, incident_id: null },
};
const asked = (route: string, what: object) => ({
  ...{ ...nobody, from: null, to: null, reason: null },
  ...{ principal: "bootstrap", role: "admin", route, authentic: true },
  ...what,
});

/** One of every question that names somebody, in the order in which they are asked. */
const questions = [
  [
    `/v1/events?agent_id=a1&agent_id=a2&${range}`,
    "/v1/events",
    { agent_ids: ["a1", "a2"], from, to },
  ],
  [`/v1/events?session_id=s1&${range}`, "/v1/events", { session_ids: ["s1"], from, to }],
  [
    `/v1/events?subject_token=${token}&${range}`,
    "/v1/events",
    { subject_tokens: [token], from, to },
  ],
  [`/v1/exposure?tenant=t1`, "/v1/exposure", { tenants: ["t1"] }],
  [`/v1/exposure?${range}`, "/v1/exposure", { from, to }],
  ["/v1/exposure/subjects?agent_id=a1", "/v1/exposure/subjects", { agent_ids: ["a1"] }],
  ["/v1/exposure?incident_id=i1", "/v1/exposure", { incident_id: "i1" }],
  [
    `/v1/exposure/subjects?incident_id=i1&${range}`,
    "/v1/exposure/subjects",
    { incident_id: "i1", from, to },
  ],
  ["/v1/alerts?agent_id=a1", "/v1/alerts", { agent_ids: ["a1"] }],
  ["/v1/incidents?agent_id=a1", "/v1/incidents", { agent_ids: ["a1"] }],
  ["/v1/alerts/none", "/v1/alerts/{alert_id}", { alert_id: "none" }],
  ["/v1/incidents/none", "/v1/incidents/{incident_id}", { incident_id: "none" }],
  ["/v1/alerts/none/actions", "/v1/alerts/{alert_id}/actions", { alert_id: "none" }],
  ["/v1/agents/a1/learning", "/v1/agents/{agent_id}/learning", { agent_ids: ["a1"] }],
] as const;

describe("GET /v1/reads", () => {
  it("has every question about somebody, by whom and when, in the ledger", async () => {
    await withApi(async (api) => {
      const ids: unknown[] = [];
      for (const [path] of questions) {
        ids.push((await api.call("get", path)).headers["x-request-id"]);
        api.advance(1_000);
      }
      const found = (await reads(api)).toReversed();
      expect(found).toEqual(
        questions.map(([, route, what], at) => ({
          ...asked(route, what),
          time: new Date(startAt + at * 1_000).toISOString(),
          request_id: ids[at],
        })),
      );
      await notaryOf(api.store).round();
      expect((await verify(api.store)).discrepancies).toEqual([]);
    });
  });

  it("has a look-up by the token alone, and itself", async () => {
    await withApi(async (api) => {
      const id = "+491700000001";
      const lookup = await api.call("post", "/v1/subjects/lookup", {
        body: { type: "phone", id },
      });
      const { subject_token: subject } = lookup.body;
      api.advance(1_000);
      const [own] = await reads(api, `subject_token=${subject}`);
      expect(own).toMatchObject({ route: "/v1/subjects/lookup", subject_tokens: [subject] });
      api.advance(1_000);
      const again = await reads(api, `subject_token=${subject}`);
      expect(again.map(({ route }) => route)).toEqual(["/v1/reads", "/v1/subjects/lookup"]);
      const stored = await api.store.writer.query(
        "SELECT toString(tuple(*)) AS row FROM reads",
        {},
      );
      expect(JSON.stringify(stored)).not.toContain("1700000001");
      expect(api.logged()).not.toContain("1700000001");
    });
  });

  it("has nothing of what tells of nobody in particular or was refused", async () => {
    await withApi(async (api) => {
      const paths = [
        ...["/v1/alerts", "/v1/incidents", "/v1/detectors", "/v1/holds", "/v1/reads", "/metrics"],
        ...[
          `/v1/events?${range}`,
          "/v1/exposure",
          `/v1/exposure?agent_id=a1&from=${to}&to=${from}`,
        ],
        ...["/v1/events?agent_id=a1&from=yesterday", "/v1/alerts?limit=0&agent_id=a1"],
        ...[`/v1/alerts?agent_id=a1&from=${to}&to=${from}`, `/v1/reads?from=${to}&to=${from}`],
        ...["/v1/alerts", "/v1/incidents", "/v1/exposure/subjects", "/v1/reads"].map(
          (path) => `${path}?agent_id=a1&cursor=none`,
        ),
        `/v1/events?agent_id=a1&${range}&cursor=none`,
      ];
      for (const path of paths) await api.call("get", path);
      await api.call("get", "/v1/alerts/none", { key: null });
      expect(await reads(api)).toMatchObject([{ route: "/v1/reads" }]);
    });
  });

  it("has the same question of the same key once a minute, however often it is asked", async () => {
    await withApi(async (api) => {
      const made = await api.call("post", "/v1/keys", { body: { name: "ann", role: "viewer" } });
      const key = made.body.api_key;
      const ask = (options: object) => api.call("get", "/v1/alerts/a", options);
      await Promise.all(Array.from({ length: 9 }, () => ask({})));
      await ask({ key });
      api.advance(59_000);
      await ask({});
      await api.call("get", "/v1/alerts/a/actions");
      api.advance(1_000);
      await ask({});
      const found = (await reads(api, "alert_id=a")).map(({ principal, route }) => ({
        isAnn: principal !== "bootstrap",
        route,
      }));
      const route = "/v1/alerts/{alert_id}";
      expect(found).toEqual([
        { isAnn: false, route },
        { isAnn: false, route: `${route}/actions` },
        expect.objectContaining({ route }),
        expect.objectContaining({ route }),
      ]);
      expect(found.filter(({ isAnn }) => isAnn)).toHaveLength(1);
    });
  });

  it("is filtered, paged newest first, and for admins only", async () => {
    await withApi(async (api) => {
      const made = await api.call("post", "/v1/keys", { body: { name: "ann", role: "viewer" } });
      const { api_key: key, key_id: keyId } = made.body;
      for (const path of ["/v1/exposure?agent_id=a1", "/v1/exposure?agent_id=a2"]) {
        await api.call("get", path, { key });
        api.advance(1_000);
      }
      await api.call("get", "/v1/exposure?agent_id=a1");
      const by = (query: string) =>
        reads(api, query).then((items) =>
          items.map(({ principal, agent_ids: ids }) => [principal, ids]),
        );
      const ann = `key:${keyId}`;
      expect(await by(`principal=${ann}`)).toEqual([
        [ann, ["a2"]],
        [ann, ["a1"]],
      ]);
      const first = await api.call("get", `/v1/reads?principal=${ann}&limit=1`);
      const cursor = encodeURIComponent(first.body.next_cursor);
      const second = await api.call("get", `/v1/reads?principal=${ann}&limit=1&cursor=${cursor}`);
      expect([...first.body.items, ...second.body.items]).toMatchObject([
        { agent_ids: ["a2"] },
        { agent_ids: ["a1"] },
      ]);
      expect(second.body.next_cursor).toBeNull();
      expect((await api.call("get", "/v1/reads", { key })).status).toBe(403);
      api.advance(1_000);
      for (const name of ["alert_id", "incident_id"]) {
        await reads(api, `${name}=a&from=${from}`);
        const [own, ...others] = await reads(api, `${name}=a`);
        expect([own, others]).toMatchObject([{ [name]: "a", from, to: null }, []]);
      }
      const [aboutAnn] = await reads(api, `agent_id=${ann}`);
      expect(aboutAnn).toMatchObject({ route: "/v1/reads", agent_ids: [ann] });
    });
  });

  it("tells what was put among the reads from what the service wrote", async () => {
    await withApi(async (api) => {
      await api.call("get", "/v1/exposure?agent_id=a1");
      const forged = `SELECT * REPLACE (${`'key:ann' AS principal, 7 AS offset, now64(3) + 10 AS deadline`})`;
      await api.store.writer.command(`INSERT INTO reads ${forged} FROM reads`);
      const found = await reads(api);
      expect(found.map(({ principal, authentic }) => [principal, authentic])).toEqual(
        expect.arrayContaining([
          ["bootstrap", true],
          ["key:ann", false],
        ]),
      );
    });
  });
});

describe("a question about somebody", () => {
  it("is not answered unless it is on record", async () => {
    await withStore(async (store) => {
      const api = apiOver(cutOff(store, "reads"));
      const { status, text } = await api.call("get", "/v1/exposure?agent_id=a1");
      expect(status).toBeGreaterThanOrEqual(500);
      expect(text).not.toContain("total");
      expect((await api.call("get", "/v1/alerts")).status).toBe(200);
    });
  });

  it("takes its place in one chain with all that are asked at once", async () => {
    await withApi(async (api) => {
      const names = Array.from({ length: 120 }, () => randomBytes(4).toString("hex"));
      await Promise.all(
        names.map((name) => api.call("get", `/v1/exposure?agent_id=${name}`, { key: adminKey })),
      );
      const found = await reads(api, "limit=200");
      const agents = found.flatMap(({ agent_ids: ids }) => ids as string[]);
      expect(agents.toSorted()).toEqual(names.toSorted());
      const links = await api.store.writer.query(
        "SELECT count() AS links, uniqExact(source) AS chains FROM ledger",
        {},
      );
      const [{ links: count, chains }] = links as [{ links: number; chains: number }];
      expect(Number(chains)).toBe(1);
      expect(Number(count)).toBeLessThan(names.length);
      await notaryOf(api.store).round();
      expect((await verify(api.store)).discrepancies).toEqual([]);
    });
  });
});
