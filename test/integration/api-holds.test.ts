import { keyCacheMsMax } from "../../api/auth/authenticator.ts";
import { statementsAtOnceMax } from "../../ingest/ledger/statement.ts";
import { holdsMax } from "../../ingest/retention/legal-holds.ts";
import { type Api, withApi } from "../fixtures/api/api-harness.ts";
import { statementsOf } from "../helpers/ledger.ts";
import { foundIn } from "../helpers/retention.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(60_000);

const token = "01234567-89ab-cdef-0123-456789abcdef";
const place = (api: Api, body: object) => api.call("post", "/v1/holds", { body });

describe("legal holds over the API", () => {
  it("are placed, listed and released, each as a part of the ledger", () =>
    withApi(async (api) => {
      const from = "2026-01-01T00:00:00.000Z";
      const placed = await place(api, { agent_id: "a1", from, reason: "case 7" });
      expect(placed.status).toBe(201);
      expect(placed.body).toMatchObject({
        agent_id: "a1",
        subject_token: null,
        from,
        to: null,
        reason: "case 7",
        principal: "bootstrap",
        placed_at: "2026-03-02T12:00:00.000Z",
        released_at: null,
      });
      api.advance(1_000);
      expect((await place(api, { subject_token: token, reason: "case 8" })).status).toBe(201);
      const { hold_id: id } = placed.body;
      api.advance(1_000);
      const released = await api.call("delete", `/v1/holds/${id}`);
      expect(released.body.released_at).toBe("2026-03-02T12:00:02.000Z");
      const again = await api.call("delete", `/v1/holds/${id}`);
      expect(again.body).toEqual(released.body);
      const { body } = await api.call("get", "/v1/holds");
      expect(body.items).toMatchObject([
        { agent_id: null, subject_token: token, released_at: null },
        { hold_id: id, released_at: "2026-03-02T12:00:02.000Z" },
      ]);
      expect(await foundIn(api.store)).toEqual([]);
      expect((await api.call("delete", "/v1/holds/0123456789abcdef")).status).toBe(404);
    }));

  it("are refused where they name nobody, two, or a range that ends before it begins", () =>
    withApi(async (api) => {
      const range = { from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" };
      const wrong = [
        { reason: "case 7" },
        { agent_id: "a1", subject_token: token, reason: "case 7" },
        { agent_id: "a1" },
        { agent_id: "a1", reason: "" },
        { subject_token: "+15555550100", reason: "case 7" },
        { agent_id: "a1", ...range, reason: "case 7" },
      ];
      for (const body of wrong) {
        expect({ body, status: (await place(api, body)).status }).toEqual({ body, status: 400 });
      }
      expect((await api.call("get", "/v1/holds")).body.items).toEqual([]);
    }));

  it("are as many as are kept, and the next one is told why it is refused", () =>
    withApi(async (api) => {
      const ids = Array.from({ length: holdsMax }, (_, at) => `held-${at}`);
      for (let at = 0; at < ids.length; at += statementsAtOnceMax) {
        const some = ids.slice(at, at + statementsAtOnceMax);
        const rows = some.map((id) => [id, 1, "a1", "", null, null, "case 7", "key:k", 5, null]);
        await statementsOf(api.store).appendAll("legal_holds", rows);
      }
      const refused = await place(api, { agent_id: "a1", reason: "case 7" });
      expect([refused.status, refused.body.code]).toEqual([409, "limit_reached"]);
    }));

  it("are for administrators only", () =>
    withApi(async (api) => {
      const { body } = await api.call("post", "/v1/keys", { body: { role: "analyst" } });
      api.advance(keyCacheMsMax);
      const key = body.api_key;
      const hold = { agent_id: "a1", reason: "case 7" };
      const answers = [
        await api.call("get", "/v1/holds", { key }),
        await api.call("post", "/v1/holds", { key, body: hold }),
        await api.call("delete", "/v1/holds/x", { key }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    }));
});
