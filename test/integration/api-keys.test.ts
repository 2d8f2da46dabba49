import { keyCacheMsMax } from "../../api/auth/authenticator.ts";
import { hashSecret } from "../../api/auth/keys.ts";
import { type Api, withApi } from "../fixtures/api/api-harness.ts";
import { soon } from "../helpers/audit-store.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(60_000);

const created = async (api: Api, body: object): Promise<{ key_id: string; api_key: string }> => {
  const answer = await api.call("post", "/v1/keys", { body });
  expect(answer.status).toBe(201);
  // The key is new to the authenticator; it reads the table again after this time.
  api.advance(keyCacheMsMax);
  return answer.body;
};

describe("API keys", () => {
  it("are shown once and never stored", () =>
    withApi(async (api) => {
      const key = await created(api, { role: "viewer", name: "dashboard" });
      expect(key.api_key).toMatch(/^dw_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
      const secret = key.api_key.slice(-43);
      const rows = await api.store.reader.query(
        "SELECT key_id, secret_hash, name FROM api_keys",
        {},
      );
      expect(rows).toHaveLength(1);
      expect(JSON.stringify(rows)).not.toContain(secret);
      const listed = await api.call("get", "/v1/keys");
      expect(listed.body.items).toEqual([
        {
          key_id: key.key_id,
          name: "dashboard",
          role: "viewer",
          created_at: "2026-03-02T12:00:00.000Z",
          expires_at: null,
          revoked_at: null,
          created_by: "bootstrap",
          revoked_by: null,
        },
      ]);
      expect(listed.text).not.toContain(secret);
      expect(api.logged()).not.toContain(secret);
    }));

  it("tell who made and who revoked them", () =>
    withApi(async (api) => {
      const { key_id: first, api_key: key } = await created(api, { role: "admin" });
      const made = await api.call("post", "/v1/keys", { key, body: { role: "viewer" } });
      expect(made.body).toMatchObject({ created_by: `key:${first}`, revoked_by: null });
      const ended = await api.call("delete", `/v1/keys/${made.body.key_id}`);
      const whose = { created_by: `key:${first}`, revoked_by: "bootstrap" };
      expect(ended.body).toMatchObject(whose);
      const { body } = await api.call("get", "/v1/keys");
      expect(body.items).toContainEqual(
        expect.objectContaining({ key_id: made.body.key_id, ...whose }),
      );
      expect(body.items).toContainEqual(
        expect.objectContaining({ key_id: first, created_by: "bootstrap", revoked_by: null }),
      );
    }));

  it("open what their role opens", () =>
    withApi(async (api) => {
      const statuses: Record<string, number[]> = {};
      for (const role of ["viewer", "analyst", "admin"]) {
        const { api_key: key } = await created(api, { role });
        const body = { type: "phone", id: "+1" };
        const answers = [
          await api.call("get", "/v1/alerts", { key }),
          await api.call("post", "/v1/subjects/lookup", { key, body }),
          await api.call("get", "/v1/keys", { key }),
        ];
        statuses[role] = answers.map(({ status }) => status);
      }
      expect(statuses).toEqual({
        viewer: [200, 403, 403],
        analyst: [200, 200, 403],
        admin: [200, 200, 200],
      });
      const { api_key: key } = await created(api, { role: "viewer" });
      const { headers, body } = await api.call("get", "/v1/keys", { key });
      expect(body.code).toBe("role_insufficient");
      expect(headers["www-authenticate"]).toContain("insufficient_scope");
    }));

  it("open and close at once in the process that made and revoked them", () =>
    withApi(async (api) => {
      const used = (key: string) => api.call("get", "/v1/alerts", { key });
      const create = async () =>
        (await api.call("post", "/v1/keys", { body: { role: "viewer" } })).body;
      const first = await create();
      expect((await used(first.api_key)).status).toBe(200);
      const second = await create();
      expect((await used(second.api_key)).status).toBe(200);
      await api.call("delete", `/v1/keys/${first.key_id}`);
      expect((await used(first.api_key)).status).toBe(401);
      expect((await used(second.api_key)).status).toBe(200);
    }));

  it("end by revocation within the time that the cache allows", () =>
    withApi(async (api) => {
      const { key_id: id, api_key: key } = await created(api, { role: "viewer" });
      expect((await api.call("get", "/v1/alerts", { key })).status).toBe(200);
      const revoked = await api.call("delete", `/v1/keys/${id}`);
      expect([revoked.status, revoked.body.revoked_at]).not.toContain(null);
      api.advance(keyCacheMsMax);
      expect((await api.call("get", "/v1/alerts", { key })).status).toBe(401);
      const again = await api.call("delete", `/v1/keys/${id}`);
      expect(again.body.revoked_at).toBe(revoked.body.revoked_at);
      expect((await api.call("delete", "/v1/keys/0123456789abcdef")).status).toBe(404);
    }));

  it("are made by the service alone: no row that somebody else put down is a key or changes one", () =>
    withApi(async (api) => {
      const { key_id: id, api_key: key } = await created(api, { role: "viewer" });
      const secret = "A".repeat(43);
      const own = {
        ...{ revision: 9, name: "", role: "admin", created_at: 5, deadline: soon() },
        secret_hash: hashSecret(secret).toString("hex"),
      };
      const forgedId = "0123456789abcdef";
      await api.store.writer.insertRows("api_keys", [
        { ...own, key_id: forgedId, source: "service:made-up" },
        // As a version before the ledger wrote them.
        { ...own, key_id: forgedId, source: "" },
        { ...own, key_id: id, source: "service:made-up" },
        { ...own, key_id: forgedId, source: "service:made-up", role: "of no kind" },
      ]);
      api.advance(keyCacheMsMax);
      const statusOf = async (presented: string) =>
        (await api.call("get", "/v1/alerts", { key: presented })).status;
      expect(await statusOf(`dw_${forgedId}_${secret}`)).toBe(401);
      expect(await statusOf(`dw_${id}_${secret}`)).toBe(401);
      expect(await statusOf(key)).toBe(200);
      const { body } = await api.call("get", "/v1/keys");
      expect(body.items).toMatchObject([{ key_id: id, role: "viewer", revoked_at: null }]);
      await api.call("delete", `/v1/keys/${id}`);
      // The key as it was, MAC and all, at a newer revision or at another place.
      const copied = (changes: string) =>
        api.store.writer.command(`INSERT INTO api_keys SELECT * REPLACE (${changes})
          FROM (SELECT * FROM api_keys WHERE key_id = '${id}' AND revision = 1 LIMIT 1)`);
      await copied("10 AS revision");
      await copied("'service:copy' AS source");
      api.advance(keyCacheMsMax);
      expect(await statusOf(key)).toBe(401);
    }));

  it("end at their expiry", () =>
    withApi(async (api) => {
      const { api_key: key } = await created(api, {
        role: "viewer",
        expires_at: "2026-03-02T13:00:00+00:00",
      });
      api.advance(3_600_000 - 2 * keyCacheMsMax);
      expect((await api.call("get", "/v1/alerts", { key })).status).toBe(200);
      api.advance(keyCacheMsMax);
      expect((await api.call("get", "/v1/alerts", { key })).status).toBe(401);
      const late = { role: "viewer", expires_at: "2026-03-02T12:00:00Z" };
      expect((await api.call("post", "/v1/keys", { body: late })).status).toBe(400);
    }));

  it("refuse every other credential alike", () =>
    withApi(async (api) => {
      const { api_key: key } = await created(api, { role: "viewer" });
      const swapped = `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`;
      const unknown = key.replace(/^dw_[0-9a-f]{16}/, "dw_0123456789abcdef");
      const answers = [];
      for (const bad of [swapped, unknown, "dw_", "x", key.toUpperCase()]) {
        const { status, headers, body } = await api.call("get", "/v1/alerts", { key: bad });
        answers.push([status, headers["www-authenticate"], body.code, body.detail]);
      }
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(answers[0]?.slice(0, 2)).toEqual([
        401,
        'Bearer realm="deskwatch", error="invalid_token"',
      ]);
      const missing = await api.call("get", "/v1/alerts", { key: null });
      expect([missing.status, missing.headers["www-authenticate"]]).toEqual([
        401,
        'Bearer realm="deskwatch"',
      ]);
    }));
});
