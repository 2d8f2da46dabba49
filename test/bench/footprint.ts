/** What the service left on disk, by event, and what the engine alone does with its rows. */

import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import { type Insertion, openStore, type Store } from "../../ingest/clickhouse/client.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { testContext } from "../helpers/context.ts";
import { testStoreOptions, withStore } from "../helpers/store.ts";
import { type BenchRow, cost } from "./bench-row.ts";
import { insertAgain } from "./file-path.ts";
import { type Mix, mixLines } from "./mix.ts";

/** All tables together. */
const bytesPerEventMax = 100;
const zippedLines = 20_000;
const settleMsMax = 30_000;
const settlePollMs = 500;

/** `events`: how many the store in `dataDir` was given. Nothing is merged on purpose. */
export async function storedBytes(mix: Mix, dataDir: string, events: number): Promise<BenchRow[]> {
  const store = await openStore(testStoreOptions(dataDir));
  try {
    await untilMerged(store.reader);
    const sizes = (await store.reader.query(
      `SELECT table, sum(bytes_on_disk) AS bytes FROM system.parts
       WHERE active AND database = currentDatabase() AND rows > 0 GROUP BY table ORDER BY table`,
      {},
    )) as { readonly table: string; readonly bytes: number }[];
    const limit = { name: "the events as JSON, gzip -9", value: await zippedBytesPerEvent(mix) };
    const row = (name: string, bytes: number) =>
      cost({ name: `end_to_end.bytes.${name}`, value: bytes / events, unit: "bytes/event", limit });
    const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    return [
      ...sizes.map(({ table, bytes }) => row(table, bytes)),
      { ...row("total", total), target: bytesPerEventMax },
    ];
  } finally {
    await store.close();
  }
}

/** Merges that the engine has begun by itself end; none is asked for. */
async function untilMerged(reader: Reader): Promise<void> {
  for (let waitedMs = 0; waitedMs < settleMsMax; waitedMs += settlePollMs) {
    await wait(settlePollMs);
    const [row] = await reader.query("SELECT count() AS running FROM system.merges", {});
    if ((row as { readonly running: number }).running === 0) return;
  }
}

async function zippedBytesPerEvent({ path }: Mix): Promise<number> {
  const lines: string[] = [];
  for await (const { text } of mixLines(path, 0, zippedLines)) lines.push(text);
  return gzipSync(lines.join("\n"), { level: 9 }).length / lines.length;
}

const rowEvents = 50_000;
const rangeEvents = 10_000;

/** Events per second at which the engine takes the rows of the mix, the text of the inserts being there. */
export const insertRate = ({ path }: Mix): Promise<number> =>
  withStore(async (store, dataDir) => {
    const kept: Insertion[] = [];
    const watched: Store = {
      ...store,
      writer: {
        ...store.writer,
        insert: async (insertion) => {
          kept.push(insertion);
          await store.writer.insert(insertion);
        },
      },
    };
    const context = testContext(dataDir);
    const auditStore = createAuditStore({ ...context, store: watched });
    await auditStore.warm();
    for (let start = 0; start < rowEvents; start += rangeEvents) {
      const range = { source: "file:bench", partition: 0, start, end: start + rangeEvents };
      const outcomes = await auditStore.decide(await recordsOf(path, start));
      await auditStore.insertRanges([
        { range, outcomes, deadline: epochMs(context.clock.now() + settleMsMax) },
      ]);
    }
    return rowEvents / (await insertAgain(store, kept));
  });

async function recordsOf(path: string, start: number) {
  const records = [];
  let offset = start;
  for await (const { text } of mixLines(path, start, rangeEvents)) {
    const position = { source: "file:bench", partition: 0, offset };
    records.push({ position, value: Buffer.from(text), headers: {} });
    offset += 1;
  }
  return records;
}
