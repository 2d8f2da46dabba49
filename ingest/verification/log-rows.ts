/**
 * The ledger's own tables as a verification reads them: in pages by row, so that no edited number makes it read
 * for ever, and with numbers cut to what can be told apart here, so that none makes it fail.
 */
import { z } from "zod";
import { defineQuery, type Reader } from "../clickhouse/define-query.ts";
import { linkColumns, linkRow, type StoredLink } from "../clickhouse/ledger-chains.ts";
import type { StoredCheckpoint } from "../clickhouse/ledger-log.ts";
import { numberedRows } from "./numbered-rows.ts";

/** Above every number that is read here. */
export const numberMax = Number.MAX_SAFE_INTEGER;
/** The largest that is told from its neighbours; whatever is larger reads as this. */
const cutAt = numberMax - 1;
const cut = (column: string): string => `least(${column}, ${cutAt}) AS ${column}`;

export interface ChainPlace {
  readonly source: string;
  readonly partition: number;
}

const chainParams = z.object({
  source: z.string(),
  partition: z.number().int(),
  from: z.number().int(),
  to: z.number().int(),
  limit: z.number().int(),
});

const linksPage = defineQuery({
  name: "ledger.links_page",
  sql: `SELECT ${linkColumns} FROM (
      SELECT source, partition, ${cut("sequence")}, ${cut("start_offset")}, ${cut("end_offset")},
        ${cut("outcomes")}, ${cut("events")}, ${cut("dead_letters")}, ${cut("exposures")},
        ${cut("identities")}, root, previous, mac, recorded_at
      FROM ledger WHERE source = {source:String} AND partition = {partition:UInt32})
    WHERE sequence >= {from:UInt64} AND sequence < {to:UInt64}
    ORDER BY sequence, recorded_at, root LIMIT {limit:UInt32}`,
  params: chainParams,
  row: linkRow,
});

export interface Entry {
  readonly logIndex: number;
  readonly sequence: number;
  /** Hex. */
  readonly leafHash: string;
  /** Epoch milliseconds; that of its link. */
  readonly recordedAt: number;
}

const entryColumns = `log_index, sequence, leaf_hash,
  toUnixTimestamp64Milli(recorded_at) AS recorded`;
const cutEntries = `SELECT source, partition, ${cut("log_index")}, ${cut("sequence")}, leaf_hash,
  recorded_at FROM ledger_entries`;

const entryRow = z
  .object({
    log_index: z.number().int(),
    sequence: z.number().int(),
    leaf_hash: z.string(),
    recorded: z.number().int(),
  })
  .transform(
    (row): Entry => ({
      logIndex: row.log_index,
      sequence: row.sequence,
      leafHash: row.leaf_hash,
      recordedAt: row.recorded,
    }),
  );

const entriesPage = defineQuery({
  name: "ledger_entries.chain_page",
  sql: `SELECT ${entryColumns} FROM (
      ${cutEntries} WHERE source = {source:String} AND partition = {partition:UInt32})
    WHERE sequence >= {from:UInt64} AND sequence < {to:UInt64}
    ORDER BY sequence, log_index, leaf_hash LIMIT {limit:UInt32}`,
  params: chainParams,
  row: entryRow,
});

/** Numbers [from, to) of one chain. */
export interface ChainPart extends ChainPlace {
  readonly from: number;
  readonly to: number;
}

/** In order of their numbers; a link that is stored twice comes twice. */
export const linksOf = (reader: Reader, { from: first, ...part }: ChainPart) =>
  numberedRows<StoredLink>({
    numberOf: ({ sequence }) => sequence,
    read: (from, limit) => linksPage(reader, { ...part, from: Math.max(first, from), limit }),
  });

export const entriesOf = (reader: Reader, { from: first, ...part }: ChainPart) =>
  numberedRows<Entry>({
    numberOf: ({ sequence }) => sequence,
    read: (from, limit) => entriesPage(reader, { ...part, from: Math.max(first, from), limit }),
  });

const logPage = defineQuery({
  name: "ledger_entries.log_page",
  sql: `SELECT ${entryColumns} FROM (${cutEntries})
    WHERE log_index >= {from:UInt64} AND log_index < {to:UInt64}
    ORDER BY log_index, leaf_hash LIMIT {limit:UInt32}`,
  params: z.object({ from: z.number().int(), to: z.number().int(), limit: z.number().int() }),
  row: entryRow,
});

const logRowsPerPage = 50_000;

/** Entries before `to`, in order of the log. */
export const logBefore = (reader: Reader, to: number) =>
  numberedRows<Entry>(
    {
      numberOf: ({ logIndex }) => logIndex,
      read: (from, limit) => logPage(reader, { from, to, limit }),
    },
    logRowsPerPage,
  );

const checkpointsPage = defineQuery({
  name: "checkpoints.page",
  sql: `SELECT tree_size, root, note, frontier
    FROM (SELECT ${cut("tree_size")}, root, note, frontier FROM checkpoints)
    WHERE tree_size >= {from:UInt64} AND tree_size <= {to:UInt64}
    ORDER BY tree_size, note LIMIT {limit:UInt32}`,
  params: z.object({ from: z.number().int(), to: z.number().int(), limit: z.number().int() }),
  row: z
    .object({
      tree_size: z.number().int(),
      root: z.string(),
      note: z.string(),
      frontier: z.string(),
    })
    .transform(({ tree_size: size, ...row }): StoredCheckpoint => ({ size, ...row })),
});

/** Heads of at most `to` entries, smallest first. */
export const checkpointsUpTo = (reader: Reader, to: number) =>
  numberedRows<StoredCheckpoint>({
    numberOf: ({ size }) => size,
    read: (from, limit) => checkpointsPage(reader, { from, to, limit }),
  });

const headSize = defineQuery({
  name: "checkpoints.newest_size",
  sql: `SELECT max(size) AS newest
    FROM (SELECT least(tree_size, ${cutAt}) AS size FROM checkpoints)`,
  params: z.object({}),
  row: z.object({ newest: z.number().int() }),
});

/** Entries that the newest head says it covers; 0 where there is none. */
export async function newestHeadSize(reader: Reader): Promise<number> {
  const [row] = await headSize(reader, {});
  return row?.newest ?? 0;
}

const logEnd = defineQuery({
  name: "ledger_entries.end",
  sql: `SELECT if(count() = 0, 0, least(max(log_index), ${cutAt}) + 1) AS log_end
    FROM ledger_entries`,
  params: z.object({}),
  row: z.object({ log_end: z.number().int() }),
});

/** The place behind the last entry. */
export async function logEndOf(reader: Reader): Promise<number> {
  const [row] = await logEnd(reader, {});
  return row?.log_end ?? 0;
}

/** Every chain that the ledger or its log knows, and where its links end. */
export const allChains = defineQuery({
  name: "ledger.chains",
  sql: `SELECT source, partition, least(max(last_sequence), ${cutAt}) AS last_sequence,
      least(max(chain_end), ${numberMax}) AS chain_end
    FROM (
      SELECT source, partition, max(sequence) AS last_sequence, max(end_offset) AS chain_end
      FROM ledger GROUP BY source, partition
      UNION ALL
      SELECT source, partition, max(sequence) AS last_sequence, 0 AS chain_end
      FROM ledger_entries GROUP BY source, partition)
    GROUP BY source, partition ORDER BY source, partition`,
  params: z.object({}),
  row: z.object({
    source: z.string(),
    partition: z.number().int(),
    last_sequence: z.number().int(),
    chain_end: z.number().int(),
  }),
});
