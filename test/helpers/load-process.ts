/**
 * Loads one file in a process of its own and stands still at a given point, to be killed there.
 *
 *   node --import tsx test/helpers/load-process.ts DATA_DIR FILE POINT MODE
 *
 * Points count the inserts from 0. MODE `before` and `after` stand still around the insert; `during` sends it
 * and goes on. The process prints `at POINT`, or `done` at the end.
 */
import type { Writer } from "../../ingest/clickhouse/client.ts";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { loadFiles } from "../../ingest/files/load.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { auditStoreOf } from "./audit-store.ts";
import { testStoreOptions } from "./store.ts";

const [, , dataDir = "", file = "", point = "-1", mode = "before"] = process.argv;
const limits = { batchRowsMax: 5, batchBytesMax: 1024 * 1024, recordBytesMax: 1024 * 1024 };

function standStill(): Promise<never> {
  setInterval(() => undefined, 60_000);
  return new Promise(() => undefined);
}

const say = (line: string): Promise<void> =>
  new Promise((resolve) => {
    process.stdout.write(`${line}\n`, () => resolve());
  });

function pausing(writer: Writer): Writer {
  let count = 0;
  const around = async (insert: () => Promise<void>): Promise<void> => {
    const isHere = String(count) === point;
    count += 1;
    if (!isHere) return insert();
    if (mode === "after") await insert();
    await say(`at ${point}`);
    if (mode !== "during") await standStill();
    await insert();
  };
  return {
    ...writer,
    insert: (insertion) =>
      insertion.lines === "" ? Promise.resolve() : around(() => writer.insert(insertion)),
    insertRows: (table, rows) =>
      rows.length === 0 ? Promise.resolve() : around(() => writer.insertRows(table, rows)),
  };
}

async function main(): Promise<void> {
  const store = await openStore(testStoreOptions(dataDir));
  await migrate(store, systemClock);
  const paused = { ...store, writer: pausing(store.writer) };
  const auditStore = auditStoreOf(paused);
  await auditStore.warm();
  await loadFiles({ files: [file], auditStore, store: paused, config: limits, clock: systemClock });
  await store.close();
  await say("done");
}

void main();
