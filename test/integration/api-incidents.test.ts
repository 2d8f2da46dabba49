import { withApi } from "../fixtures/api/api-harness.ts";
import { type AlertChange, minutes, stored } from "../fixtures/api/stored-alerts.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(60_000);

const span = (from: number, to: number) => ({
  first_event_time: minutes(from),
  last_event_time: minutes(to),
});
const ofIncident = { incident_id: "i-1", agent_ids: [] as string[] };

const campaign: readonly AlertChange[] = [
  {
    ...ofIncident,
    alert_id: "a-1",
    ...span(20, 30),
    agent_id: "ann",
    session_ids: ["s-2"],
    risk: 5,
    severity: "low",
  },
  {
    ...ofIncident,
    ...{ alert_id: "a-2", severity: "high", risk: 70, detectors: ["breadth"] },
    ...{ ...span(5, 60), agent_id: "bob", session_ids: ["s-1"] },
  },
  {
    ...ofIncident,
    ...{ alert_id: "a-3", severity: "low", risk: 3, detectors: ["collusion"] },
    ...{ ...span(10, 15), agent_id: null, agent_ids: ["eve", "ann"], session_ids: [] },
  },
  { alert_id: "b-1", incident_id: "i-2", ...span(1, 2) },
  { alert_id: "c-1", incident_id: null, ...span(1, 2) },
];

describe("GET /v1/incidents/{incident_id}", () => {
  it("tells its alerts in the order of time, and who and what is in it", () =>
    withApi(async (api) => {
      await stored(api, campaign);
      const { status, body } = await api.call("get", "/v1/incidents/i-1");
      expect(status).toBe(200);
      expect(body.story.map(({ alert_id: id }: { alert_id: string }) => id)).toEqual([
        ...["a-2", "a-3", "a-1"],
      ]);
      expect(body).toMatchObject({
        ...{ incident_id: "i-1", ...span(5, 60), severity: "high", risk: 70, status: "open" },
        agent_ids: ["ann", "bob", "eve"],
        session_ids: ["s-1", "s-2"],
        story_truncated: false,
      });
      expect(body.detectors).toEqual(expect.arrayContaining(["breadth", "collusion"]));
    }));

  it("is open as long as one of its alerts is, and tells what became of each", () =>
    withApi(async (api) => {
      await stored(api, campaign);
      const statuses: string[] = [];
      for (const id of ["a-1", "a-2", "a-3"]) {
        const headers = { "If-Match": "*" };
        const change = { status: "resolved", disposition: "malicious" };
        await api.call("patch", `/v1/alerts/${id}`, { body: change, headers });
        statuses.push((await api.call("get", "/v1/incidents/i-1")).body.status);
      }
      expect(statuses).toEqual(["open", "open", "resolved"]);
      const { body } = await api.call("get", "/v1/incidents/i-1");
      for (const alert of body.story) expect(alert.disposition).toBe("malicious");
    }));

  it("counts an alert where its newest revision says that it belongs", () =>
    withApi(async (api) => {
      await stored(api, campaign);
      await stored(api, [{ alert_id: "b-1", ...ofIncident, ...span(0, 2) }], 2);
      const { body } = await api.call("get", "/v1/incidents/i-1");
      expect(body.story).toHaveLength(4);
      expect(body.story[0].alert_id).toBe("b-1");
      expect((await api.call("get", "/v1/incidents/i-2")).status).toBe(404);
    }));
});
