import { readAccessEvents } from "../../api/routes/access-events.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { auditStoreOf, rangeOf, recordsOf, soon, view } from "../helpers/audit-store.ts";
import { withStore } from "../helpers/store.ts";

const unknownToken = "00000000-0000-0000-0000-000000000001";
const question = { from: 0, to: 4e12, agents: [], after: undefined, limit: 50 } as const;

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

describe("accesses to one subject", () => {
  it("are found without reading what names other subjects only", async () => {
    await withStore(async (store) => {
      const audit = auditStoreOf(store);
      const records = recordsOf("kafka:x", 0, [view]);
      await audit.insertRange(rangeOf(records), await audit.decide(records), soon());
      const { reader, plan } = planner(store.reader);
      await readAccessEvents(reader, {
        ...question,
        tokens: [unknownToken],
        sessions: [],
        actions: [],
      });
      const at = plan.findIndex((line) => line.includes("Name: subject_bloom"));
      expect(at).toBeGreaterThan(0);
      const read = plan.slice(at).find((line) => line.includes("Granules:"));
      expect(read).toMatch(/Granules: 0\/1$/);
    });
  });
});
