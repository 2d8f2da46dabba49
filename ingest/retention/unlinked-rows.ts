/** Removes what goes with the alerts and no link covers. */
import type { Store } from "../clickhouse/client.ts";
import type { LegalHold } from "../clickhouse/stored-holds.ts";
import { heldOf, unlinkedRemovals } from "./kept-tables.ts";

export async function removeUnlinked(
  { reader, writer }: Pick<Store, "reader" | "writer">,
  { cutoff, holds }: { readonly cutoff: number; readonly holds: readonly LegalHold[] },
): Promise<void> {
  const limits = { cutoff, ...heldOf(holds) };
  for (const { count, command } of unlinkedRemovals) {
    const [found] = await count(reader, limits);
    if (found !== undefined && found.row_count > 0) await writer.command(command, limits);
  }
}
