/**
 * Rows that an earlier version stored, before there was a ledger: committed to as they are found at the first
 * start. What was edited before then cannot be told; what is edited from then on can. Once a head of the log is signed
 * nothing is taken for earlier any more: a row need only claim an old time to look so.
 */
import { z } from "zod";
import type { Leaf } from "../ledger/leaf.ts";
import type { Clock } from "../runtime/clock.ts";
import { epochMs } from "../vocabulary/brand.ts";
import { defineQuery, type Reader } from "./define-query.ts";
import type { ChainPlace, LedgerChains } from "./ledger-chains.ts";
import { ledger } from "./migrations/0003-ledger.ts";
import { leafOfStored, readStoredRecords } from "./stored-records.ts";

/** Partitions with rows of a time before the ledger that its chain does not reach. */
const earlier = defineQuery({
  name: "outcomes.before_the_ledger",
  sql: `SELECT stored.source AS source, stored.partition AS partition,
      max(chains.chain_end) AS chain_end, min(stored.offset) AS first, max(stored.offset) + 1 AS end
    FROM (SELECT source, partition, offset FROM outcomes
      WHERE ingested_at < (SELECT min(applied_at) FROM schema_migrations WHERE id = {id:UInt32})
    ) AS stored
    LEFT JOIN (SELECT source, partition, max(end_offset) AS chain_end FROM ledger
      GROUP BY source, partition) AS chains
    ON stored.source = chains.source AND stored.partition = chains.partition
    GROUP BY source, partition HAVING end > chain_end ORDER BY source, partition`,
  params: z.object({ id: z.number().int() }),
  row: z.object({
    source: z.string(),
    partition: z.number().int(),
    chain_end: z.number().int(),
    first: z.number().int(),
    end: z.number().int(),
  }),
});

const heads = defineQuery({
  name: "checkpoints.count",
  sql: "SELECT count() AS heads FROM checkpoints",
  params: z.object({}),
  row: z.object({ heads: z.number().int() }),
});

interface AdoptDeps {
  readonly reader: Reader;
  readonly chains: Pick<LedgerChains, "append">;
  readonly clock: Clock;
}

const offsetsPerLink = 10_000;
const writeMsMax = 60_000;

/** Once, before anything else is written; goes on where it was cut off. About 20 s for a million records. */
export async function adoptEarlierRows({ reader, chains, clock }: AdoptDeps): Promise<void> {
  const [signed] = await heads(reader, {});
  if (signed !== undefined && signed.heads > 0) return;
  for (const { source, partition, ...found } of await earlier(reader, { id: ledger.id })) {
    const start = Math.max(found.chain_end, found.first);
    for (let from = start; from < found.end; from += offsetsPerLink) {
      const end = Math.min(found.end, from + offsetsPerLink);
      const records = await readStoredRecords(reader, { source, partition, start: from, end });
      for (const leaves of runsOf(records, { from, end })) {
        const deadline = epochMs(clock.now() + writeMsMax);
        await chains.append([{ range: rangeOf({ source, partition }, leaves), leaves, deadline }]);
      }
    }
  }
}

/** Leaves that follow on one another; an offset that the broker had lost ends a run. */
function runsOf(
  records: Awaited<ReturnType<typeof readStoredRecords>>,
  { from, end }: { readonly from: number; readonly end: number },
): readonly (readonly Leaf[])[] {
  const runs: Leaf[][] = [];
  let isOpen = false;
  for (let offset = from; offset < end; offset += 1) {
    const leaf = leafOfStored(offset, records.get(offset));
    if (leaf !== undefined && isOpen) runs.at(-1)?.push(leaf);
    else if (leaf !== undefined) runs.push([leaf]);
    isOpen = leaf !== undefined;
  }
  return runs;
}

function rangeOf(place: ChainPlace, leaves: readonly Leaf[]) {
  const start = leaves[0]?.offset ?? 0;
  return { ...place, start, end: start + leaves.length };
}
