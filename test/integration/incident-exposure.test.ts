/** The exposure of an incident, alert by alert as its definition says, against a count of the events by hand. */
import { type Alert, evidenceMax } from "../../detectors/alert.ts";
import { agentsOf } from "../../detectors/suppression/suppression.ts";
import { alertExample } from "../fixtures/api/alert-example.ts";
import { apiOver, withApi } from "../fixtures/api/api-harness.ts";
import { type AlertChange, minutes, stored } from "../fixtures/api/stored-alerts.ts";
import {
  checkExposure,
  day,
  type Exposure,
  exposures,
  storeAccesses,
} from "../helpers/random-accesses.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(180_000);

const span = (from: number, to: number) => ({
  ...{ first_event_time: day(from), time: day(to), last_event_time: day(to) },
});
const byOne = (agent: string, sessions: readonly string[] = []) => ({
  ...{ agent_id: agent, agent_ids: [agent], session_ids: [...sessions], evidence: ["e1", "e2"] },
});
/** Exposing accesses of the agents in that time, every so many. */
const citedOf = (agents: readonly string[], from: number, to: number, stride: number): string[] => {
  const found = exposures.filter(
    ({ agent, time }) => agents.includes(agent) && time >= day(from) && time <= day(to),
  );
  return [...new Set(found.map(({ eventId }) => eventId))].filter((_, at) => at % stride === 0);
};
const byMany = (agents: string[], evidence: readonly string[], sessions: string[] = []) => ({
  ...{ agent_id: null, agent_ids: agents, session_ids: sessions, evidence: [...evidence] },
});

const crowd = ["a1", "a2", "a6"];
const crowdCites = citedOf(crowd, 0.4, 1.1, 40);
const fullCites = citedOf(["a4", "a5"], 0, 2, 1).slice(0, evidenceMax);
const policyCites = citedOf(["a7"], 0.5, 0.9, 7);

/** By incident. */
const incidents: Readonly<Record<string, readonly AlertChange[]>> = {
  session: [{ ...byOne("a1", ["s1", "s2"]), ...span(1, 1.5) }],
  late: [{ ...byOne("a1", ["s1", "s2", "s3"]), ...span(8.2, 8.5) }],
  whole: [{ ...byOne("a0"), ...span(0.5, 1.25) }],
  crowd: [{ ...byMany(crowd, crowdCites), ...span(0.4, 1.1) }],
  full: [{ ...byMany(["a4", "a5"], fullCites), ...span(0.5, 1) }],
  fullsession: [{ ...byMany(["a4", "a5"], fullCites, ["s3", "s4"]), ...span(0.5, 1) }],
  policy: [{ lane: "policy", ...byOne("a7", ["s4"]), evidence: policyCites, ...span(0.5, 0.9) }],
  // Overlapping, at different times, the same agent by its sessions and by itself.
  union: [
    { ...byOne("a2", ["s5"]), ...span(0.2, 0.3) },
    { ...byOne("a2", ["s5", "s6"]), ...span(1.2, 1.4) },
    { ...byOne("a2"), ...span(0.25, 0.5) },
    { ...byOne("a3"), ...span(1.8, 2) },
    { ...byMany(crowd, crowdCites), ...span(0.4, 1.1) },
    { lane: "policy", ...byOne("a7"), evidence: policyCites, ...span(0.5, 0.9) },
  ],
  nobody: [{ ...byOne("nobody", ["s1"]), ...span(0, 2) }],
  stranger: [{ ...byMany([], []), ...span(0, 2) }],
};
const alertsOf = (incident: string): readonly Alert[] =>
  (incidents[incident] ?? []).map((change, at) =>
    alertExample({ ...change, alert_id: `${incident}-${at}`, incident_id: incident }),
  );

const isOfOne = (alert: Alert): boolean =>
  alert.lane === "statistical" && agentsOf(alert).length === 1;

function beginOf(alert: Alert): string {
  if (!isOfOne(alert) || alert.session_ids?.length === 0) return alert.first_event_time;
  return new Date(Date.parse(alert.time) - 7 * 86_400_000).toISOString();
}

/** As OpenAPI says it. */
function isOfAlert(alert: Alert, exposure: Exposure): boolean {
  const { session_ids: sessions = [], evidence, last_event_time: to } = alert;
  const { agent, time, session = "none" } = exposure;
  if (!agentsOf(alert).includes(agent) || time < beginOf(alert) || time > to) return false;
  if (!isOfOne(alert) && evidence.length < evidenceMax) return isCited(alert, exposure);
  return sessions.length === 0 || sessions.includes(session);
}

const isCited = ({ evidence }: Alert, { token }: Exposure): boolean =>
  exposures.some((cited) => cited.token === token && evidence.includes(cited.eventId));

const exposedBy = (incident: string): readonly Exposure[] => {
  const alerts = alertsOf(incident);
  return exposures.filter((exposure) => alerts.some((alert) => isOfAlert(alert, exposure)));
};

const narrowed: readonly (readonly [string, (exposure: Exposure) => boolean])[] = [
  ["agent_id=a2&agent_id=a3", ({ agent }) => agent === "a2" || agent === "a3"],
  ["agent_id=a5", () => false],
  ["session_id=s5", ({ session }) => session === "s5"],
  ["tenant=t1", ({ tenant }) => tenant === "t1"],
  [`from=${day(0.3)}&to=${day(1.3)}`, ({ time }) => time >= day(0.3) && time <= day(1.3)],
];

describe("the exposure of an incident", () => {
  it("is exactly that of its alerts, each counted once, narrowed by what else is asked", () =>
    withStore(async (target) => {
      await storeAccesses(target);
      const api = apiOver(target);
      const ids = Object.keys(incidents);
      await stored(api, ids.flatMap(alertsOf));
      for (const id of ids) await checkExposure(api, `incident_id=${id}`, exposedBy(id));
      const union = exposedBy("union");
      for (const [query, isMeant] of narrowed) {
        await checkExposure(api, `incident_id=union&${query}`, union.filter(isMeant));
      }
      // What is compared above is not nothing, but where nothing is meant.
      const empty = ids.filter((id) => exposedBy(id).length === 0);
      expect(empty).toEqual(["nobody", "stranger"]);
    }));

  it("goes by the newest revision of an alert", () =>
    withStore(async (target) => {
      await storeAccesses(target);
      const api = apiOver(target);
      await stored(api, [{ alert_id: "a", incident_id: "i", ...byOne("a0"), ...span(0, 2) }]);
      const moved = { alert_id: "a", incident_id: "j", ...byOne("a1"), ...span(0, 2) };
      await stored(api, [moved], 2);
      const ofAgent = exposures.filter(({ agent, time }) => agent === "a1" && time <= day(2));
      await checkExposure(api, "incident_id=j", ofAgent);
      expect((await api.call("get", "/v1/exposure?incident_id=i")).status).toBe(404);
    }));

  it("is refused where there is no such incident, or one of more alerts than are told of", () =>
    withApi(async (api) => {
      const many = (count: number, incident: string) =>
        Array.from({ length: count }, (_, at) => ({
          ...{ alert_id: `${incident}-${at}`, incident_id: incident, time: minutes(at) },
        }));
      await stored(api, [...many(500, "most"), ...many(501, "more")]);
      for (const path of ["/v1/exposure", "/v1/exposure/subjects"]) {
        const answers = await Promise.all(
          ["none", "most", "more"].map((id) => api.call("get", `${path}?incident_id=${id}`)),
        );
        expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
          [404, "not_found"],
          [200, undefined],
          [409, "limit_reached"],
        ]);
      }
    }));
});
