/**
 * What goes with the alerts and no link covers, so that nothing stays in its place: actions of a time before the ledger,
 * and the record of what was sent.
 */
import { z } from "zod";
import type { Store } from "../clickhouse/client.ts";
import { defineQuery } from "../clickhouse/define-query.ts";
import { ofKeptAlert } from "./kept-tables.ts";

const goesWithAlert: Readonly<Record<string, string>> = {
  alert_actions: `source = '' AND at < fromUnixTimestamp64Milli({cutoff:Int64})`,
  deliveries: `updated_at < fromUnixTimestamp64Milli({cutoff:Int64})`,
};

const removals = Object.entries(goesWithAlert).map(([table, isOld]) => {
  const condition = `${isOld} AND NOT ${ofKeptAlert}`;
  return {
    count: defineQuery({
      name: `${table}.unplaced`,
      sql: `SELECT count() AS row_count FROM ${table} WHERE ${condition}`,
      params: z.object({ cutoff: z.number().int() }),
      row: z.object({ row_count: z.number().int() }),
    }),
    command: `ALTER TABLE ${table} DELETE WHERE ${condition} SETTINGS mutations_sync = 2`,
  };
});

export async function removeUnplaced(
  { reader, writer }: Pick<Store, "reader" | "writer">,
  cutoff: number,
): Promise<void> {
  for (const { count, command } of removals) {
    const [found] = await count(reader, { cutoff });
    if (found !== undefined && found.row_count > 0) await writer.command(command, { cutoff });
  }
}
