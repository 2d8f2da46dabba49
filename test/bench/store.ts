/**
 * How fast records become stored rows, and how many bytes each table needs.
 *
 *   npx tsx test/bench/store.ts FILE.ndjson.gz …
 */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import { eventFields, exposureRows, hash64 } from "../../ingest/clickhouse/event-rows.ts";
import { loadFiles } from "../../ingest/files/load.ts";
import { mergedBatches } from "../../ingest/files/merge.ts";
import { identifyFile } from "../../ingest/files/ndjson-file.ts";
import { decodeRecord } from "../../ingest/pipeline/decode.ts";
import { createDecodeContext } from "../../ingest/pipeline/decode-context.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import type { Outcome, RawRecord } from "../../ingest/vocabulary/outcome.ts";
import { auditConfig } from "../helpers/audit-store.ts";
import { withFolder, withStore } from "../helpers/store.ts";

const limits = {
  batchRowsMax: 10_000,
  batchBytesMax: 8 * 1024 * 1024,
  recordBytesMax: 1024 * 1024,
};
const write = (line: string) => process.stdout.write(`${line}\n`);
const now = () => performance.now();

/** Events of one kind and shape, about 600 bytes each, when no file is given. */
async function writeSample(path: string, count: number): Promise<void> {
  const file = createWriteStream(path);
  const start = Date.UTC(2026, 0, 1);
  for (let n = 0; n < count; n += 1) {
    const event = {
      kind: "access",
      event_id: hash64(`event ${n}`),
      time: new Date(start + n * 1_000).toISOString(),
      console: "desk",
      agent: {
        id: `agent-${n % 97}`,
        team: `team-${n % 7}`,
        role: "agent",
        time_zone: "Europe/Dublin",
      },
      session: {
        id: `session-${Math.floor(n / 300)}`,
        ip: `192.0.2.${n % 250}`,
        country: "IE",
        asn: 64_500,
      },
      action: "view",
      subjects: [
        {
          type: "phone",
          id: `+1555${String((n * 7_919) % 10_000_000).padStart(7, "0")}`,
          tenant: `t-${n % 13}`,
        },
      ],
      result_count: 1,
      fields: ["phone", "name"],
      justification: { ticket_id: `ticket-${Math.floor(n / 3)}`, source: "queue" },
    };
    if (!file.write(`${JSON.stringify(event)}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
}

/** Records that are decoded twice, in memory. */
const decodedMax = 50_000;

async function benchDecode(paths: readonly string[]): Promise<void> {
  const records: RawRecord[] = [];
  const files = await Promise.all(paths.map((path) => identifyFile(path)));
  for await (const batch of mergedBatches(files, limits)) {
    records.push(...batch.records);
    if (records.length >= decodedMax) break;
  }
  const context = createDecodeContext(auditConfig, systemClock);
  for (const round of ["cold", "warm"]) {
    const decodeFrom = now();
    const outcomes = records.map((record) => decodeRecord(record, context));
    const rowsFrom = now();
    const characters = outcomes.reduce((sum, outcome) => sum + rowCharacters(outcome), 0);
    const end = now();
    const per = (ms: number) => `${((ms * 1_000) / records.length).toFixed(2)} µs`;
    const size = Math.round(characters / records.length);
    write(`${round}: decode ${per(rowsFrom - decodeFrom)}, rows ${per(end - rowsFrom)} an event`);
    if (round === "warm") write(`rows of an event: ${size} characters`);
  }
}

function rowCharacters(outcome: Outcome): number {
  if (outcome.kind !== "event") return 0;
  const exposures = exposureRows(outcome.event);
  return exposures.reduce((sum, row) => sum + row.length, eventFields(outcome.event).length);
}

async function benchLoad(paths: readonly string[]): Promise<void> {
  await withStore(async (store) => {
    const auditStore = createAuditStore({
      store,
      config: auditConfig,
      clock: systemClock,
      metrics: createMetrics(),
    });
    await auditStore.warm();
    let rssMax = 0;
    const load = async (name: string) => {
      const cpu = process.cpuUsage();
      const from = now();
      const result = await loadFiles({
        files: paths,
        auditStore,
        store,
        config: limits,
        clock: systemClock,
        onProgress: () => {
          rssMax = Math.max(rssMax, process.memoryUsage.rss());
        },
      });
      const ms = now() - from;
      const used = process.cpuUsage(cpu);
      const cpuMs = (used.user + used.system) / 1_000;
      write(
        `${name}: ${result.records} records in ${Math.round(ms)} ms = ${Math.round((result.records * 1_000) / ms)}/s,` +
          ` ${Math.round((result.records * 1_000) / cpuMs)}/s per core, stored ${result.stored}, RSS ≤ ${Math.round(rssMax / 2 ** 20)} MiB`,
      );
    };
    await load("load");
    await load("load again");
    const sizes = await store.reader.query(
      `SELECT table, sum(rows) AS row_count, sum(data_compressed_bytes) AS bytes,
         sum(secondary_indices_compressed_bytes + primary_key_size) AS index_bytes
       FROM system.parts WHERE active AND database = currentDatabase() 
       GROUP BY table ORDER BY bytes DESC`,
      {},
    );
    for (const row of sizes as {
      table: string;
      row_count: number;
      bytes: number;
      index_bytes: number;
    }[]) {
      write(
        `${row.table}: ${row.row_count} rows, ${(row.bytes / row.row_count).toFixed(1)} B a row + ${(row.index_bytes / row.row_count).toFixed(1)} B index`,
      );
    }
    if (process.argv.includes("--columns")) {
      const columns = await store.reader.query(
        `SELECT table, column, sum(column_data_compressed_bytes) AS bytes, sum(rows) AS row_count FROM system.parts_columns
         WHERE active AND database = currentDatabase() AND table IN ('access_events','exposures','outcomes') GROUP BY table, column ORDER BY table, bytes DESC`,
        {},
      );
      for (const row of columns as {
        table: string;
        column: string;
        bytes: number;
        row_count: number;
      }[])
        write(`  ${row.table}.${row.column} ${(row.bytes / row.row_count).toFixed(2)}`);
    }
  });
}

async function main(): Promise<void> {
  await withFolder(async (folder) => {
    const given = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
    const sample = join(folder, "sample.ndjson");
    if (given.length === 0) await writeSample(sample, 300_000);
    const paths = given.length === 0 ? [sample] : given;
    await benchDecode(paths);
    await benchLoad(paths);
  });
}

void main();
