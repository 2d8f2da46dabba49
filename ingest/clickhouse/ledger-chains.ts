/** The chains of the ledger: one per partition of a source, each link appended once, after its rows. */
import { z } from "zod";
import type { Leaf } from "../ledger/leaf.ts";
import { leafText } from "../ledger/leaf.ts";
import {
  type ChainHead,
  emptyChain,
  headOf,
  type LedgerCounts,
  type LedgerRecord,
} from "../ledger/ledger-record.ts";
import type { LinkMac } from "../ledger/link-mac.ts";
import { rootOfData } from "../ledger/merkle.ts";
import type { Range } from "../pipeline/audit-store.ts";
import { createRecentMap } from "../pipeline/recent-map.ts";
import type { Clock } from "../runtime/clock.ts";
import type { EpochMs } from "../vocabulary/brand.ts";
import type { Writer } from "./client.ts";
import { defineQuery, type Reader } from "./define-query.ts";
import { rangeName } from "./range-insertion.ts";
import { StoreError } from "./store-error.ts";

export type ChainPlace = Pick<Range, "source" | "partition">;

export interface StoredLink extends LedgerRecord {
  readonly mac: string;
}

export const linkColumns = `source, partition, sequence, start_offset, end_offset, outcomes, events,
  dead_letters, exposures, identities, root, previous, mac, toUnixTimestamp64Milli(recorded_at) AS recorded`;

export const linkRow = z
  .object({
    source: z.string(),
    partition: z.number().int(),
    sequence: z.number().int(),
    start_offset: z.number().int(),
    end_offset: z.number().int(),
    outcomes: z.number().int(),
    events: z.number().int(),
    dead_letters: z.number().int(),
    exposures: z.number().int(),
    identities: z.number().int(),
    root: z.string(),
    previous: z.string(),
    mac: z.string(),
    recorded: z.number().int(),
  })
  .transform(
    (row): StoredLink => ({
      mac: row.mac,
      source: row.source,
      partition: row.partition,
      sequence: row.sequence,
      start: row.start_offset,
      end: row.end_offset,
      counts: {
        outcomes: row.outcomes,
        events: row.events,
        deadLetters: row.dead_letters,
        exposures: row.exposures,
        identities: row.identities,
      },
      root: row.root,
      previous: row.previous,
      recordedAt: row.recorded,
    }),
  );

const newestLink = defineQuery({
  name: "ledger.newest_link",
  sql: `SELECT ${linkColumns} FROM ledger
    WHERE source = {source:String} AND partition = {partition:UInt32}
    ORDER BY sequence DESC LIMIT 1`,
  params: z.object({ source: z.string(), partition: z.number().int() }),
  row: linkRow,
});

const insertColumns = [
  "source",
  "partition",
  "sequence",
  "start_offset",
  "end_offset",
  "outcomes",
  "events",
  "dead_letters",
  "exposures",
  "identities",
  "root",
  "previous",
  "mac",
  "recorded_at",
  "deadline",
];

/** Chains whose heads are remembered; beyond, a head is read from the store again. */
const headsMax = 10_000;

export interface Link {
  readonly range: Range;
  /** One per offset of the range, in order. */
  readonly leaves: readonly Leaf[];
  /** The store refuses the link after it. */
  readonly deadline: EpochMs;
}

export interface LedgerChains {
  /** The newest link as the store has it; `emptyChain` when there is none. */
  readonly head: (place: ChainPlace) => Promise<ChainHead>;
  /**
   * Commits to what of each range no link covers yet, in one INSERT; at most one range of a partition. Only the owner
   * of the partitions may call it, after the rows are stored. After an error the outcome is unknown: the next call
   * looks it up.
   */
  readonly append: (links: readonly Link[]) => Promise<void>;
  /** As `append`, for a range whose link may have been written before, or recorded as written and lost. */
  readonly appendMissing: (link: Link) => Promise<void>;
}

/** A link to be, and the head of its chain. */
interface Next {
  readonly link: Link;
  readonly from: ChainHead;
}

interface LedgerChainsDeps {
  readonly writer: Pick<Writer, "query" | "insert">;
  readonly mac: Pick<LinkMac, "macOf">;
  readonly clock: Clock;
}

export function createLedgerChains({ writer, mac, clock }: LedgerChainsDeps): LedgerChains {
  const heads = createRecentMap<string, ChainHead>(headsMax);
  const keyOf = ({ source, partition }: ChainPlace): string => `${partition}@${source}`;
  const head = (place: ChainPlace): Promise<ChainHead> => readHead(writer, place);
  const insert = async (nexts: readonly Next[], once: boolean): Promise<void> => {
    const now = clock.now();
    const fresh: FreshLink[] = [];
    for (const { link, from } of nexts) {
      const record = nextRecord(link, from, now);
      if (record === undefined) continue;
      heads.delete(keyOf(record));
      fresh.push({ record, mac: mac.macOf(record), deadline: link.deadline });
    }
    await insertLinks(writer, fresh, once);
    for (const { record } of fresh) heads.set(keyOf(record), headOf(record));
  };
  /** The head as it is known, unless another owner may have gone on in between. */
  const headFor = async ({ range }: Link): Promise<ChainHead> => {
    const known = heads.get(keyOf(range));
    return known !== undefined && known.end === range.start ? known : head(range);
  };
  return {
    head,
    append: async (links) => {
      const nexts: Next[] = [];
      for (const link of links) nexts.push({ link, from: await headFor(link) });
      await insert(nexts, true);
    },
    appendMissing: async (link) => {
      await insert([{ link, from: await head(link.range) }], true);
      // A token can be on record whose row was lost with the process.
      await insert([{ link, from: await head(link.range) }], false);
    },
  };
}

async function readHead(reader: Reader, { source, partition }: ChainPlace): Promise<ChainHead> {
  const [newest] = await newestLink(reader, { source, partition });
  return newest === undefined ? emptyChain : headOf(newest);
}

/** `undefined`: all of the range is covered. */
function nextRecord(
  { range, leaves }: Link,
  head: ChainHead,
  recordedAt: EpochMs,
): LedgerRecord | undefined {
  const { source, partition, end } = range;
  const start = Math.max(range.start, head.end);
  if (start >= end) return undefined;
  const own = leaves.slice(start - range.start);
  checkLeaves(range, leaves);
  return {
    source,
    partition,
    sequence: head.sequence + 1,
    start,
    end,
    counts: countsOf(own),
    root: rootOfData(own.map(leafText)).toString("hex"),
    previous: head.hash,
    recordedAt,
  };
}

/** A hole in the leaves would look like an edit for ever after. */
function checkLeaves({ start, end }: Range, leaves: readonly Leaf[]): void {
  const isWhole =
    leaves.length === end - start && leaves.every(({ offset }, at) => offset === start + at);
  if (!isWhole) throw new StoreError("store.uncovered_range", "a link needs one leaf per offset");
}

export function countsOf(leaves: readonly Leaf[]): LedgerCounts {
  const counts = { outcomes: 0, events: 0, deadLetters: 0, exposures: 0, identities: 0 };
  for (const { outcome, exposures, identities } of leaves) {
    counts.outcomes += 1;
    if (outcome.kind === "event") counts.events += 1;
    if (outcome.kind === "dead_letter") counts.deadLetters += 1;
    counts.exposures += exposures?.rows ?? 0;
    counts.identities += identities.length;
  }
  return counts;
}

interface FreshLink {
  readonly record: LedgerRecord;
  readonly mac: string;
  readonly deadline: EpochMs;
}

/** `once`: whether a repeat is to be recognised by its token. */
async function insertLinks(
  writer: Pick<Writer, "insert">,
  links: readonly FreshLink[],
  once: boolean,
): Promise<void> {
  const names = links.map(({ record }) => rangeName(record)).join("");
  const name = `ledger${names}`;
  await writer.insert({
    table: "ledger",
    columns: insertColumns,
    lines: links.map((link) => JSON.stringify(valuesOf(link))).join("\n"),
    ...(once ? { queryId: name, token: name } : { queryId: `${name}missing` }),
  });
}

function valuesOf({ record, mac, deadline }: FreshLink): readonly (string | number)[] {
  const { counts } = record;
  return [
    record.source,
    record.partition,
    record.sequence,
    record.start,
    record.end,
    counts.outcomes,
    counts.events,
    counts.deadLetters,
    counts.exposures,
    counts.identities,
    record.root,
    record.previous,
    mac,
    record.recordedAt,
    deadline,
  ];
}
