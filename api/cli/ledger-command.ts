/** `deskwatch ledger key`: the public keys that verify the log. */
import { Command } from "commander";
import { ledgerKeysOf } from "../../ingest/ledger/ledger-key.ts";
import { openContext, withContext } from "../context.ts";
import type { Output } from "../output.ts";

export function ledgerCommand(output: Output): Command {
  const command = new Command("ledger").description("About the ledger of the audit trail.");
  command
    .command("key")
    .description("Prints the public keys of the log, the present one first.")
    .action(() =>
      withContext(openContext(output), async ({ config }) => {
        for (const { text } of ledgerKeysOf(config).trusted.keys) output.line(text);
      }),
    );
  return command;
}
