/** What a command decides over a store at rest. */
import type { Store } from "../../ingest/clickhouse/client.ts";
import { StoreError } from "../../ingest/clickhouse/store-error.ts";
import { CommandError } from "../command-error.ts";
import { type Context, openContext, openOwnStore, withContext } from "../context.ts";
import { signWritten } from "../ledger.ts";
import type { Output } from "../output.ts";

/**
 * What `work` puts down is part of the ledger, so it is signed before the command ends. `instead`: the routes that do
 * the same while a process holds the embedded engine.
 */
export async function atRest(
  output: Output,
  instead: string,
  work: (context: Context, store: Store) => Promise<void>,
): Promise<void> {
  await withContext(openContext(output), async (context) => {
    const store = await openOwnStore(context).catch((error: unknown) => {
      throw withAdvice(error, instead);
    });
    await work(context, store);
    await signWritten(context, store);
  });
}

function withAdvice(error: unknown, instead: string): unknown {
  if (!(error instanceof StoreError) || error.code !== "store.locked") return error;
  return new CommandError(`${error.message}; while it runs, ${instead} do the same`, 1);
}
