/** Whether retention has taken accesses of a range that is asked about: nobody found there is then not nobody exposed. */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { isoTimeOrNull } from "../parameters.ts";

export const retiredBeforeField = z.iso
  .datetime()
  .nullable()
  .meta({
    description:
      "Accesses before this time are gone by retention, but for those under a legal hold, and with them whom they exposed." +
      " null: none within the range that was asked about.",
  });

const newestCutoff = defineQuery({
  name: "retirements.newest_cutoff",
  sql: `SELECT toUnixTimestamp64Milli(max(cutoff_at)) AS cutoff_ms FROM retirements
    WHERE table_name = 'access_events'`,
  params: z.object({}),
  row: z.object({ cutoff_ms: z.number().int() }),
});

/** `from`: where the range begins, epoch milliseconds. */
export async function retiredBefore(reader: Reader, from: number): Promise<string | null> {
  const [found] = await newestCutoff(reader, {});
  const cutoff = found?.cutoff_ms ?? 0;
  return isoTimeOrNull(cutoff > Math.max(0, from) ? cutoff : undefined);
}
