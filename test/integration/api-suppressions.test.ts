import { keyCacheMsMax } from "../../api/auth/authenticator.ts";
import { listedMax } from "../../detectors/store/suppression-store.ts";
import { suppressionsInForceMax } from "../../detectors/suppression/suppression.ts";
import { type Api, startAt, withApi } from "../fixtures/api/api-harness.ts";
import { foundIn } from "../helpers/retention.ts";
import { suppressionsOf } from "../helpers/suppressions.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(120_000);

const day = 86_400_000;
const later = (ms: number) => new Date(startAt + ms).toISOString();
const wanted = { agent_id: "a1", reason: "migration 7", expires_at: later(day) };
const create = (api: Api, body: object) => api.call("post", "/v1/suppressions", { body });

/** Of somebody who may write to the database, without the service's key. */
const forge = (api: Api, columns: object) =>
  api.store.writer.insertRows("suppressions", [
    {
      ...{ suppression_id: "forged", revision: 1, detectors: "", agent_id: "a1", reason: "r" },
      ...{ subject_token: "", tenant: "", team: "", principal: "ann", mac: "1:00" },
      ...{ created_at: startAt, expires_at: startAt + day, revoked_at: null },
      ...{ source: "service:made-up", partition: 0, offset: 0, deadline: Date.parse("2100-01-01") },
      ...columns,
    },
  ]);

describe("suppressions over the API", () => {
  it("are created, read, listed by state and revoked, each as a part of the ledger", () =>
    withApi(async (api) => {
      const made = await create(api, { ...wanted, detectors: ["canary", "breadth", "canary"] });
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({
        state: "in_force",
        detectors: ["breadth", "canary"],
        agent_id: "a1",
        subject_token: null,
        tenant: null,
        team: null,
        reason: "migration 7",
        created_by: "bootstrap",
        created_at: "2026-03-02T12:00:00.000Z",
        expires_at: "2026-03-03T12:00:00.000Z",
        revoked_at: null,
        revoked_by: null,
      });
      api.advance(1_000);
      const short = await create(api, { tenant: "t1", reason: "r", expires_at: later(2_000) });
      api.advance(1_000);
      const { suppression_id: id } = made.body;
      const revoked = await api.call("delete", `/v1/suppressions/${id}`);
      expect(revoked.body).toMatchObject({ state: "revoked", revoked_at: later(2_000) });
      expect(revoked.body.revoked_by).toBe("bootstrap");
      api.advance(1_000);
      expect((await api.call("delete", `/v1/suppressions/${id}`)).body).toEqual(revoked.body);
      expect((await api.call("get", `/v1/suppressions/${id}`)).body).toEqual(revoked.body);
      const of = async (query: string) =>
        (await api.call("get", `/v1/suppressions${query}`)).body.items.map(
          (one: { suppression_id: string }) => one.suppression_id,
        );
      expect(await of("")).toEqual([short.body.suppression_id, id]);
      expect(await of("?state=expired")).toEqual([short.body.suppression_id]);
      expect(await of("?state=in_force")).toEqual([]);
      expect((await api.call("delete", "/v1/suppressions/0123456789abcdef")).status).toBe(404);
      expect(await foundIn(api.store)).toEqual([]);
    }));

  it("are refused without scope, reason or an expiry that is near, and of detectors that are none", () =>
    withApi(async (api) => {
      const { agent_id: _, ...bare } = wanted;
      const { expires_at: __, ...endless } = wanted;
      const wrong = [
        bare,
        endless,
        { ...wanted, reason: "" },
        { ...wanted, expires_at: later(-1) },
        { ...wanted, expires_at: later(90 * day + 1) },
        { ...wanted, detectors: [] },
        { ...wanted, detectors: ["canari"] },
        { ...wanted, subject_token: "+15555550100" },
        { ...wanted, agent: "a1" },
      ];
      for (const body of wrong) {
        expect({ body, status: (await create(api, body)).status }).toEqual({ body, status: 400 });
      }
      expect((await create(api, { ...wanted, expires_at: later(90 * day) })).status).toBe(201);
    }));

  it("are an analyst's to make and to end, and a viewer's to see", () =>
    withApi(async (api) => {
      const keyOf = async (role: string): Promise<string> =>
        (await api.call("post", "/v1/keys", { body: { role } })).body.api_key;
      const [viewer, analyst] = [await keyOf("viewer"), await keyOf("analyst")];
      api.advance(keyCacheMsMax);
      const post = (key: string) => api.call("post", "/v1/suppressions", { key, body: wanted });
      expect((await post(viewer)).status).toBe(403);
      const made = await post(analyst);
      expect(made.body.created_by).toMatch(/^key:/);
      const path = `/v1/suppressions/${made.body.suppression_id}`;
      expect((await api.call("delete", path, { key: viewer })).status).toBe(403);
      expect((await api.call("get", path, { key: viewer })).status).toBe(200);
      expect((await api.call("delete", path, { key: analyst })).body.state).toBe("revoked");
    }));

  it("count only as the service wrote them; an end counts whoever wrote it, and either is found", () =>
    withApi(async (api) => {
      const { body } = await create(api, wanted);
      const inForce = async () =>
        (await suppressionsOf(api.store).within(startAt, startAt)).map(
          ({ agentId, revokedAt }) => ({
            agentId,
            revokedAt,
          }),
        );
      await forge(api, {});
      expect(await inForce()).toEqual([{ agentId: "a1", revokedAt: null }]);
      expect(await foundIn(api.store)).toEqual([["rows_unlinked", "suppressions", 0, 1]]);
      await forge(api, { suppression_id: body.suppression_id, offset: 1, revoked_at: startAt + 5 });
      expect(await inForce()).toEqual([{ agentId: "a1", revokedAt: startAt + 5 }]);
      const change = "ALTER TABLE suppressions UPDATE expires_at = expires_at + 3600";
      await api.store.writer.command(
        `${change} WHERE source != 'service:made-up' SETTINGS mutations_sync = 2`,
      );
      expect(await inForce()).toEqual([]);
      const found = (await foundIn(api.store)).map(([kind, table]) => `${kind} ${table}`);
      expect(found).toContain("range_differs suppressions");
    }));

  it("are so few that somebody can know them", () =>
    withApi(async (api) => {
      for (let n = 0; n < suppressionsInForceMax; n += 1) {
        expect((await create(api, wanted)).status).toBe(201);
      }
      expect((await create(api, wanted)).status).toBe(409);
      api.advance(day);
      const next = { ...wanted, expires_at: later(2 * day) };
      expect((await create(api, next)).status).toBe(201);
    }));

  it("stay revoked whatever number of newer ones is stored", () =>
    withApi(async (api) => {
      const { suppression_id: id } = (await create(api, wanted)).body;
      await api.call("delete", `/v1/suppressions/${id}`);
      const inForce = async () =>
        (await suppressionsOf(api.store).within(startAt, startAt)).filter(
          ({ suppressionId, revokedAt }) => suppressionId === id && revokedAt === null,
        );
      expect(await inForce()).toEqual([]);
      // The limit of rows lies between the two of this one.
      await api.store.writer.command(
        `INSERT INTO suppressions (suppression_id, revision, agent_id, reason, created_at, expires_at,
            source, offset, deadline)
          SELECT concat('-', toString(number)), 1, 'a2', 'r', own.created_at, own.expires_at,
            'service:made-up', number, now64(3) + 60
          FROM (SELECT * FROM suppressions WHERE revision = 1) AS own
          CROSS JOIN numbers(${2 * listedMax - 1}) AS many`,
      );
      expect(await inForce()).toEqual([]);
    }));
});
