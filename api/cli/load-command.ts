/** `deskwatch load`: back-fills files into the audit trail; what was loaded before is not loaded twice. */
import { Command } from "commander";
import { createDetection } from "../../detectors/main.ts";
import { detectionPlan } from "../../detectors/parameters/detection-plan.ts";
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import { configuredLists } from "../configured-lists.ts";
import { abortedBySignal, openContext, openOwnStore, withContext } from "../context.ts";
import { takeInFiles } from "../file-source.ts";
import { signWritten } from "../ledger.ts";
import type { Output } from "../output.ts";
import { openProgressBar } from "./progress.ts";

export function loadCommand(output: Output): Command {
  return new Command("load")
    .description("Back-fills contract NDJSON; resumable, without effect the second time.")
    .requiredOption("--in <file...>", "NDJSON, plain or .gz; several are merged by time")
    .action((options: { in: readonly string[] }) => load(output, options.in));
}

/**
 * Over the embedded engine the history is scored, too, so that baselines know it; alerts of history never
 * page anybody. Against a server it is only stored: there detection belongs to the `detect` process.
 */
async function load(output: Output, files: readonly string[]): Promise<void> {
  await withContext(openContext(output), async (context) => {
    const plan = detectionPlan(context.config);
    const lists = configuredLists(context, plan);
    const store = await openOwnStore(context);
    const auditStore = createAuditStore({ ...context, store });
    await auditStore.warm();
    const detection = store.embedded
      ? createDetection({
          ...context,
          store,
          plan,
          lists,
          durable: true,
        })
      : undefined;
    await detection?.start();
    context.lifecycle.onStop("detection", () => detection?.stop());
    const bar = openProgressBar("load");
    context.lifecycle.onStop("progress", bar.stop);
    const signal = abortedBySignal("interrupted; run it again to go on");
    const source = { context, store, auditStore, detection, origin: "backfill" } as const;
    const result = await takeInFiles(source, {
      files,
      onProgress: bar.update,
      signal,
    });
    bar.stop();
    await signWritten(context, store);
    output.line(
      JSON.stringify({
        records: result.records,
        stored: result.stored,
        events: result.events,
        dead_letters: result.deadLetters,
        skipped: result.skips,
        scored: detection !== undefined,
      }),
    );
  });
}
