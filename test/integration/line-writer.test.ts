/** Lines made in this process: in the spool before they are stored, so nothing is lost between the two. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { openLineWriter } from "../../ingest/files/line-writer.ts";
import type { FileSegment } from "../../ingest/files/load.ts";
import { testContext } from "../helpers/context.ts";
import { withStore } from "../helpers/store.ts";

jest.setTimeout(60_000);

const lineOf = (n: number): string =>
  JSON.stringify({
    kind: "agent",
    event_id: `e${n}`,
    time: "2026-03-02T08:00:00.000Z",
    type: "hired",
    agent_id: `a${n}`,
  });

async function openWriter(store: Store, dataDir: string) {
  const context = testContext(dataDir);
  const auditStore = createAuditStore({ ...context, store });
  await auditStore.warm();
  const handed: FileSegment[] = [];
  const writer = await openLineWriter({
    source: "test:live",
    spool: join(dataDir, "live.ndjson"),
    auditStore,
    store,
    clock: context.clock,
    recordBytesMax: context.config.recordBytesMax,
    onStored: async (segments) => {
      handed.push(...segments);
    },
  });
  return { writer, handed };
}

const storedIds = async (store: Store): Promise<unknown> =>
  store.reader.query("SELECT event_id, offset FROM agent_events ORDER BY offset", {});

describe("lines made in this process", () => {
  it("go on at the next offset after a restart", async () => {
    await withStore(async (store, dataDir) => {
      const first = await openWriter(store, dataDir);
      await first.writer.write([lineOf(0), lineOf(1)]);
      const second = await openWriter(store, dataDir);
      expect(second.handed).toEqual([]);
      await second.writer.write([lineOf(2)]);
      expect(second.handed).toMatchObject([{ source: "test:live", start: 2, end: 3 }]);
      expect(await storedIds(store)).toEqual([
        { event_id: "e0", offset: 0 },
        { event_id: "e1", offset: 1 },
        { event_id: "e2", offset: 2 },
      ]);
    });
  });

  it("are stored at the next start when the process ended between spool and store", async () => {
    await withStore(async (store, dataDir) => {
      const first = await openWriter(store, dataDir);
      await first.writer.write([lineOf(0)]);
      appendFileSync(join(dataDir, "live.ndjson"), `${lineOf(1)}\n${lineOf(2)}\n`);
      const second = await openWriter(store, dataDir);
      expect(second.handed).toMatchObject([{ start: 1, end: 3 }]);
      await second.writer.write([lineOf(3)]);
      expect(await storedIds(store)).toEqual(
        [0, 1, 2, 3].map((n) => ({ event_id: `e${n}`, offset: n })),
      );
    });
  });
});
