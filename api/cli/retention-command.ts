/** `deskwatch retention run | show`: retires what is too old; says what is kept how long and what is held. */
import { Command } from "commander";
import { mergedTables } from "../../ingest/clickhouse/retention.ts";
import { StoreError } from "../../ingest/clickhouse/store-error.ts";
import { keptTables, unlinkedTables } from "../../ingest/retention/kept-tables.ts";
import { runRetention } from "../../ingest/retention/retention-pass.ts";
import { settings } from "../../ingest/runtime/settings.ts";
import { commandPrincipal } from "../auth/role.ts";
import { CommandError } from "../command-error.ts";
import { openContext, openMigratedStore, openOwnStore, withContext } from "../context.ts";
import { signWritten } from "../ledger.ts";
import type { Output } from "../output.ts";
import { legalHoldsOf, retentionDepsOf } from "../retention.ts";
import { holdRow } from "./hold-command.ts";

interface RetentionOptions {
  readonly json?: boolean;
}

export function retentionCommand(output: Output): Command {
  const command = new Command("retention").description("Retires rows that are too old.");
  command
    .command("run")
    .description("One pass over a store at rest; a running system does the same every hour.")
    .option("--json", "one JSON document")
    .action((options: RetentionOptions) => run(output, options));
  command
    .command("show")
    .description("Lists the limit of each table, then the legal holds in force.")
    .option("--json", "one JSON document")
    .action((options: RetentionOptions) => show(output, options));
  return command;
}

async function run(output: Output, { json = false }: RetentionOptions): Promise<void> {
  await withContext(openContext(output), async (context) => {
    const store = await openOwnStore(context).catch((error: unknown) => {
      throw withAdvice(error);
    });
    const { config } = context;
    const options = { config, principal: commandPrincipal, mayGoOn: () => true };
    const { retired, refusedLinks } = await runRetention(retentionDepsOf(context, store), options);
    await signWritten(context, store);
    const rows = [...retired].map(([table, count]) => ({ table, retired: count }));
    output.rows(rows, json);
    if (refusedLinks === 0) return;
    const told = `${refusedLinks} ranges were left alone: their rows are not those committed to`;
    throw new CommandError(`${told}; run \`deskwatch verify\``, 1);
  });
}

async function show(output: Output, { json = false }: RetentionOptions): Promise<void> {
  await withContext(openContext(output), async (context) => {
    const store = await openMigratedStore(context).catch((error: unknown) => {
      throw withAdvice(error);
    });
    const limits = [...keptTables, ...unlinkedTables, ...mergedTables].map(
      ({ table, setting }) => ({
        table,
        days: context.config[setting] === 0 ? "for ever" : context.config[setting],
        setting: settings[setting].env,
      }),
    );
    const holds = (await legalHoldsOf(context, store).active()).map(holdRow);
    if (json) {
      output.line(JSON.stringify({ limits, holds }, null, 2));
      return;
    }
    output.rows(limits, false);
    output.line("");
    output.rows(holds, false);
  });
}

/** The embedded engine belongs to one process, and that one retires by itself. */
function withAdvice(error: unknown): unknown {
  if (!(error instanceof StoreError) || error.code !== "store.locked") return error;
  return new CommandError(`${error.message}; while it runs, it retires every hour by itself`, 1);
}
