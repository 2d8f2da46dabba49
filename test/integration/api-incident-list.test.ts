/** The list of incidents against the list of alerts, from which it is made up again by hand. */
import { type Alert, alertStatuses, severities } from "../../detectors/alert.ts";
import { storeAction } from "../../detectors/store/action-store.ts";
import { storeAlerts } from "../../detectors/store/alert-store.ts";
import { grouped } from "../../ingest/runtime/grouped.ts";
import { createRandom, pick } from "../../ingest/simulator/random.ts";
import { alertId, epochMs } from "../../ingest/vocabulary/brand.ts";
import { alertExample } from "../fixtures/api/alert-example.ts";
import { type Api, startAt, withApi } from "../fixtures/api/api-harness.ts";
import { minutes, stored } from "../fixtures/api/stored-alerts.ts";
import { statementsOf } from "../helpers/ledger.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(120_000);

const random = createRandom("incident-list");
const upTo = (count: number): number => Math.floor(random.between(0, count));
const oneOf = <Value>(values: readonly Value[]): Value => pick(random, values);

/** Times, ids and names meet often; some alerts are of no incident. */
function someAlert(id: string): Alert {
  const at = upTo(12);
  const agents = Array.from({ length: upTo(3) }, () => `agent-${upTo(5)}`);
  return alertExample({
    ...{ alert_id: id, time: minutes(at), severity: oneOf(severities), risk: upTo(100) },
    ...{ first_event_time: minutes(at - upTo(4)), last_event_time: minutes(at + upTo(4)) },
    ...{ agent_id: oneOf([null, `agent-${upTo(5)}`]), agent_ids: agents },
    ...{ detectors: [oneOf(["breadth", "canary", "collusion"])] },
    incident_id: oneOf([null, ...Array.from({ length: 9 }, (_, number) => `i-${number}`)]),
  });
}

/** Some of them twice or three times, the newest revision not last, some acted on, some suppressed. */
async function someAlerts({ store }: Api): Promise<void> {
  const revisions = Array.from({ length: 60 }, (_, number) => ({
    ...{ alert: someAlert(`a-${upTo(30)}`), revision: (number * 7) % 60, origin: "live" as const },
    suppressionId: oneOf(["", "", "s-1"]),
  }));
  await storeAlerts(store.writer, revisions, epochMs(startAt));
  for (const [at, { alert }] of revisions.slice(0, 25).entries()) {
    const status = oneOf(alertStatuses);
    await storeAction(statementsOf(store), {
      ...{ alertId: alertId(alert.alert_id), sequence: at + 1, status, disposition: null },
      ...{ note: "", principal: "bootstrap", at: epochMs(startAt) },
    });
  }
}

/** Every page; `between` comes after each. */
async function every(api: Api, path: string, between: () => Promise<void> = async () => {}) {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies that the document has checked.
  const items: any[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const next: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { status, body } = await api.call("get", `${path}${next}`);
    expect(status).toBe(200);
    items.push(...body.items);
    cursor = body.next_cursor;
    await between();
  }
  return items;
}

const names = (lists: readonly (readonly (string | null)[])[]): readonly string[] =>
  [...new Set(lists.flat().filter((name) => name !== null))].toSorted();
const sorted = (values: readonly string[]): readonly string[] => values.toSorted();

function itemOf(id: string, alerts: readonly Alert[]) {
  return {
    incident_id: id,
    time: sorted(alerts.map((alert) => alert.time))[0],
    first_event_time: sorted(alerts.map((alert) => alert.first_event_time))[0],
    last_event_time: sorted(alerts.map((alert) => alert.last_event_time)).at(-1),
    severity: severities.findLast((name) => alerts.some(({ severity }) => severity === name)),
    risk: Math.max(...alerts.map(({ risk }) => risk)),
    status: alertStatuses.find((name) => alerts.some(({ status }) => status === name)),
    alert_count: alerts.length,
    agent_ids: names(alerts.map(({ agent_id: one, agent_ids: all = [] }) => [one, ...all])),
    agents_truncated: false,
    detectors: names(alerts.map(({ detectors }) => detectors)),
    detectors_truncated: false,
  };
}

/** What an item and the incident itself both tell. */
const shared = [
  ...["incident_id", "first_event_time", "last_event_time", "severity", "risk", "status"],
  ...["agent_ids", "detectors"],
];

/** What each filter asks of an incident's alerts. */
type Wanted = (alerts: readonly Alert[], suppressed: ReadonlySet<string>) => boolean;
const statusOf = (alerts: readonly Alert[]) => itemOf("", alerts).status;
const isSuppressed: Wanted = (alerts, suppressed) =>
  alerts.every(({ alert_id: id }) => suppressed.has(id));
const queries: readonly (readonly [string, Wanted])[] = [
  ["", () => true],
  ["status=open", (alerts) => statusOf(alerts) === "open"],
  ["status=acknowledged,resolved", (alerts) => statusOf(alerts) !== "open"],
  ["severity_min=critical", (alerts) => alerts.some(({ severity }) => severity === "critical")],
  [
    "agent_id=agent-1&agent_id=agent-3",
    (alerts) =>
      itemOf("", alerts).agent_ids.some((name) => name === "agent-1" || name === "agent-3"),
  ],
  [
    `from=${minutes(3)}&to=${minutes(4)}`,
    (alerts) => alerts.some(({ time }) => time === minutes(3) || time === minutes(4)),
  ],
  [`from=${minutes(9)}`, (alerts) => alerts.some(({ time }) => time >= minutes(9))],
  ["suppressed=true", isSuppressed],
  ["suppressed=false", (...of) => !isSuppressed(...of)],
  [
    `status=open&severity_min=high&to=${minutes(6)}`,
    (alerts) =>
      statusOf(alerts) === "open" &&
      alerts.some(({ severity }) => severity === "high" || severity === "critical") &&
      alerts.some(({ time }) => time <= minutes(6)),
  ],
];

describe("GET /v1/incidents", () => {
  it.each([1, 2, 3])("tells what the alerts tell, under every filter, in pages of %d", (limit) =>
    withApi(async (api) => {
      await someAlerts(api);
      const alerts: readonly Alert[] = await every(api, "/v1/alerts?limit=200");
      const hidden = await every(api, "/v1/alerts?suppressed=true");
      const suppressed = new Set(hidden.map(({ alert_id: id }) => id));
      const groups = [...grouped(alerts, ({ incident_id: id }) => id ?? "")].filter(
        ([id]) => id !== "",
      );
      for (const [query, isWanted] of queries) {
        const expected = groups
          .filter(([, own]) => isWanted(own, suppressed))
          .map(([id, own]) => itemOf(id, own))
          .sort((a, b) => (`${a.time} ${a.incident_id}` < `${b.time} ${b.incident_id}` ? 1 : -1));
        const found = await every(api, `/v1/incidents?limit=${limit}&${query}`);
        expect([query, found]).toEqual([query, expected]);
      }
    }),
  );

  it("says of one incident what reading it says", () =>
    withApi(async (api) => {
      await someAlerts(api);
      for (const item of await every(api, "/v1/incidents?")) {
        const { body } = await api.call("get", `/v1/incidents/${item.incident_id}`);
        for (const name of shared) expect([name, body[name]]).toEqual([name, item[name]]);
        expect(body.story).toHaveLength(item.alert_count);
      }
    }));

  it("misses and repeats none while alerts join incidents and new ones begin", () =>
    withApi(async (api) => {
      const ids = Array.from({ length: 15 }, (_, number) => `i-${number}`);
      await stored(
        api,
        ids.map((id, at) => ({ alert_id: `a-${id}`, incident_id: id, time: minutes(at % 5) })),
      );
      let added = 0;
      const found = await every(api, "/v1/incidents?limit=4", async () => {
        added += 1;
        const time = minutes(100 + added);
        await stored(
          api,
          [...ids, `new-${added}`].map((id) => ({
            alert_id: `${id}-${added}`,
            incident_id: id,
            time,
          })),
        );
      });
      expect(sorted(found.map(({ incident_id: id }) => id))).toEqual(sorted(ids));
    }));

  it("names the first fifty agents and detectors, and says that there are more", () =>
    withApi(async (api) => {
      const numbered = (count: number) =>
        Array.from({ length: count }, (_, at) => `n-${String(at).padStart(2, "0")}`);
      await stored(api, [
        { alert_id: "a", incident_id: "i", agent_id: null, agent_ids: numbered(50) },
        { alert_id: "b", incident_id: "i", agent_id: "n-50", detectors: numbered(51) },
        { alert_id: "c", incident_id: "j", agent_id: null, agent_ids: numbered(50) },
      ]);
      const [j, i] = await every(api, "/v1/incidents?");
      expect(i).toMatchObject({ agents_truncated: true, detectors_truncated: true });
      expect(i.agent_ids).toEqual(numbered(50));
      expect(i.detectors).toHaveLength(50);
      expect(j).toMatchObject({ agents_truncated: false, detectors_truncated: false });
      expect(j.agent_ids).toEqual(numbered(50));
    }));
});
