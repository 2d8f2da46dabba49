/** `deskwatch replay`: files through the whole pipeline in event time; the alerts in their final state. */
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import type { Alert } from "../../detectors/alert.ts";
import { createDetection } from "../../detectors/main.ts";
import { detectionPlan } from "../../detectors/parameters/detection-plan.ts";
import { listAlerts } from "../../detectors/store/alert-store.ts";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import type { Reader } from "../../ingest/clickhouse/define-query.ts";
import { checkFile, makeFolder } from "../../ingest/runtime/place.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { configuredLists } from "../configured-lists.ts";
import {
  abortedBySignal,
  type Context,
  openContext,
  openOwnStore,
  withContext,
} from "../context.ts";
import { takeInFiles } from "../file-source.ts";
import type { Output } from "../output.ts";
import { ownKeysOf, throwAwayKeys } from "./own-keys.ts";
import { openProgressBar } from "./progress.ts";

interface ReplayOptions {
  readonly in: readonly string[];
  readonly alerts: string;
  readonly config?: string;
  readonly data?: string;
}

export function replayCommand(output: Output): Command {
  return new Command("replay")
    .description("Replays contract NDJSON in event time and writes one line per alert.")
    .requiredOption("--in <file...>", "NDJSON, plain or .gz; several are merged by time")
    .requiredOption("--alerts <file>", "where the alerts go, sorted by time")
    .option("--config <file>", "JSON with canary_subjects and watchlist_subjects")
    .option("--data <folder>", "keeps the store here; default: thrown away at the end")
    .action((options: ReplayOptions) => replay(output, options));
}

async function replay(output: Output, options: ReplayOptions): Promise<void> {
  checkFile("--alerts", options.alerts);
  const signal = abortedBySignal("interrupted; no alerts were written");
  await withContext(replayContext(output, options), async (context) => {
    const bar = openProgressBar("replay");
    context.lifecycle.onStop("progress", bar.stop);
    const plan = detectionPlan(context.config);
    const given = options.config === undefined ? {} : { listsParameter: "--config" as const };
    const lists = configuredLists({ ...context, ...given }, plan);
    const store = await openOwnStore(context);
    const auditStore = createAuditStore({ ...context, store });
    await auditStore.warm();
    const detection = createDetection({
      ...context,
      plan,
      store,
      lists,
      durable: options.data !== undefined,
    });
    await detection.start();
    const source = { context, store, auditStore, detection, origin: "backfill" } as const;
    const onProgress = bar.update;
    const result = await takeInFiles(source, { files: options.in, onProgress, signal });
    await detection.stop();
    bar.stop();
    const alerts = await allAlerts(store.reader);
    await writeAlerts(options.alerts, alerts);
    output.line(
      JSON.stringify({
        records: result.records,
        events: result.events,
        dead_letters: result.deadLetters,
        skipped: result.skips,
        alerts: alerts.length,
      }),
    );
  });
}

/** Embedded, whatever the configuration says of servers and brokers; with keys of its own if none are set. */
function replayContext(output: Output, options: ReplayOptions): Context {
  const context = openContext(output, { DESKWATCH_LOG_LEVEL: "error" });
  const { data: folder, config: lists } = options;
  if (folder !== undefined) makeFolder("--data", folder);
  const dataDir = folder ?? mkdtempSync(join(tmpdir(), "deskwatch-replay-"));
  if (folder === undefined) {
    context.lifecycle.onStop("folder", () => rmSync(dataDir, { recursive: true, force: true }));
  }
  const { tokenKey, masterKey, subjectListsFile } = context.config;
  const isKeyed = tokenKey !== "" && masterKey !== "";
  const keys = isKeyed ? { tokenKey, masterKey } : ownOrThrowAwayKeys(folder);
  const places = { clickhouseUrl: "", dataDir, subjectListsFile: lists ?? subjectListsFile };
  return { ...context, config: { ...context.config, ...keys, ...places } };
}

const ownOrThrowAwayKeys = (folder: string | undefined) =>
  folder === undefined ? throwAwayKeys : ownKeysOf(folder);

const alertsPerPage = 1_000;
const anyAlert = {
  statuses: [],
  severities: [],
  lanes: [],
  agentIds: [],
  detectors: [],
  from: epochMs(-2_208_988_800_000),
  to: epochMs(9_000_000_000_000),
} as const;

/** Every alert of the store, earliest first, alerts of the same time by id. */
async function allAlerts(reader: Reader): Promise<readonly Alert[]> {
  const found: Alert[] = [];
  for (;;) {
    const last = found.at(-1);
    const after =
      last === undefined ? undefined : { time: Date.parse(last.time), id: last.alert_id };
    const page = await listAlerts(reader, anyAlert, { after, limit: alertsPerPage });
    found.push(...page.map(({ alert }) => alert));
    if (page.length < alertsPerPage) return found.reverse();
  }
}

/** The file appears whole or not at all. */
async function writeAlerts(path: string, alerts: readonly Alert[]): Promise<void> {
  const partial = `${path}.partial`;
  await writeFile(partial, alerts.map((alert) => `${JSON.stringify(alert)}\n`).join(""));
  renameSync(partial, path);
}
