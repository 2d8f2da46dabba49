/** Raw identifiers over the API: who revealed whom, why, and that the erased stay erased. */
import { keyCacheMsMax } from "../../api/auth/authenticator.ts";
import { type Api, apiOver, withApi } from "../fixtures/api/api-harness.ts";
import { cutOff, mixture } from "../helpers/audit-store.ts";
import { foundIn, write } from "../helpers/retention.ts";
import { withStore } from "../helpers/store.ts";
import { annToken, bobToken, rowsOf } from "../helpers/subjects.ts";

jest.setTimeout(120_000);

const unknown = "0f0f0f0f-0000-4000-8000-000000000001";
const ask = (api: Api, path: string, tokens: readonly string[], key?: string) =>
  api.call("post", `/v1/subjects/${path}`, {
    body: { subject_tokens: tokens, reason: "breach 4, notice" },
    ...(key === undefined ? {} : { key }),
  });
const withMixture = (body: (api: Api) => Promise<void>) =>
  withApi(async (api) => {
    await write(api.store, "kafka:a", mixture);
    await body(api);
  });
const ann = { subject_token: annToken, state: "revealed", type: "phone", id: "+15550100" };
const hidden = (token: string, state: string) => ({
  ...{ subject_token: token, state },
  ...{ type: null, id: null },
});

async function keyOf(api: Api, role: string): Promise<string> {
  const { body } = await api.call("post", "/v1/keys", { body: { role } });
  api.advance(keyCacheMsMax);
  return body.api_key;
}

describe("POST /v1/subjects/reveal", () => {
  it("gives type and identifier of each, and is listed with who asked and why", () =>
    withMixture(async (api) => {
      const key = await keyOf(api, "analyst");
      const { status, body, headers } = await ask(api, "reveal", [unknown, annToken], key);
      expect(status).toBe(200);
      expect(body.items).toEqual([hidden(unknown, "unknown"), ann]);
      expect(headers["cache-control"]).toBe("no-store");
      const reads = await api.call("get", `/v1/reads?subject_token=${annToken}`);
      expect(reads.body.items).toMatchObject([
        {
          request_id: headers["x-request-id"],
          principal: `key:${key.split("_")[1]}`,
          route: "/v1/subjects/reveal",
          subject_tokens: [unknown, annToken],
          reason: "breach 4, notice",
          authentic: true,
        },
      ]);
      expect(await foundIn(api.store)).toEqual([]);
    }));

  it("leaves no identifier in the log, the metrics or the store", () =>
    withMixture(async (api) => {
      await ask(api, "reveal", [annToken, bobToken]);
      await ask(api, "erase", [annToken]);
      const tables = ["reads", "erasures"].map(
        (table) => `SELECT toString(tuple(*)) FROM ${table}`,
      );
      const stored = await api.store.reader.query(tables.join(" UNION ALL "), {});
      const said = [api.logged(), await api.metrics(), JSON.stringify(stored)];
      for (const text of said) expect(text).not.toMatch(/5550100|example\.com/);
      expect(await api.metrics()).toContain('route="/v1/subjects/reveal"');
    }));

  it("reveals nobody unless it is on record", () =>
    withStore(async (store) => {
      await write(store, "kafka:a", mixture);
      const { status, text } = await ask(apiOver(cutOff(store, "reads")), "reveal", [annToken]);
      expect(status).toBeGreaterThanOrEqual(500);
      expect(text).not.toContain("5550100");
    }));

  it("tells of a key that is altered, and reveals the others", () =>
    withMixture(async (api) => {
      await api.store.writer.command(
        `ALTER TABLE identities UPDATE wrapped_key = 'AAAAAAAAAAAAAAAAAAAAAA=='
          WHERE subject_token = toUUID('${bobToken}') SETTINGS mutations_sync = 2`,
      );
      const { body } = await ask(api, "reveal", [bobToken, annToken]);
      expect(body.items).toEqual([hidden(bobToken, "unreadable"), ann]);
    }));
});

describe("POST /v1/subjects/erase", () => {
  it("erases for good, is listed, and is told instead of an identifier", () =>
    withMixture(async (api) => {
      const erased_at = "2026-03-02T12:00:00.000Z";
      const erased = { subject_token: annToken, state: "erased", erased_at };
      const first = await ask(api, "erase", [annToken, unknown]);
      expect(first.body.items).toEqual([
        erased,
        { subject_token: unknown, state: "unknown", erased_at: null },
      ]);
      api.advance(1_000);
      expect((await ask(api, "erase", [annToken])).body.items).toEqual([erased]);
      expect((await ask(api, "erase", [bobToken])).body.items).toMatchObject([
        { state: "erased", erased_at: "2026-03-02T12:00:01.000Z" },
      ]);
      expect(await rowsOf(api.store)).toEqual({ rows: 1, keys: 0 });
      expect((await ask(api, "reveal", [annToken])).body.items).toEqual([
        hidden(annToken, "erased"),
      ]);
      const list = "/v1/subjects/erasures";
      const one = await api.call("get", `${list}?limit=1`);
      expect(one.body.items).toMatchObject([{ subject_token: bobToken }]);
      const cursor = encodeURIComponent(one.body.next_cursor);
      const next = await api.call("get", `${list}?limit=1&cursor=${cursor}`);
      const stated = { subject_token: annToken, erased_at, reason: "breach 4, notice" };
      const own = { ...stated, principal: "bootstrap", authentic: true };
      expect(next.body).toEqual({ items: [own], next_cursor: null });
      expect((await api.call("get", `${list}?subject_token=${annToken}`)).body.items).toEqual([
        own,
      ]);
      expect(await foundIn(api.store)).toEqual([]);
    }));

  it("is not answered as done while a key is still there, and is to be repeated", () =>
    withStore(async (store) => {
      await write(store, "kafka:a", mixture);
      const inert = { ...store.bulkWriter, command: () => Promise.resolve() };
      const { status, headers } = await ask(apiOver({ ...store, bulkWriter: inert }), "erase", [
        annToken,
      ]);
      expect([status, headers["retry-after"]]).toEqual([503, "5"]);
      expect((await ask(apiOver(store), "erase", [annToken])).body.items).toMatchObject([
        { state: "erased" },
      ]);
    }));

  it("is refused while a hold on one of them is in force, naming which", () =>
    withMixture(async (api) => {
      const hold = { subject_token: annToken, reason: "case 7" };
      const placed = await api.call("post", "/v1/holds", { body: hold });
      const { status, body } = await ask(api, "erase", [bobToken, annToken]);
      expect([status, body.code]).toEqual([409, "legal_hold"]);
      expect(body.errors).toMatchObject([{ pointer: "/subject_tokens/1" }]);
      expect(await rowsOf(api.store, bobToken)).toEqual({ rows: 1, keys: 1 });
      await api.call("delete", `/v1/holds/${placed.body.hold_id}`);
      expect((await ask(api, "erase", [bobToken, annToken])).status).toBe(200);
    }));
});

describe("both", () => {
  it("are for whoever may: analysts reveal, only admins erase", () =>
    withMixture(async (api) => {
      const [viewer, analyst] = [await keyOf(api, "viewer"), await keyOf(api, "analyst")];
      const answers = [
        await ask(api, "reveal", [annToken], viewer),
        await ask(api, "erase", [annToken], viewer),
        await ask(api, "erase", [annToken], analyst),
        await api.call("get", "/v1/subjects/erasures", { key: analyst }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
      const reads = await api.call("get", `/v1/reads?subject_token=${annToken}`);
      expect(reads.body.items).toEqual([]);
      expect(await rowsOf(api.store)).toEqual({ rows: 1, keys: 1 });
    }));

  it.each(["reveal", "erase"])("refuse to %s where it is not said whom and why", (path) =>
    withApi(async (api) => {
      const reason = "case 7";
      const many = Array.from(
        { length: 101 },
        (_, at) => `${String(at).padStart(8, "0")}-0000-4000-8000-000000000001`,
      );
      const wrong = [
        { subject_tokens: [annToken] },
        { subject_tokens: [annToken], reason: " \n" },
        { subject_tokens: [annToken], reason: "x".repeat(501) },
        { subject_tokens: [], reason },
        { subject_tokens: [annToken, annToken], reason },
        { subject_tokens: ["+15550100"], reason },
        { subject_tokens: many, reason },
        { subject_token: annToken, reason },
      ];
      for (const body of wrong) {
        const { status, text } = await api.call("post", `/v1/subjects/${path}`, { body });
        expect({ body, status }).toEqual({ body, status: 400 });
        expect(text).not.toContain("5550100");
      }
      const whole = { subject_tokens: many.slice(1), reason };
      expect((await api.call("post", `/v1/subjects/${path}`, { body: whole })).status).toBe(200);
    }),
  );
});
