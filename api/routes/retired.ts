/** Whether retention has taken something of a range that is asked about: nothing found there is then not nothing done. */
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { eventTables } from "../../ingest/clickhouse/event-rows.ts";
import type { EventKind } from "../../ingest/vocabulary/event.ts";
import { isoTimeOrNull } from "../parameters.ts";

export const retiredBeforeField = z.iso
  .datetime()
  .nullable()
  .meta({
    description:
      "Accesses before this time are gone by retention, but for those under a legal hold, and with them whom they exposed." +
      " null: none within the range that was asked about.",
  });

export const eventsRetiredBeforeField = retiredBeforeField.meta({
  description:
    "Events before this time are gone by retention, but for those under a legal hold: of the kind that was asked for and" +
    " is kept for the shortest time. null: none within the range that was asked about.",
});

const newestCutoff = defineQuery({
  name: "retirements.newest_cutoff",
  sql: `SELECT toUnixTimestamp64Milli(max(cutoff_at)) AS cutoff_ms FROM retirements
    WHERE has({tables:Array(String)}, table_name)`,
  params: z.object({ tables: z.array(z.string()) }),
  row: z.object({ cutoff_ms: z.number().int() }),
});

/** `from`: where the range begins, epoch milliseconds. `kinds`: of any of these. */
export async function retiredBefore(
  reader: Reader,
  from: number,
  kinds: readonly EventKind[] = ["access"],
): Promise<string | null> {
  const [found] = await newestCutoff(reader, { tables: kinds.map((kind) => eventTables[kind]) });
  const cutoff = found?.cutoff_ms ?? 0;
  return isoTimeOrNull(cutoff > Math.max(0, from) ? cutoff : undefined);
}
