/** Makes an evidence bundle from a store. What does not match the ledger is not exported but refused. */
import { z } from "zod";
import { defineQuery, type Reader } from "../clickhouse/define-query.ts";
import { eventTables, ownColumnsOf } from "../clickhouse/event-rows.ts";
import type { StoredLink } from "../clickhouse/ledger-chains.ts";
import {
  entriesFrom,
  entriesOfChain,
  linksOver,
  newestCheckpoint,
} from "../clickhouse/ledger-log.ts";
import {
  leafOfStored,
  readStoredRecords,
  type StoredRecord,
} from "../clickhouse/stored-records.ts";
import { leafText } from "../ledger/leaf.ts";
import { leafHash, rootOf } from "../ledger/merkle.ts";
import { prunedHashes } from "../ledger/pruned-tree.ts";
import { bundleFormat, type EndLine, type HeadLine, type LinkLine } from "./bundle.ts";

export interface EvidenceQuestion {
  /** Empty: any. */
  readonly agentId: string;
  /** Empty: any. */
  readonly subjectToken: string;
  /** Event time, both ends included, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

export interface ExportOptions {
  readonly reader: Reader;
  readonly question: EvidenceQuestion;
  /** The question as it was put. */
  readonly asked: Readonly<Record<string, string>>;
  readonly verifierKeys: readonly string[];
  readonly madeAt: number;
}

/** The store cannot prove what was asked for. */
export class EvidenceError extends Error {
  readonly code: "evidence.not_signed" | "evidence.nothing" | "evidence.differs";
  constructor(code: EvidenceError["code"], message: string) {
    super(message);
    this.name = "EvidenceError";
    this.code = code;
  }
}

/** Which kinds a filter can be about, as conditions over their tables. */
const filters = {
  access_events: {
    agent: "agent_id = {agent:String}",
    subject: "has(subject_tokens, toUUID({token:String}))",
  },
  subject_events: { agent: "0", subject: "subject_token = toUUID({token:String})" },
  ticket_events: {
    agent: "agent_id = {agent:String}",
    subject: "has(subject_tokens, toUUID({token:String}))",
  },
  agent_events: { agent: "agent_id = {agent:String}", subject: "0" },
} as const;

const noToken = "00000000-0000-0000-0000-000000000000";

const positionsOf = defineQuery({
  name: "evidence.positions",
  sql: `SELECT source, partition, groupArray(offset) AS offsets FROM (${Object.entries(filters)
    .map(
      ([table, { agent, subject }]) => `SELECT source, partition, offset FROM ${table}
      WHERE at >= fromUnixTimestamp64Milli({from:Int64}) AND at <= fromUnixTimestamp64Milli({to:Int64})
        AND ({agent:String} = '' OR ${agent}) AND ({token:String} = '${noToken}' OR ${subject})`,
    )
    .join(" UNION ALL ")})
    GROUP BY source, partition ORDER BY source, partition`,
  params: z.object({
    agent: z.string(),
    token: z.string(),
    from: z.number().int(),
    to: z.number().int(),
  }),
  row: z.object({
    source: z.string(),
    partition: z.number().int(),
    offsets: z.array(z.number().int()),
  }),
});

/** Lines of the bundle, each without its line break. Throws `EvidenceError`, `clickhouse.*`. */
export async function* exportEvidence(options: ExportOptions): AsyncGenerator<string> {
  const { reader, question } = options;
  const [head] = await newestCheckpoint(reader, {});
  if (head === undefined) throw new EvidenceError("evidence.not_signed", "nothing is signed yet");
  yield JSON.stringify(headOf(options, head.note));
  const disclosed = new Set<number>();
  let records = 0;
  const { agentId: agent, subjectToken, from, to } = question;
  const token = subjectToken === "" ? noToken : subjectToken;
  for (const place of await positionsOf(reader, { agent, token, from, to })) {
    for await (const { line, index } of linkLinesOf(reader, place, head.size)) {
      yield JSON.stringify(line);
      disclosed.add(index);
      records += line.records.length;
    }
  }
  if (records === 0) throw new EvidenceError("evidence.nothing", "no signed event matches");
  const end: EndLine = {
    links: disclosed.size,
    records,
    log_pruned: await prunedLog(reader, head.size, disclosed),
  };
  yield JSON.stringify(end);
}

const headOf = ({ asked, verifierKeys, madeAt }: ExportOptions, checkpoint: string): HeadLine => ({
  format: bundleFormat,
  made_at: madeAt,
  question: { ...asked },
  verifier_keys: [...verifierKeys],
  checkpoint,
  columns: Object.fromEntries(
    Object.values(eventTables).map((table) => [table, [...ownColumnsOf(table)]]),
  ),
});

interface Place {
  readonly source: string;
  readonly partition: number;
  readonly offsets: readonly number[];
}

/** A link of the log with something to disclose, at these offsets. */
interface Disclosure {
  readonly link: StoredLink;
  readonly index: number;
  readonly own: readonly number[];
}

async function* linkLinesOf(reader: Reader, place: Place, size: number) {
  for (const batch of batchesOf(await disclosuresOf(reader, place, size))) {
    const [first] = batch;
    const { source, partition, start } = first.link;
    const end = batch.at(-1)?.link.end ?? first.link.end;
    const stored = await readStoredRecords(reader, { source, partition, start, end }, true);
    for (const disclosure of batch) {
      yield { index: disclosure.index, line: linkLineOf(disclosure, stored) };
    }
  }
}

async function disclosuresOf(
  reader: Reader,
  { source, partition, offsets }: Place,
  size: number,
): Promise<readonly Disclosure[]> {
  const wanted = offsets.toSorted((a, b) => a - b);
  const [first = 0] = wanted;
  const last = wanted.at(-1) ?? 0;
  const links = await linksOver(reader, { source, partition, first, last });
  const indexOf = await logIndices(reader, { source, partition }, links);
  const found: Disclosure[] = [];
  let next = 0;
  for (const link of links) {
    const from = next;
    while (next < wanted.length && (wanted[next] ?? 0) < link.end) next += 1;
    const own = wanted.slice(from, next).filter((offset) => offset >= link.start);
    const index = indexOf.get(link.sequence);
    // What was written since the head was signed comes with the next bundle.
    if (own.length > 0 && index !== undefined && index < size) found.push({ link, index, own });
  }
  return found;
}

async function logIndices(
  reader: Reader,
  place: { readonly source: string; readonly partition: number },
  links: readonly StoredLink[],
): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>();
  const after = links.reduce(
    (least, { sequence }) => Math.min(least, sequence - 1),
    Number.MAX_SAFE_INTEGER,
  );
  const to = links.reduce((most, { sequence }) => Math.max(most, sequence), 0);
  for (const { sequence, logIndex } of await entriesOfChain(reader, { ...place, after, to })) {
    if (!found.has(sequence)) found.set(sequence, logIndex);
  }
  return found;
}

/** Offsets whose rows are read at one go where one link follows on the other; about 2 kB each. */
const offsetsPerRead = 20_000;

function* batchesOf(
  disclosures: readonly Disclosure[],
): Generator<readonly [Disclosure, ...Disclosure[]]> {
  let batch: [Disclosure, ...Disclosure[]] | undefined;
  for (const disclosure of disclosures) {
    const { start, end } = disclosure.link;
    const isNext = batch?.at(-1)?.link.end === start;
    if (batch !== undefined && isNext && end - batch[0].link.start <= offsetsPerRead) {
      batch.push(disclosure);
      continue;
    }
    if (batch !== undefined) yield batch;
    batch = [disclosure];
  }
  if (batch !== undefined) yield batch;
}

function linkLineOf(
  { link, index, own }: Disclosure,
  stored: ReadonlyMap<number, StoredRecord>,
): LinkLine {
  const { mac: _mac, ...record } = link;
  const { source, partition, start, end } = link;
  const texts = Array.from({ length: end - start }, (_, at) => textAt(start + at, stored));
  const hashes = texts.map(leafHash);
  if (rootOf(hashes).toString("hex") !== link.root) {
    const where = `${source}, partition ${partition}, offsets ${start} to ${end - 1}`;
    throw new EvidenceError(
      "evidence.differs",
      `rows differ from the ledger: ${where}; run verify`,
    );
  }
  return {
    log_index: index,
    link: record,
    records: own.map((offset) => ({
      offset,
      leaf: texts[offset - start] ?? "",
      ...rowAt(stored.get(offset)),
    })),
    pruned: hex(prunedHashes(hashes, new Set(own.map((offset) => offset - start)))),
  };
}

const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString("hex"));

function textAt(offset: number, stored: ReadonlyMap<number, StoredRecord>): string {
  const leaf = leafOfStored(offset, stored.get(offset));
  return leaf === undefined ? "" : leafText(leaf);
}

function rowAt(record: StoredRecord | undefined) {
  const [body] = record?.bodies ?? [];
  return body === undefined ? {} : { table: body.table, values: [...(body.values ?? [])] };
}

const entriesPerPage = 50_000;

async function prunedLog(
  reader: Reader,
  size: number,
  disclosed: ReadonlySet<number>,
): Promise<string[]> {
  const leaves: Buffer[] = [];
  for (let from = 0; from < size; from += entriesPerPage) {
    const page = { from, to: Math.min(size, from + entriesPerPage) };
    for (const { leafHash: hash } of await entriesFrom(reader, page)) {
      leaves.push(Buffer.from(hash, "hex"));
    }
  }
  return hex(prunedHashes(leaves, disclosed));
}
