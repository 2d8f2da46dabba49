import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Api, withApi } from "../fixtures/api/api-harness.ts";
import { withFormats } from "../fixtures/api/conformity.ts";
import { minutes, stored } from "../fixtures/api/stored-alerts.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(60_000);

const idsOf = (body: { items: { alert_id: string }[] }) => body.items.map((item) => item.alert_id);

/** Follows `next_cursor` to the end. */
async function walk(api: Api, query: string, between: () => Promise<void> = async () => {}) {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? "" : `&cursor=${cursor}`;
    const { status, body } = await api.call("get", `/v1/alerts?${query}${next}`);
    expect(status).toBe(200);
    ids.push(...idsOf(body));
    cursor = body.next_cursor;
    await between();
  } while (cursor !== null);
  return ids;
}

describe("GET /v1/alerts", () => {
  it("lists items that the published contract accepts", () =>
    withApi(async (api) => {
      await stored(api, [
        { alert_id: "a-1" },
        { alert_id: "a-2", lane: "policy", e_value: null, agent_id: null, agent_ids: ["x", "y"] },
      ]);
      const schema = readFileSync(
        join(import.meta.dirname, "../fixtures/contract/alert.schema.json"),
        "utf8",
      );
      const ajv = withFormats(new Ajv2020({ allowUnionTypes: true }));
      const validate = ajv.compile(JSON.parse(schema));
      const { body } = await api.call("get", "/v1/alerts");
      expect(body.items).toHaveLength(2);
      for (const item of body.items)
        expect([validate(item), validate.errors]).toEqual([true, null]);
    }));

  it("pages through every alert once, also where times are equal and while new ones come in", () =>
    withApi(async (api) => {
      const changes = Array.from({ length: 25 }, (_, index) => ({
        alert_id: `a-${String(index).padStart(2, "0")}`,
        time: minutes(Math.floor(index / 5)),
      }));
      await stored(api, changes);
      let added = 0;
      const ids = await walk(api, "limit=4", async () => {
        added += 1;
        await stored(api, [{ alert_id: `new-${added}`, time: minutes(100 + added) }]);
      });
      const expected = changes.map(({ alert_id: id }) => id).sort();
      expect([...ids].sort()).toEqual(expected);
      expect(new Set(ids).size).toBe(25);
    }));

  const filtered = [
    { query: "status=open", ids: ["a-3", "a-2"] },
    { query: "status=acknowledged,resolved", ids: ["a-1"] },
    { query: "severity=critical&severity=low", ids: ["a-3", "a-1"] },
    { query: "severity_min=medium", ids: ["a-3", "a-2"] },
    { query: "severity=low&severity_min=high", ids: [] },
    { query: "lane=policy", ids: ["a-3"] },
    { query: "agent_id=agent-3", ids: ["a-3"] },
    { query: "agent_id=agent-1&agent_id=agent-3", ids: ["a-3", "a-2", "a-1"] },
    { query: "detector=subject.canary", ids: ["a-3"] },
    { query: "incident_id=i-1", ids: ["a-3", "a-1"] },
    { query: "incident_id=i-1&lane=policy", ids: ["a-3"] },
    { query: "incident_id=nobody", ids: [] },
    { query: `from=${minutes(2)}`, ids: ["a-3", "a-2"] },
    { query: `from=${minutes(2)}&to=${minutes(2)}`, ids: ["a-2"] },
  ];

  it("filters by effective status, severity, lane, agent, detector, incident and time", () =>
    withApi(async (api) => {
      await stored(api, [
        { alert_id: "a-1", time: minutes(1), severity: "low", incident_id: "i-1" },
        { alert_id: "a-2", time: minutes(2), severity: "medium", incident_id: null },
        {
          alert_id: "a-3",
          time: minutes(3),
          severity: "critical",
          incident_id: "i-1",
          lane: "policy",
          agent_id: "agent-3",
          agent_ids: ["agent-1"],
          detectors: ["subject.canary"],
        },
      ]);
      const read = await api.call("get", "/v1/alerts/a-1");
      await api.call("patch", "/v1/alerts/a-1", {
        body: { status: "acknowledged" },
        headers: { "If-Match": read.headers["etag"] ?? "" },
      });
      const found: typeof filtered = [];
      for (const { query } of filtered) {
        const { body } = await api.call("get", `/v1/alerts?${query}`);
        found.push({ query, ids: idsOf(body) });
      }
      expect(found).toEqual(filtered);
    }));

  it("takes any text as an id: quotes, escapes, control characters and what looks like SQL", () =>
    withApi(async (api) => {
      const ids = [
        "o'neil",
        "a\\'b",
        "tab\tline\nnull\0end",
        '"quoted", [listed]',
        "'] OR 1 = 1 --",
        "{agents:Array(String)}",
        "Zoë 😀",
        "\\N",
        " ",
      ];
      const agents = ids.map((agent, index) => ({ alert_id: `a-${index}`, agent_id: agent }));
      await stored(api, agents);
      for (const { agent_id: agent, alert_id: id } of agents) {
        const { body } = await api.call("get", `/v1/alerts?agent_id=${encodeURIComponent(agent)}`);
        expect([agent, idsOf(body)]).toEqual([agent, [id]]);
      }
      await stored(api, [{ alert_id: "a'\\\n/1" }]);
      const odd = await api.call("get", `/v1/alerts/${encodeURIComponent("a'\\\n/1")}`);
      expect([odd.status, odd.body.alert_id]).toEqual([200, "a'\\\n/1"]);
    }));

  it("refuses a cursor under other filters", () =>
    withApi(async (api) => {
      await stored(api, [{ alert_id: "a-1" }, { alert_id: "a-2" }]);
      const { body } = await api.call("get", "/v1/alerts?limit=1&lane=statistical");
      const other = await api.call("get", `/v1/alerts?limit=1&cursor=${body.next_cursor}`);
      expect([other.status, other.body.code]).toEqual([400, "cursor_mismatch"]);
    }));
});

describe("one alert", () => {
  it("answers 304 while nothing changed, and 200 with another ETag after new evidence", () =>
    withApi(async (api) => {
      await stored(api, [{}]);
      const first = await api.call("get", "/v1/alerts/a-1");
      const etag = first.headers["etag"] ?? "";
      expect(etag).toMatch(/^"[^"]+"$/);
      const headers = { "If-None-Match": etag };
      const again = await api.call("get", "/v1/alerts/a-1", { headers });
      expect([again.status, again.text]).toEqual([304, ""]);
      await stored(api, [{ risk: 99 }], 2);
      const later = await api.call("get", "/v1/alerts/a-1", { headers });
      expect([later.status, later.body.risk]).toEqual([200, 99]);
      expect(later.headers["etag"]).not.toBe(etag);
    }));

  it("needs If-Match to change, refuses a stale one, and answers 404 for an unknown id", () =>
    withApi(async (api) => {
      await stored(api, [{}]);
      const body = { status: "acknowledged" };
      expect((await api.call("patch", "/v1/alerts/a-1", { body })).status).toBe(428);
      const stale = { body, headers: { "If-Match": '"0-0"' } };
      expect((await api.call("patch", "/v1/alerts/a-1", stale)).status).toBe(412);
      expect((await api.call("patch", "/v1/alerts/a-9", stale)).status).toBe(404);
      expect((await api.call("get", "/v1/alerts/a-9")).status).toBe(404);
      expect((await api.call("get", "/v1/alerts/a-9/actions")).status).toBe(404);
    }));

  it("lets one of ten analysts win who decide at once on the same ETag", () =>
    withApi(async (api) => {
      await stored(api, [{}]);
      const { headers } = await api.call("get", "/v1/alerts/a-1");
      const change = { headers: { "If-Match": headers["etag"] ?? "" } };
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          api.call("patch", "/v1/alerts/a-1", { ...change, body: { note: `analyst ${index}` } }),
        ),
      );
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 412)]);
      const { body } = await api.call("get", "/v1/alerts/a-1/actions");
      expect(body.items).toHaveLength(1);
    }));

  it("keeps half a surrogate pair as U+FFFD, as ingest does", () =>
    withApi(async (api) => {
      await stored(api, [{}]);
      const headers = { "If-Match": "*", "Content-Type": "application/json" };
      const body = '{"note":"cut \\ud83d short, whole \\ud83d\\ude00"}';
      expect((await api.call("patch", "/v1/alerts/a-1", { body, headers })).status).toBe(200);
      const { body: history } = await api.call("get", "/v1/alerts/a-1/actions");
      expect(history.items[0].note).toBe("cut \ufffd short, whole 😀");
    }));

  it("keeps what a change does not name and writes each change into the history", () =>
    withApi(async (api) => {
      await stored(api, [{}]);
      const change = async (body: object) => {
        const { headers } = await api.call("get", "/v1/alerts/a-1");
        const etag = headers["etag"] ?? "";
        return api.call("patch", "/v1/alerts/a-1", { body, headers: { "If-Match": etag } });
      };
      await change({ status: "acknowledged", disposition: "malicious" });
      const noted = await change({ note: "called the agent" });
      expect(noted.body).toMatchObject({ status: "acknowledged", disposition: "malicious" });
      await change({ disposition: null });
      const closed = await change({ status: "resolved" });
      expect(closed.body).toMatchObject({ status: "resolved", disposition: "undetermined" });
      const { body } = await api.call("get", "/v1/alerts/a-1/actions");
      expect(body.items).toEqual([
        { sequence: 1, status: "acknowledged", disposition: "malicious", note: null, ...by },
        {
          sequence: 2,
          status: "acknowledged",
          disposition: "malicious",
          note: "called the agent",
          ...by,
        },
        { sequence: 3, status: "acknowledged", disposition: null, note: null, ...by },
        { sequence: 4, status: "resolved", disposition: "undetermined", note: null, ...by },
      ]);
      const read = await api.call("get", "/v1/alerts/a-1");
      expect(read.headers["etag"]).toBe(closed.headers["etag"]);
      expect(read.body).toEqual(closed.body);
    }));
});

const by = { principal: "bootstrap", time: "2026-03-02T12:00:00.000Z" };
