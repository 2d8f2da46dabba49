/**
 * `deskwatch demo`: a month of a simulated desk with planted misuse, scored, then a live trickle. Embedded,
 * without a broker; the next start goes on where it stopped.
 */
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import type { Store } from "../../ingest/clickhouse/client.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { dayMs } from "../../ingest/simulator/calendar.ts";
import { demoMonth, type LabelledStream } from "../../ingest/simulator/demo-month.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { createKey, listKeys, revokeKey } from "../auth/keys.ts";
import { commandPrincipal } from "../auth/role.ts";
import { CommandError } from "../command-error.ts";
import {
  abortedBySignal,
  type Context,
  openContext,
  openOwnStore,
  withContext,
} from "../context.ts";
import { startDeskwatch } from "../deskwatch.ts";
import { type FileSource, startInbox, takeInFiles } from "../file-source.ts";
import { statementMacOf, statementsOf } from "../ledger.ts";
import type { Output } from "../output.ts";
import { type DeskPlan, demoFolderOf, readDeskPlan, writeDeskPlan } from "./demo-place.ts";
import { startTrickle } from "./demo-trickle.ts";
import { ownKeysOf } from "./own-keys.ts";
import { openProgressBar } from "./progress.ts";
import { untilStopped } from "./roles-command.ts";
import { openNdjsonSink } from "./stream-sink.ts";

const demoDays = 30;
const demoAgents = 40;
const demoKeyName = "demo";

export function demoCommand(output: Output): Command {
  return new Command("demo")
    .description("A simulated month with planted misuse, then a live trickle.")
    .action(() => runDemo(output));
}

async function runDemo(output: Output): Promise<void> {
  const signal = abortedBySignal("stopped while loading; the next start goes on from here");
  await withContext(demoContext(output), async (context) => {
    const plan = planOf(context);
    const month = demoMonth({ ...plan, days: plan.days });
    const listsFile = join(context.config.dataDir, "subject-lists.json");
    writeFileSync(listsFile, JSON.stringify(month.desk.config));
    const running = { ...context, config: { ...context.config, subjectListsFile: listsFile } };
    const store = await openOwnStore(running);
    const roles = new Set(["ingest", "detect", "serve"] as const);
    const deskwatch = await startDeskwatch(running, { store, roles });
    const { auditStore, detection, url } = deskwatch;
    if (auditStore === undefined || detection === undefined) {
      throw new CommandError("the demo needs every role", 1);
    }
    output.line(`Deskwatch demo at ${url}`);
    const source = { context: running, store, auditStore, detection, origin: "backfill" } as const;
    await loadMonth(source, month, signal);
    const live = { ...source, origin: "live" } as const;
    await startInbox(live);
    await startTrickle(live, month.desk);
    greet(output, url, await freshKey(store, running));
    await untilStopped(deskwatch.failed);
    output.line("stopped; the next start goes on from here");
  });
}

/** Embedded and alone, in a folder of its own, whatever else is configured. */
function demoContext(output: Output): Context {
  const context = openContext(output, { DESKWATCH_LOG_LEVEL: "warn" });
  const dataDir = demoFolderOf(context.config);
  const config: Config = {
    ...context.config,
    ...ownKeysOf(dataDir),
    dataDir,
    clickhouseUrl: "",
    kafkaBrokers: [],
    pagerdutyRoutingKey: "",
  };
  output.note(
    `data, and the demo's own keys beside them: ${dataDir} (never do this with real data)`,
  );
  return { ...context, config };
}

function planOf({ config, clock }: Context): DeskPlan {
  const known = readDeskPlan(config.dataDir);
  if (known !== undefined) return known;
  const now = clock.now();
  const start = (Math.floor(now / dayMs) - demoDays) * dayMs;
  const plan = { seed: "desk", agents: demoAgents, start, days: (now - start) / dayMs };
  writeDeskPlan(config.dataDir, plan);
  return plan;
}

/** The month is written once and loaded once; an interrupted load goes on. */
async function loadMonth(
  source: FileSource,
  month: LabelledStream,
  signal: AbortSignal,
): Promise<void> {
  const path = join(source.context.config.dataDir, "month.ndjson.gz");
  if (!existsSync(path)) {
    const sink = openNdjsonSink(`${path}.partial.gz`);
    for (const event of month.events) await sink.write(event);
    await sink.close();
    renameSync(`${path}.partial.gz`, path);
  }
  const bar = openProgressBar("a month of the desk");
  source.context.lifecycle.onStop("progress", bar.stop);
  await takeInFiles(source, { files: [path], onProgress: bar.update, signal });
  bar.stop();
}

/** One key at a time: the former demo's key ends here. */
async function freshKey(store: Store, context: Context): Promise<string> {
  const now = context.clock.now();
  const change = { principal: commandPrincipal, at: now };
  const statements = statementsOf(context, store);
  const keys = { reader: store.reader, statements, mac: statementMacOf(context) };
  for (const { keyId, name, revokedAt } of await listKeys(keys)) {
    if (name === demoKeyName && revokedAt === null) await revokeKey(keys, keyId, change);
  }
  const wanted = { name: demoKeyName, role: "admin", expiresAt: epochMs(now + dayMs) } as const;
  return (await createKey(keys, wanted, change)).apiKey;
}

function greet(output: Output, url: string, apiKey: string): void {
  const authorised = `curl -s -H "Authorization: Bearer ${apiKey}"`;
  const first = `$(${authorised} "${url}/v1/alerts?limit=1" | grep -o '"alert_id":"[^"]*"' | cut -d'"' -f4)`;
  for (const line of [
    `API key (this once): ${apiKey}`,
    "",
    "the alerts, newest first",
    `  ${authorised} "${url}/v1/alerts"`,
    "one alert with its explanation",
    `  ${authorised} "${url}/v1/alerts/${first}"`,
    "the metrics",
    `  curl -s ${url}/metrics`,
    "",
    "make one happen now: npm run -s deskwatch -- simulate bulk-paging",
    "Ctrl-C stops; the next start resumes.",
  ]) {
    output.line(line);
  }
}
