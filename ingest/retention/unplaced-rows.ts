/** Actions on alerts of a time before the ledger: no link covers them, so nothing stays in their place. */
import { z } from "zod";
import type { Store } from "../clickhouse/client.ts";
import { defineQuery } from "../clickhouse/define-query.ts";
import { ofKeptAlert } from "./kept-tables.ts";

const condition = `source = '' AND at < fromUnixTimestamp64Milli({cutoff:Int64})
  AND NOT ${ofKeptAlert}`;

const unplaced = defineQuery({
  name: "alert_actions.unplaced",
  sql: `SELECT count() AS row_count FROM alert_actions WHERE ${condition}`,
  params: z.object({ cutoff: z.number().int() }),
  row: z.object({ row_count: z.number().int() }),
});

export async function removeUnplaced(
  { reader, writer }: Pick<Store, "reader" | "writer">,
  cutoff: number,
): Promise<void> {
  const [found] = await unplaced(reader, { cutoff });
  if (found === undefined || found.row_count === 0) return;
  await writer.command(
    `ALTER TABLE alert_actions DELETE WHERE ${condition} SETTINGS mutations_sync = 2`,
    { cutoff },
  );
}
