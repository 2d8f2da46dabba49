/** What is read back of the audit trail is what was stored: the ground of every re-feed. */
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import { countSettled, readStoredEvents } from "../../ingest/clickhouse/stored-events.ts";
import { labelledStream } from "../../ingest/simulator/demo-month.ts";
import { createDesk } from "../../ingest/simulator/desk.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { testContext } from "../helpers/context.ts";
import { withStore } from "../helpers/store.ts";

const start = Date.parse("2026-03-02T00:00:00Z");
const source = "file:stored-events";

function recordsOfDays(days: number) {
  const desk = createDesk({ seed: "read-back", agents: 10, start });
  const stream = labelledStream(desk, days, [{ id: "code-theft", at: start + 40_000_000 }]);
  return [...stream.events].map((event, offset) => ({
    position: { source, partition: 0, offset },
    value: Buffer.from(JSON.stringify(event)),
    headers: {},
  }));
}

describe("stored events", () => {
  it("equal the events that were decided, field by field, for every kind", async () => {
    await withStore(async (store, dataDir) => {
      const context = testContext(dataDir);
      const auditStore = createAuditStore({ ...context, store });
      await auditStore.warm();
      const records = recordsOfDays(2);
      const range = { source, partition: 0, start: 0, end: records.length };
      const outcomes = await auditStore.decide(records);
      await auditStore.insertRanges([
        { range, outcomes, deadline: epochMs(context.clock.now() + 60_000) },
      ]);

      const decided = new Map<number, ConsoleEvent>();
      for (const { outcome, position } of outcomes) {
        if (outcome.kind === "event") decided.set(position.offset, outcome.event);
      }
      const kinds = new Set([...decided.values()].map(({ kind }) => kind));
      expect([...kinds].sort()).toEqual(["access", "agent", "subject", "ticket"]);
      const stored = await readStoredEvents(store.reader, range);
      expect([...stored].sort(([a], [b]) => a - b)).toEqual([...decided]);
      expect(await countSettled(store.reader, range)).toBe(records.length);
    });
  }, 60_000);
});
