import { readAccessEvents } from "../../api/routes/access-events.ts";
import { firstPlace, readExposedSubjects } from "../../api/routes/exposed-subject-page.ts";
import { storeAlerts } from "../../detectors/store/alert-store.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { alertExample } from "../fixtures/api/alert-example.ts";
import { auditStoreOf, rangeOf, recordsOf, soon, view } from "../helpers/audit-store.ts";
import { withStore } from "../helpers/store.ts";

const unknownToken = "00000000-0000-0000-0000-000000000001";
const everAfter = { from: 0, to: 4e12, limit: 50 };
const events = {
  ...everAfter,
  agents: [],
  tokens: [],
  sessions: [],
  actions: [],
  after: undefined,
};
const exposed = {
  ...everAfter,
  agents: [],
  sessions: [],
  tenants: [],
  incident: "",
  kinds: [],
  after: firstPlace,
};
const session = { id: "s1" };

/** How the database would answer what is asked of it; nothing is answered. */
function planner(reader: Reader) {
  const plan: string[] = [];
  const query: Reader["query"] = async (sql, params) => {
    const rows = await reader.query(`SELECT * FROM (EXPLAIN indexes = 1 ${sql})`, params);
    plan.push(...rows.flatMap((row) => Object.values(row as object).map(String)));
    return [];
  };
  return { reader: { query }, plan };
}

describe("what is asked of somebody is answered without reading what names others only", () => {
  it.each([
    {
      what: "accesses to one subject",
      index: "Name: subject_bloom",
      ask: (reader: Reader) => readAccessEvents(reader, { ...events, tokens: [unknownToken] }),
    },
    {
      what: "accesses of one session",
      index: "Name: session_bloom",
      ask: (reader: Reader) => readAccessEvents(reader, { ...events, sessions: ["s2"] }),
    },
    {
      what: "exposures by one session",
      index: "Name: session_bloom",
      ask: (reader: Reader) => readExposedSubjects(reader, { ...exposed, sessions: ["s2"] }),
    },
    {
      what: "exposures by one agent",
      index: "PrimaryKey",
      ask: (reader: Reader) => readExposedSubjects(reader, { ...exposed, agents: ["a0"] }),
    },
    {
      what: "exposures by an incident of one agent",
      index: "agent_id in 1-element set",
      ask: (reader: Reader) => readExposedSubjects(reader, { ...exposed, incident: "i" }),
    },
  ])("$what", async ({ index, ask }) => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const records = recordsOf("kafka:x", 0, [{ ...view, session }]);
      await audit.insertRanges([
        { range: rangeOf(records), outcomes: await audit.decide(records), deadline: soon() },
      ]);
      const times = { first_event_time: view.time, time: view.time, last_event_time: view.time };
      const alert = alertExample({ ...times, incident_id: "i", agent_id: "a0", session_ids: [] });
      await storeAlerts(store.writer, [{ alert, revision: 1, origin: "live" }], soon());
      const { reader, plan } = planner(store.reader);
      await ask(reader);
      const at = plan.findIndex((line) => line.includes(index));
      expect(at).toBeGreaterThan(0);
      const read = plan.slice(at).find((line) => line.includes("Granules:"));
      expect(read).toMatch(/Granules: 0(\/1)?$/);
    });
  });
});
