/** Makes an evidence bundle from a store. What does not match the ledger is not exported but refused. */
import type { Reader } from "../clickhouse/define-query.ts";
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
import { openCheckpoint, type TrustedLog } from "../ledger/checkpoint.ts";
import { leafText } from "../ledger/leaf.ts";
import { recordHash } from "../ledger/ledger-record.ts";
import { isHash, leafHash, rootOf } from "../ledger/merkle.ts";
import { prunedHashes } from "../ledger/pruned-tree.ts";
import { bundleFormat, type EndLine, type HeadLine, type LinkLine } from "./bundle.ts";
import { type EvidenceQuestion, positionsOf } from "./question.ts";

export interface ExportOptions {
  readonly reader: Reader;
  readonly question: EvidenceQuestion;
  /** The question as it was put. */
  readonly asked: Readonly<Record<string, string>>;
  /** Whose heads count; the bundle names its keys. */
  readonly log: TrustedLog;
  readonly madeAt: number;
  /** Told at the end how many events match and are not in the bundle, as no signed head covers them. */
  readonly onLeftOut: (events: number) => void;
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

/** Lines of the bundle, each without its line break. Throws `EvidenceError`, `clickhouse.*`. */
export async function* exportEvidence(options: ExportOptions): AsyncGenerator<string> {
  const { reader, question } = options;
  const head = await signedHead(options);
  yield JSON.stringify(headOf(options, head.note));
  const disclosed = new Set<number>();
  let records = 0;
  let matching = 0;
  for (const place of await positionsOf(reader, question)) {
    matching += place.offsets.length;
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
    log_pruned: await prunedLog(reader, head, disclosed),
  };
  yield JSON.stringify(end);
  options.onLeftOut(matching - records);
}

interface SignedHead {
  readonly note: string;
  readonly size: number;
  readonly root: Buffer;
}

async function signedHead({ reader, log }: ExportOptions): Promise<SignedHead> {
  const [head] = await newestCheckpoint(reader, {});
  if (head === undefined) throw new EvidenceError("evidence.not_signed", "nothing is signed yet");
  const opened = openCheckpoint(head.note, log);
  if (opened.kind === "refused") throw differs(`the newest head is refused: ${opened.reason}`);
  const { size, root } = opened.checkpoint;
  return { note: head.note, size, root };
}

const differs = (what: string): EvidenceError =>
  new EvidenceError("evidence.differs", `${what}; run verify`);

const headOf = ({ asked, log, madeAt }: ExportOptions, checkpoint: string): HeadLine => ({
  format: bundleFormat,
  made_at: madeAt,
  question: { ...asked },
  verifier_keys: log.keys.map(({ text }) => text),
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
  const found: Disclosure[] = [];
  let next = 0;
  for (const { link, index } of await loggedOf(reader, { source, partition }, links)) {
    // What was written since the head was signed comes with the next bundle.
    if (index >= size) continue;
    const from = next;
    while (next < wanted.length && (wanted[next] ?? 0) < link.end) next += 1;
    const own = wanted.slice(from, next).filter((offset) => offset >= link.start);
    if (own.length > 0) found.push({ link, index, own });
  }
  return found;
}

/** Those of the links that the log has, each with its place there: of others nothing follows. */
async function loggedOf(
  reader: Reader,
  place: { readonly source: string; readonly partition: number },
  links: readonly StoredLink[],
): Promise<readonly Omit<Disclosure, "own">[]> {
  const indexOf = new Map<string, number>();
  const after = links.reduce(
    (least, { sequence }) => Math.min(least, sequence - 1),
    Number.MAX_SAFE_INTEGER,
  );
  const to = links.reduce((most, { sequence }) => Math.max(most, sequence), 0);
  for (const { leafHash: hash, logIndex } of await entriesOfChain(reader, {
    ...place,
    after,
    to,
  })) {
    if (!indexOf.has(hash)) indexOf.set(hash, logIndex);
  }
  return links.flatMap((link) => {
    const index = indexOf.get(recordHash(link));
    return index === undefined ? [] : [{ link, index }];
  });
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
    throw differs(`rows differ from the ledger: ${where}`);
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
  { size, root }: SignedHead,
  disclosed: ReadonlySet<number>,
): Promise<string[]> {
  const leaves: Buffer[] = [];
  for (let from = 0; from < size; from += entriesPerPage) {
    const page = { from, to: Math.min(size, from + entriesPerPage) };
    for (const { leafHash: hash } of await entriesFrom(reader, page)) {
      leaves.push(Buffer.from(hash, "hex"));
    }
  }
  const isSigned = leaves.length === size && leaves.every(isHash) && rootOf(leaves).equals(root);
  if (!isSigned) throw differs("the log is not what was signed");
  return hex(prunedHashes(leaves, disclosed));
}
