import { join } from "node:path";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { loadFiles } from "../../ingest/files/load.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { createTokenizer } from "../../ingest/pipeline/tokenizer.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { loadConfig } from "../../ingest/runtime/config.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import { type Api, apiOver } from "../fixtures/api/api-harness.ts";
import { withStore } from "../helpers/store.ts";

// Loads a month of events into an embedded store, then asks it many questions.
jest.setTimeout(180_000);

const fixture = join(import.meta.dirname, "../fixtures/twilio-2022/events.ndjson.gz");
const keyOf = (byte: number) => `1:${Buffer.alloc(32, byte).toString("base64")}`;
const { config } = loadConfig({
  DESKWATCH_TOKEN_KEY: keyOf(1),
  DESKWATCH_MASTER_KEY: keyOf(2),
});
const tokenizer = createTokenizer(parseKey("DESKWATCH_TOKEN_KEY", config.tokenKey));

async function load(store: Store): Promise<void> {
  const auditStore = createAuditStore({
    store,
    config,
    clock: systemClock,
    metrics: createMetrics(),
  });
  await auditStore.warm();
  await loadFiles({ files: [fixture], auditStore, store, config, clock: systemClock });
}

/** The incident as the fixture's README tells it; so are all the numbers below. */
const intruded = ["ag-13181a7d", "ag-c354d7e3", "ag-db92dc3c"];
const incident = "from=2024-07-03T17:42:42.083Z&to=2024-07-03T18:24:04.855Z";
const ofAgents = (agents: readonly string[]) => agents.map((id) => `agent_id=${id}`).join("&");
const searchedNumbers = ["+393400302928", "+393428960729", "+393474661853"];

async function tokenOf(api: Api, id: string): Promise<string> {
  const { body } = await api.call("post", "/v1/subjects/lookup", { body: { type: "phone", id } });
  return body.subject_token;
}

/** Every page of a list. */
async function everyItem(api: Api, path: string, limit = 200) {
  const items = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const next: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { status, body } = await api.call("get", `${path}&limit=${limit}${next}`);
    expect(status).toBe(200);
    items.push(...body.items);
    cursor = body.next_cursor;
  }
  return items;
}

describe("on the six weeks of a desk in which three accounts were taken over", () => {
  it("exposure and events say what the fixture's README says", () =>
    withStore(async (store) => {
      await load(store);
      const api = apiOver(store, {}, { tokenizer });

      // The incident, as a whole and by tenant.
      const { body } = await api.call("get", `/v1/exposure?${ofAgents(intruded)}&${incident}`);
      const whole = { searched: 3, displayed: 1_871, revealed: 3, exported: 0 };
      const byType = [
        { type: "phone", searched: 3, displayed: 1_870, revealed: 3, exported: 0 },
        { type: "account", searched: 0, displayed: 1, revealed: 0, exported: 0 },
      ];
      expect(body).toEqual({
        from: "2024-07-03T17:42:42.083Z",
        to: "2024-07-03T18:24:04.855Z",
        total: { ...whole, by_type: byType },
        tenants: [{ tenant: "tn-951de2e2", ...whole, by_type: byType }],
        tenants_truncated: false,
        retired_before: null,
      });

      // Each agent by itself.
      for (const [agent, phones, revealed] of [
        ["ag-13181a7d", 653, 3],
        ["ag-c354d7e3", 567, 0],
        ["ag-db92dc3c", 650, 0],
      ] as const) {
        const own = await api.call("get", `/v1/exposure?agent_id=${agent}&${incident}`);
        const types = own.body.total.by_type as { type: string; displayed: number }[];
        const phone = types.find(({ type }) => type === "phone");
        expect([agent, phone?.displayed]).toEqual([agent, phones]);
        expect(own.body.total.revealed).toBe(revealed);
      }

      // Who they are: the list agrees with the counts and with the tokens of the searched numbers.
      const scope = `/v1/exposure/subjects?${ofAgents(intruded)}&${incident}`;
      const subjects = await everyItem(api, scope);
      expect(subjects).toHaveLength(1_871);
      expect(new Set(subjects.map(({ subject_token: token }) => token)).size).toBe(1_871);
      const searched = await everyItem(api, `${scope}&exposed=searched`);
      const tokens = await Promise.all(searchedNumbers.map((id) => tokenOf(api, id)));
      expect(searched.map(({ subject_token: token }) => token).sort()).toEqual([...tokens].sort());
      expect(searched.every(({ exposed }) => exposed.includes("revealed"))).toBe(true);
      const canary = await tokenOf(api, "+393497590317");
      expect(subjects.find(({ subject_token: token }) => token === canary)?.exposed).toEqual([
        "displayed",
      ]);

      // Events of an agent: as many as are stored, of every kind, newest first.
      const day = "from=2024-07-03T00:00:00Z&to=2024-07-03T23:59:59.999Z";
      const events = await everyItem(api, `/v1/events?agent_id=ag-13181a7d&${day}`);
      const [{ n: stored } = { n: 0 }] = (await store.reader.query(
        `SELECT toUInt32(sum(n)) AS n FROM (
           SELECT count() AS n FROM access_events
             WHERE agent_id = 'ag-13181a7d' AND toDate(at) = '2024-07-03'
           UNION ALL SELECT count() AS n FROM ticket_events
             WHERE agent_id = 'ag-13181a7d' AND toDate(at) = '2024-07-03'
           UNION ALL SELECT count() AS n FROM agent_events
             WHERE agent_id = 'ag-13181a7d' AND toDate(at) = '2024-07-03')`,
        {},
      )) as { n: number }[];
      expect(events).toHaveLength(stored);
      expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(["access", "ticket"]));
      const times = events.map(({ time }) => time);
      expect(times).toEqual([...times].sort().reverse());
      const inSmallPages = await everyItem(api, `/v1/events?agent_id=ag-13181a7d&${day}`, 7);
      expect(inSmallPages.map(({ event_id: id }) => id)).toEqual(
        events.map(({ event_id: id }) => id),
      );

      // Events of a subject: searched, opened, revealed, and re-registered 8 minutes later.
      const onNumber = await everyItem(api, `/v1/events?subject_token=${tokens[2]}&${day}`);
      const ways = onNumber.flatMap(({ kind, exposure }) => (kind === "access" ? [exposure] : []));
      expect([...new Set(ways)].sort()).toEqual(["displayed", "revealed", "searched"]);
      const registered = onNumber.filter(({ type }) => type === "reregistered");
      expect(registered.map(({ time }) => time)).toEqual(["2024-07-03T18:00:55.392Z"]);
      // Three lines of the fixture are about the roster entry of this agent.
      const roster = await everyItem(
        api,
        "/v1/events?agent_id=ag-f512ed1e&kind=agent&from=2024-06-01T00:00:00Z&to=2024-07-31T00:00:00Z",
      );
      expect(roster.map(({ kind }) => kind)).toEqual(["agent", "agent", "agent"]);
      expect(roster.at(-1)).toMatchObject({
        event_id: "f488645946c6c93e91ac",
        time: "2024-06-03T22:00:00.001Z",
        type: "leave_started",
      });
      const said = JSON.stringify([events, onNumber, subjects]) + api.logged();
      // Compared outside of `expect`, which would print half a megabyte.
      expect(searchedNumbers.filter((number) => said.includes(number.slice(1)))).toEqual([]);
      expect(/\+39\d{6}/.test(said)).toBe(false);
    }));
});
