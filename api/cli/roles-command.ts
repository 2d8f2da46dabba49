/** `deskwatch up`, and one role each: `ingest`, `detect`, `serve`. */
import { setTimeout as wait } from "node:timers/promises";
import { Command } from "commander";
import { detectionPlan } from "../../detectors/parameters/detection-plan.ts";
import { emptyLists } from "../../detectors/subject-lists.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { StoreError } from "../../ingest/clickhouse/store-error.ts";
import { errorFields } from "../../ingest/runtime/log.ts";
import { CommandError } from "../command-error.ts";
import { configuredLists } from "../configured-lists.ts";
import {
  type Context,
  openContext,
  openOwnStore,
  untilSignalled,
  withContext,
} from "../context.ts";
import { type RoleName, startDeskwatch } from "../deskwatch.ts";
import { startInbox } from "../file-source.ts";
import type { Output } from "../output.ts";

export function upCommand(output: Output): Command {
  return new Command("up")
    .description("All roles in one process, over the embedded ClickHouse or a server.")
    .action(() => runRoles(openContext(output), ["ingest", "detect", "serve"]));
}

const roleCommand = (role: RoleName, description: string) => (output: Output) =>
  new Command(role).description(description).action(async () => {
    const context = openContext(output);
    if (context.config.clickhouseUrl === "") {
      throw new CommandError(
        "CLICKHOUSE_URL: one role alone needs a server; the embedded engine belongs to one process (`up`)",
        2,
      );
    }
    await runRoles(context, [role]);
  });

export const ingestCommand = roleCommand("ingest", "Kafka into the audit trail.");
export const detectCommand = roleCommand("detect", "Kafka into alerts.");
export const serveCommand = roleCommand("serve", "The API and the hooks.");

async function runRoles(context: Context, roles: readonly RoleName[]): Promise<void> {
  try {
    await runUntilStopped(context, roles);
  } finally {
    leave(context);
  }
}

/** After everything is closed. Milliseconds. */
const lingerMsMax = 500;

/** A Kafka client that had lost its broker can leave a socket or a timer behind, which would keep the process. */
function leave({ log }: Context): void {
  const timer = setTimeout(() => {
    log.warn({ resources: process.getActiveResourcesInfo() }, "process ended with resources open");
    process.exit();
  }, lingerMsMax);
  timer.unref();
}

async function runUntilStopped(context: Context, roles: readonly RoleName[]): Promise<void> {
  await withContext(context, async () => {
    // Before a database is waited for, which may be long.
    const plan = detectionPlan(context.config);
    const lists = roles.includes("detect") ? configuredLists(context, plan) : emptyLists;
    const store = await openWhenThere(context);
    const deskwatch = await startDeskwatch(context, { store, roles: new Set(roles), lists });
    const { auditStore, detection } = deskwatch;
    if (auditStore !== undefined && detection !== undefined) {
      await startInbox({ context, store, auditStore, detection, origin: "live" });
    }
    context.output.note(`deskwatch ${roles.join(", ")} at ${deskwatch.url}; Ctrl-C stops it`);
    await untilStopped(deskwatch.failed);
  });
}

/** How long a start waits for a database that does not answer, and between two tries. Milliseconds. */
const databaseMsMax = 1_800_000;
const databaseEveryMs = 2_000;
const away: ReadonlySet<string> = new Set(["clickhouse.unreachable", "clickhouse.timeout"]);

/** A process that ended at once would be started so often that its service manager gave up. */
async function openWhenThere(context: Context): Promise<Store> {
  const giveUpAt = context.clock.now() + databaseMsMax;
  for (;;) {
    try {
      return await openOwnStore(context);
    } catch (error) {
      const isAway = error instanceof StoreError && away.has(error.code);
      if (!isAway || context.clock.now() > giveUpAt) throw error;
      context.log.warn(errorFields(error), "the start waits for the database");
      await wait(databaseEveryMs);
    }
  }
}

/** Returns at a signal; throws the reason when a part ended by itself. */
export async function untilStopped(failed: Promise<unknown>): Promise<void> {
  const reason = await Promise.race([
    untilSignalled().then(() => undefined),
    failed.then((cause) => ({ cause })),
  ]);
  if (reason === undefined) return;
  throw reason.cause;
}
