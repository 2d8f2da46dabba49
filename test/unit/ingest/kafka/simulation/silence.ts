/** A log and metrics that keep nothing: a schedule has no time for either. */
import { createLog } from "../../../../../ingest/runtime/log.ts";
import type { Metrics } from "../../../../../ingest/runtime/metrics.ts";

export const silentLog = createLog({ logLevel: "silent" });

const nothing = (): void => undefined;
export const silentMetrics = {
  count: nothing,
  gauge: nothing,
  observe: nothing,
} as unknown as Metrics;
