/** Files through the whole: read, decode, settle, seal, store, score; and what that leaves on disk. */
import { gzipSync } from "node:zlib";
import { takeInFiles } from "../../api/file-source.ts";
import { createDetection } from "../../detectors/main.ts";
import { emptyLists } from "../../detectors/subject-lists.ts";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import type { Insertion, Store } from "../../ingest/clickhouse/client.ts";
import { exactTables } from "../../ingest/pipeline/audit-store.ts";
import { testContext } from "../helpers/context.ts";
import { type BenchRow, cost, rate } from "./bench-row.ts";

/** 300,000 events in 40 s. */
const eventsPerSecondMin = 7_500;
/** One in so many inserts is kept and repeated, to find what the engine alone can do. */
const keptEvery = 4;
const bytesPerAccessMax = 43;
const tables = [...exactTables, "identities"];

interface Bench {
  readonly store: Store;
  readonly dataDir: string;
  readonly path: string;
}

/** Leaves the sample's events and alerts in the store. */
export async function benchFilePath({ store, dataDir, path }: Bench): Promise<BenchRow[]> {
  const kept: Insertion[] = [];
  let inserts = 0;
  const watched: Store = {
    ...store,
    writer: {
      ...store.writer,
      insert: async (insertion) => {
        if (inserts % keptEvery === 0) kept.push(insertion);
        inserts += 1;
        await store.writer.insert(insertion);
      },
    },
  };
  const { events, seconds, cpuSeconds } = await takeIn({ store: watched, dataDir, path });
  const sizes = await bytesByTable(store, kept);
  const rawSeconds = (await insertAgain(store, kept)) * (inserts / kept.length);
  const limit = { name: "the engine's inserts of the same rows alone", value: events / rawSeconds };
  return [
    rate({
      name: "files.events",
      value: events / seconds,
      unit: "events/s",
      target: eventsPerSecondMin,
      limit,
    }),
    rate({ name: "files.events_cpu", value: events / cpuSeconds, unit: "events/CPU s", limit }),
    ...sizes,
  ];
}

async function takeIn({ store, dataDir, path }: Bench) {
  const context = testContext(dataDir);
  const auditStore = createAuditStore({ ...context, store });
  await auditStore.warm();
  const detection = createDetection({
    ...context,
    store,
    lists: emptyLists,
    durable: false,
    onFailure: () => undefined,
  });
  await detection.start();
  const cpu = process.cpuUsage();
  const from = performance.now();
  const source = { context, store, auditStore, detection, origin: "backfill" } as const;
  const { events } = await takeInFiles(source, { files: [path] });
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await detection.stop();
  return { events, seconds, cpuSeconds: (user + system) / 1e6 };
}

/** The same lines into copies of the tables. Seconds. */
export async function insertAgain(store: Store, insertions: readonly Insertion[]): Promise<number> {
  const copied = new Set(insertions.map(({ table }) => table));
  for (const table of copied) await store.writer.command(`CREATE TABLE raw_${table} AS ${table}`);
  const from = performance.now();
  for (const { table, columns, lines } of insertions) {
    await store.writer.insert({ table: `raw_${table}`, columns, lines });
  }
  const seconds = (performance.now() - from) / 1000;
  for (const table of copied) await store.writer.command(`DROP TABLE raw_${table} SYNC`);
  return seconds;
}

interface TableSize {
  readonly table: string;
  readonly row_count: number;
  readonly bytes: number;
}

/** Of merged parts, with their indices, by row. */
async function bytesByTable(store: Store, insertions: readonly Insertion[]): Promise<BenchRow[]> {
  for (const table of tables) await store.writer.command(`OPTIMIZE TABLE ${table} FINAL`);
  const rows = (await store.reader.query(
    `SELECT table, sum(rows) AS row_count, sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE active AND database = currentDatabase() AND rows > 0 GROUP BY table ORDER BY table`,
    {},
  )) as TableSize[];
  return rows.flatMap(({ table, row_count, bytes }) => {
    const own = insertions.filter((insertion) => insertion.table === table);
    if (own.length === 0) return [];
    const row = cost({
      name: `bytes.${table}`,
      value: bytes / row_count,
      unit: "bytes/row",
      ...(table === "access_events" && { target: bytesPerAccessMax }),
      limit: { name: "the same rows as text, gzip -9", value: zippedBytesPerRow(own) },
    });
    return [row];
  });
}

function zippedBytesPerRow(insertions: readonly Insertion[]): number {
  let bytes = 0;
  let rows = 0;
  for (const { lines } of insertions) {
    bytes += gzipSync(lines, { level: 9 }).length;
    rows += lines.split("\n").length;
  }
  return bytes / rows;
}
