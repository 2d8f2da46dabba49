/** The one clock that all writers of a store share. */
import { z } from "zod";
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";
import { defineQuery, type Reader } from "./define-query.ts";
import { StoreError } from "./store-error.ts";

const nowQuery = defineQuery({
  name: "clock.now",
  sql: "SELECT toUnixTimestamp64Milli(now64(3)) AS at",
  params: z.object({}),
  row: z.object({ at: z.number() }),
});

/** The store's own clock. Rejects with `clickhouse.*`. */
export async function storeTime(reader: Reader): Promise<EpochMs> {
  const [answer] = await nowQuery(reader, {});
  if (answer === undefined) throw new StoreError("clickhouse.failed", "ClickHouse tells no time");
  return epochMs(answer.at);
}
