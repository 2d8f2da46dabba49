import { listActions, storeAction } from "../../detectors/store/action-store.ts";
import {
  type AlertFilter,
  findAlert,
  listAlerts,
  storeAlerts,
} from "../../detectors/store/alert-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { alertId, epochMs } from "../../ingest/vocabulary/brand.ts";
import { alertExample } from "../fixtures/api/alert-example.ts";
import { statementsOf } from "../helpers/ledger.ts";
import { withStore } from "../helpers/store.ts";

// A loaded machine opens an embedded store slowly.
jest.setTimeout(60_000);

const everything: AlertFilter = {
  statuses: [],
  severities: [],
  lanes: [],
  agentIds: [],
  detectors: [],
  from: epochMs(0),
  to: epochMs(Date.parse("2100-01-01T00:00:00Z")),
};
const at = epochMs(Date.parse("2026-03-02T10:06:00Z"));

const stored = (store: Store, revision: number, change: Parameters<typeof alertExample>[0]) =>
  storeAlerts(store.writer, [{ alert: alertExample(change), revision, origin: "live" }], at);

const idsUnder = async (store: Store, filter: Partial<AlertFilter>) => {
  const rows = await listAlerts(
    store.reader,
    { ...everything, ...filter },
    { after: undefined, limit: 200 },
  );
  return rows.map(({ alert }) => alert.alert_id);
};

const act = (store: Store, id: string, sequence: number, status: "acknowledged" | "resolved") =>
  storeAction(statementsOf(store), {
    alertId: alertId(id),
    sequence,
    status,
    disposition: status === "resolved" ? "malicious" : null,
    note: `note ${sequence}`,
    principal: "bootstrap",
    at,
  });

describe("alert store", () => {
  it("reads back the newest revision, however often and in whatever order revisions come", () =>
    withStore(async (store) => {
      await stored(store, 2, { risk: 90 });
      await stored(store, 1, { risk: 10 });
      await stored(store, 2, { risk: 90 });
      const found = await findAlert(store.reader, alertId("a-1"));
      const alert = alertExample({ risk: 90 });
      expect(found).toEqual({ alert, revision: 2, sequence: 0, suppressionId: "" });
      expect(await idsUnder(store, {})).toEqual(["a-1"]);
      expect(await findAlert(store.reader, alertId("a-2"))).toBeUndefined();
    }));

  it("lays the last action over the alert, and new evidence leaves it resolved", () =>
    withStore(async (store) => {
      await stored(store, 1, {});
      await act(store, "a-1", 1, "acknowledged");
      await act(store, "a-1", 2, "resolved");
      await stored(store, 2, { risk: 99 });
      const found = await findAlert(store.reader, alertId("a-1"));
      expect(found?.alert).toMatchObject({
        status: "resolved",
        disposition: "malicious",
        risk: 99,
      });
      expect(found?.sequence).toBe(2);
      const notes = await listActions(store.reader, alertId("a-1"), 10);
      expect(notes.map(({ note }) => note)).toEqual(["note 1", "note 2"]);
    }));

  it("filters by effective status, severity, lane, agent, detector and time", () =>
    withStore(async (store) => {
      await stored(store, 1, { alert_id: "a-1" });
      await stored(store, 1, {
        alert_id: "a-2",
        lane: "policy",
        severity: "critical",
        detectors: ["subject.canary", "agent.breadth"],
        agent_id: null,
        agent_ids: ["agent-2", "agent-3"],
        time: "2026-03-03T10:00:00.000Z",
      });
      await act(store, "a-1", 1, "acknowledged");
      expect(await idsUnder(store, {})).toEqual(["a-2", "a-1"]);
      expect(await idsUnder(store, { statuses: ["open"] })).toEqual(["a-2"]);
      expect(await idsUnder(store, { statuses: ["acknowledged", "resolved"] })).toEqual(["a-1"]);
      expect(await idsUnder(store, { severities: ["critical"] })).toEqual(["a-2"]);
      expect(await idsUnder(store, { lanes: ["statistical"] })).toEqual(["a-1"]);
      expect(await idsUnder(store, { agentIds: ["agent-3"] })).toEqual(["a-2"]);
      expect(await idsUnder(store, { detectors: ["subject.canary"] })).toEqual(["a-2"]);
      const noon = epochMs(Date.parse("2026-03-02T10:00:00.001Z"));
      expect(await idsUnder(store, { from: noon })).toEqual(["a-2"]);
      expect(await idsUnder(store, { to: noon })).toEqual(["a-1"]);
    }));

  it.each([
    ["not JSON", "{", "body (custom)"],
    ["another shape", JSON.stringify({ ...alertExample(), risk: "high" }), "body.risk"],
  ])("names the place of a body that is %s, not its content", (_why, body, place) =>
    withStore(async (store) => {
      await store.writer.insertRows("alerts", [{ alert_id: "a-1", revision: 1, time: at, body }]);
      const reading = findAlert(store.reader, alertId("a-1"));
      await expect(reading).rejects.toMatchObject({
        code: "store.row_shape",
        message: expect.stringContaining(place),
      });
    }),
  );
});
