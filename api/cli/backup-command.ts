/** `deskwatch backup` and `deskwatch restore`: the embedded store as a folder, and back. */
import { Command } from "commander";
import { makeBackup } from "../../ingest/backup/backup.ts";
import { restoreBackup } from "../../ingest/backup/restore.ts";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { StoreError } from "../../ingest/clickhouse/store-error.ts";
import { CommandError } from "../command-error.ts";
import { type Context, openContext, withContext } from "../context.ts";
import type { Output } from "../output.ts";

export function backupCommand(output: Output): Command {
  return new Command("backup")
    .description("Copies the embedded store; while it runs, POST /v1/backups does.")
    .requiredOption("--out <folder>", "must not be there yet")
    .action(({ out }: { out: string }) =>
      withContext(openContext(output), async (context) => {
        const store = await openedStore(context);
        const { dataDir } = context.config;
        const { made_at } = await makeBackup({
          ...context,
          store,
          dataDir,
          folder: out,
          setting: "--out",
        });
        output.line(`${out} as of ${made_at}`);
      }),
    );
}

export function restoreCommand(output: Output): Command {
  return new Command("restore")
    .description(
      "Puts a backup into an empty data folder; what came after it comes from Kafka again.",
    )
    .requiredOption("--from <folder>", "as `backup` made it")
    .action(({ from }: { from: string }) =>
      withContext(openContext(output), async (context) => {
        const store = await openedStore(context);
        const { dataDir } = context.config;
        const { made_at } = await restoreBackup({ ...context, store, dataDir, folder: from });
        output.line(`${dataDir} as of ${made_at}; check it with \`deskwatch verify\``);
      }),
    );
}

async function openedStore(context: Context) {
  const store = await openStore(context.config).catch((error: unknown) => {
    if (!(error instanceof StoreError) || error.code !== "store.locked") throw error;
    throw new CommandError(`${error.message}; while it runs, POST /v1/backups copies it`, 1);
  });
  context.lifecycle.onStop("store", () => store.close());
  return store;
}
