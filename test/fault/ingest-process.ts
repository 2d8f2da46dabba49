/**
 * The real ingest in a process of its own, for the fault test: a real consumer, a real store, and a kill at one
 * named point. Arguments: the data folder, the configuration as JSON, the point or `none`, how many outcomes there
 * must be before it stops and reports, and the signal that it sends to itself at the point, once.
 */
import { setTimeout as wait } from "node:timers/promises";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { migrate } from "../../ingest/clickhouse/migrate.ts";
import { StoreError } from "../../ingest/clickhouse/store-error.ts";
import { createIngestConsumer } from "../../ingest/kafka/consumer.ts";
import { createGroupReader, type GroupReaderOptions } from "../../ingest/kafka/group-reader.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import type { FaultStep, Moment } from "./kill-points.ts";
import { storedCounts } from "./stored-counts.ts";
import { type TrailReport, trailReport } from "./trail-report.ts";

/** What the last process prints when everything is stored. */
export type FaultReport = TrailReport;

/** Longer than most inserts begin, shorter than they take. */
const duringMs = 3;
const confirmPollMs = 50;

const [dataDir = "", configText = "{}", point = "none", expected = "0", signal = "SIGKILL"] =
  process.argv.slice(2);
let hasStumbled = false;
const stumble = (): void => {
  if (hasStumbled) return;
  hasStumbled = true;
  process.kill(process.pid, signal);
};

async function around<Value>(step: FaultStep, act: () => Promise<Value>): Promise<Value> {
  const at = (moment: Moment): boolean => point === `${moment} ${step}`;
  if (at("before")) stumble();
  const acting = act();
  if (at("during")) setTimeout(stumble, duringMs);
  const value = await acting;
  if (at("after") || at("during")) stumble();
  return value;
}

const stepOf = (table: string): FaultStep => table as FaultStep;

const faulty = (store: Store): Store => ({
  ...store,
  writer: {
    ...store.writer,
    insert: (insertion) =>
      insertion.lines === ""
        ? store.writer.insert(insertion)
        : around(stepOf(insertion.table), () => store.writer.insert(insertion)),
    insertRows: (table, rows) => around(stepOf(table), () => store.writer.insertRows(table, rows)),
  },
});

/** The one that nothing befalls may find everything stored and confirmed: commits of all partitions go out together. */
let hasConfirmed = point === "none";

function openFaultyReader(options: GroupReaderOptions) {
  const reader = createGroupReader(options);
  return {
    ...reader,
    commit: async (...[commit, epoch]: Parameters<typeof reader.commit>) => {
      const step = commit.metadata.startsWith("i1:") ? "announce" : "confirm";
      const outcome = await around(step, () => reader.commit(commit, epoch));
      if (step === "confirm") hasConfirmed = true;
      return outcome;
    },
  };
}

/** As a server answers a process that stood still: its connections are dropped, its questions are too old. */
const unanswered = ["clickhouse.unreachable", "clickhouse.timeout"];

/** 0 while the store does not answer. */
async function outcomesIn(store: Store): Promise<number> {
  try {
    return (await storedCounts(store.reader)).outcomes;
  } catch (error) {
    if (error instanceof StoreError && unanswered.includes(error.code)) return 0;
    throw error;
  }
}

async function main(): Promise<void> {
  const config: Config = JSON.parse(configText);
  const store = await openStore({ ...config, dataDir });
  await migrate(store, systemClock);
  const metrics = createMetrics();
  const auditStore = createAuditStore({
    store: faulty(store),
    config,
    clock: systemClock,
    metrics,
  });
  await auditStore.warm();
  const consumer = createIngestConsumer({
    config,
    auditStore,
    reader: store.reader,
    metrics,
    log: createLog(config),
    clock: systemClock,
    openReader: openFaultyReader,
    onFailure: (error) => {
      throw error;
    },
  });
  await consumer.start();
  for (;;) {
    if ((await outcomesIn(store)) >= Number(expected) && hasConfirmed) break;
    await wait(confirmPollMs);
  }
  await consumer.stop();
  const report: FaultReport = await trailReport(store);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  await store.close();
}

void main();
