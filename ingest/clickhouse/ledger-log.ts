/** The log of the ledger as it is stored: which link stands at which place, and the signed heads. */
import { z } from "zod";
import { defineQuery } from "./define-query.ts";
import { linkColumns, linkRow } from "./ledger-chains.ts";

/** Links of one chain that cover something of the offsets from `first` to `last`, in order of their start. */
export const linksOver = defineQuery({
  name: "ledger.links_over",
  sql: `SELECT ${linkColumns} FROM ledger
    WHERE source = {source:String} AND partition = {partition:UInt32}
      AND end_offset > {first:UInt64} AND start_offset <= {last:UInt64}
    ORDER BY start_offset, end_offset, sequence`,
  params: z.object({
    source: z.string(),
    partition: z.number().int(),
    first: z.number().int(),
    last: z.number().int(),
  }),
  row: linkRow,
});

const entryRow = z
  .object({ log_index: z.number().int(), sequence: z.number().int(), leaf_hash: z.string() })
  .transform((row) => ({
    logIndex: row.log_index,
    sequence: row.sequence,
    leafHash: row.leaf_hash,
  }));

export const entriesOfChain = defineQuery({
  name: "ledger_entries.of_chain",
  sql: `SELECT log_index, sequence, leaf_hash FROM ledger_entries
    WHERE source = {source:String} AND partition = {partition:UInt32}
      AND sequence > {after:Int64} AND sequence <= {to:Int64}
    ORDER BY sequence, log_index`,
  params: z.object({
    source: z.string(),
    partition: z.number().int(),
    after: z.number().int(),
    to: z.number().int(),
  }),
  row: entryRow,
});

/** Entries from one place of the log on, in order. */
export const entriesFrom = defineQuery({
  name: "ledger_entries.from",
  sql: `SELECT log_index, sequence, leaf_hash FROM ledger_entries
    WHERE log_index >= {from:UInt64} AND log_index < {to:UInt64} ORDER BY log_index, leaf_hash`,
  params: z.object({ from: z.number().int(), to: z.number().int() }),
  row: entryRow,
});

const sizeRow = z.object({ entry_count: z.number().int(), next_index: z.number().int() });

/** How many entries there are, and the place behind the last: equal in a log without holes. */
export const logSize = defineQuery({
  name: "ledger_entries.size",
  sql: `SELECT count() AS entry_count, if(count() = 0, 0, max(log_index) + 1) AS next_index
    FROM ledger_entries`,
  params: z.object({}),
  row: sizeRow,
});

export interface StoredCheckpoint {
  readonly size: number;
  /** Hex. */
  readonly root: string;
  readonly note: string;
  /** The frontier of the tree: hex hashes, separated by spaces. */
  readonly frontier: string;
}

const checkpointRow = z
  .object({ tree_size: z.number().int(), root: z.string(), note: z.string(), frontier: z.string() })
  .transform(({ tree_size: size, ...row }): StoredCheckpoint => ({ size, ...row }));

/** Heads from a size on, smallest first. */
export const checkpointsFrom = defineQuery({
  name: "checkpoints.from",
  sql: `SELECT tree_size, root, note, frontier FROM checkpoints
    WHERE tree_size >= {from:UInt64} ORDER BY tree_size, note LIMIT {limit:UInt32}`,
  params: z.object({ from: z.number().int(), limit: z.number().int() }),
  row: checkpointRow,
});

export const newestCheckpoint = defineQuery({
  name: "checkpoints.newest",
  sql: `SELECT tree_size, root, note, frontier FROM checkpoints ORDER BY tree_size DESC LIMIT 1`,
  params: z.object({}),
  row: checkpointRow,
});

/** How many links of the log were recorded from `since` on, and the first place of one; 0 without any. */
export const firstEntrySince = defineQuery({
  name: "ledger_entries.first_since",
  sql: `SELECT minIf(log_index, recorded_at >= fromUnixTimestamp64Milli({since:Int64})) AS first,
      countIf(recorded_at >= fromUnixTimestamp64Milli({since:Int64})) AS entry_count
    FROM ledger_entries`,
  params: z.object({ since: z.number().int() }),
  row: z.object({ first: z.number().int(), entry_count: z.number().int() }),
});

/**
 * Links that are not in the log, oldest first; `since`: only those recorded from then on. Of the log only what stands
 * at `from` or behind it is looked at: nothing before that may have been recorded since.
 */
export const linksToLog = defineQuery({
  name: "ledger.links_to_log",
  sql: `SELECT ${linkColumns} FROM ledger
    WHERE recorded_at >= fromUnixTimestamp64Milli({since:Int64})
      AND (source, partition, sequence) NOT IN (
        SELECT source, partition, sequence FROM ledger_entries
        WHERE log_index >= {from:UInt64} AND recorded_at >= fromUnixTimestamp64Milli({since:Int64}))
    ORDER BY recorded_at, source, partition, sequence LIMIT {limit:UInt32}`,
  params: z.object({
    since: z.number().int(),
    from: z.number().int(),
    limit: z.number().int(),
  }),
  row: linkRow,
});

/** Links in all, in the log or not; answered from metadata. */
export const linkCount = defineQuery({
  name: "ledger.link_count",
  sql: "SELECT count() AS link_count FROM ledger",
  params: z.object({}),
  row: z.object({ link_count: z.number().int() }),
});
