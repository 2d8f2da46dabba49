/** What a store holds at the end of a fault run, and what its ledger says of it. */
import type { Store } from "../../ingest/clickhouse/client.ts";
import { notaryOf, verify } from "../helpers/ledger.ts";
import { type StoredCounts, storedCounts } from "./stored-counts.ts";

export interface TrailReport extends StoredCounts {
  /** Offsets whose rows were compared with a link of the ledger. */
  readonly verifiedOffsets: number;
  /** What the verification found, one line each. */
  readonly discrepancies: readonly string[];
}

/** Has the log signed first: nothing else may be writing it. */
export async function trailReport(store: Store): Promise<TrailReport> {
  const notary = notaryOf(store);
  while ((await notary.round()) > 0);
  const counts = await storedCounts(store.reader);
  const { offsets, discrepancies } = await verify(store);
  return {
    ...counts,
    verifiedOffsets: offsets,
    discrepancies: discrepancies.map(
      ({ kind, table, source, partition, from, to, detail }) =>
        `${kind} ${table} ${source}:${partition} ${from}-${to}: ${detail}`,
    ),
  };
}
