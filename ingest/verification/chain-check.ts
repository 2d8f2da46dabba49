/** One chain from its first link to its last: the links themselves and the rows that they commit to. */
import type { Reader } from "../clickhouse/define-query.ts";
import type { StoredLink } from "../clickhouse/ledger-chains.ts";
import { entriesOfChain, linksOfChain } from "../clickhouse/ledger-log.ts";
import { readStoredRecords, type StoredRecord } from "../clickhouse/stored-records.ts";
import type { LinkMac } from "../ledger/link-mac.ts";
import { grouped } from "../runtime/grouped.ts";
import type { DiscrepancyList } from "./discrepancy.ts";
import { checkLink, firstState, type LinkPlace, type LinkState } from "./link-check.ts";
import { checkRange } from "./range-check.ts";
import {
  createRetirementMeter,
  type MetRetirement,
  type RetirementMeter,
} from "./retirement-check.ts";

export interface Chain {
  readonly source: string;
  readonly partition: number;
  /** Number of the newest link. */
  readonly lastSequence: number;
}

export interface CheckedChain extends Chain {
  /** Offset behind the newest link. */
  readonly end: number;
  readonly links: number;
  readonly offsets: number;
  /** Rows met under the links, by table. */
  readonly rows: ReadonlyMap<string, number>;
  /** What retention left in the place of rows. */
  readonly retirements: readonly MetRetirement[];
  /** Newest links that are not in the log yet. */
  readonly unlogged: readonly number[];
  readonly isSound: boolean;
}

export interface ChainCheckDeps {
  readonly reader: Reader;
  readonly mac: Pick<LinkMac, "isAuthentic"> | undefined;
  readonly list: DiscrepancyList;
  readonly onOffsets: (count: number) => void;
}

/** Links read at one go. */
const linksPerPage = 1_000;
/** Offsets whose rows are in memory at one time: about 1 kB each. */
const offsetsPerRead = 50_000;

export async function checkChain(deps: ChainCheckDeps, chain: Chain): Promise<CheckedChain> {
  const before = deps.list.total();
  const meters: RowMeters = {
    rows: new Map(),
    retirements: createRetirementMeter(chain.source, chain.partition),
  };
  const sum = { links: 0, offsets: 0 };
  let state: LinkState = firstState;
  for (let after = -1; after < chain.lastSequence; after += linksPerPage) {
    const to = Math.min(chain.lastSequence, after + linksPerPage);
    const page = await checkLinks(deps, { ...chain, after, to }, state);
    state = page.state;
    sum.links += page.links;
    for (const batch of batchesOf(page.sound)) {
      await checkRows(deps, batch, meters);
      const covered = batch.reduce((offsets, { start, end }) => offsets + end - start, 0);
      sum.offsets += covered;
      deps.onOffsets(covered);
    }
  }
  const { end, unlogged } = state;
  const isSound = deps.list.total() === before;
  const { rows } = meters;
  const retirements = meters.retirements.met();
  return { ...chain, ...sum, end, rows, retirements, unlogged, isSound };
}

interface RowMeters {
  readonly rows: Map<string, number>;
  readonly retirements: RetirementMeter;
}

async function checkLinks({ reader, mac, list }: ChainCheckDeps, page: Page, from: LinkState) {
  const { source, partition } = page;
  const sound: StoredLink[] = [];
  let state = from;
  let links = 0;
  for (const place of await placesOf(reader, page)) {
    const verdict = checkLink(state, place, mac);
    state = verdict.state;
    links += place.links.length;
    for (const found of verdict.found) list.add({ ...found, source, partition });
    if (verdict.sound !== undefined) sound.push(verdict.sound);
  }
  return { state, sound, links };
}

interface Page {
  readonly source: string;
  readonly partition: number;
  readonly after: number;
  readonly to: number;
}

async function placesOf(
  reader: Reader,
  { source, partition, after, to }: Page,
): Promise<readonly LinkPlace[]> {
  const page = { source, partition, after, to };
  const links = grouped(await linksOfChain(reader, page), ({ sequence }) => sequence);
  const entries = grouped(await entriesOfChain(reader, page), ({ sequence }) => sequence);
  return Array.from({ length: page.to - page.after }, (_, index) => {
    const sequence = page.after + 1 + index;
    return {
      sequence,
      links: links.get(sequence) ?? [],
      entries: entries.get(sequence) ?? [],
    };
  });
}

/** Links in order, cut where too many offsets come together. */
function batchesOf(links: readonly StoredLink[]): readonly (readonly StoredLink[])[] {
  const batches: StoredLink[][] = [];
  let offsets = Number.POSITIVE_INFINITY;
  for (const link of links) {
    const own = link.end - link.start;
    const last = batches.at(-1);
    if (last === undefined || offsets + own > offsetsPerRead) {
      batches.push([link]);
      offsets = own;
    } else {
      last.push(link);
      offsets += own;
    }
  }
  return batches;
}

async function checkRows(
  { reader, list }: ChainCheckDeps,
  links: readonly StoredLink[],
  { rows, retirements }: RowMeters,
): Promise<void> {
  const [first] = links;
  const last = links.at(-1);
  if (first === undefined || last === undefined) return;
  const { source, partition, start } = first;
  const records = await readStoredRecords(reader, { source, partition, start, end: last.end });
  for (const link of links) {
    for (const found of checkRange(link, records)) list.add(found);
    for (let offset = link.start; offset < link.end; offset += 1) {
      const record = records.get(offset);
      countRows(record, rows);
      retirements.meet(offset, record);
    }
  }
}

function countRows(record: StoredRecord | undefined, rows: Map<string, number>): void {
  if (record === undefined) return;
  const add = (table: string, count: number): void => {
    if (count > 0) rows.set(table, (rows.get(table) ?? 0) + count);
  };
  add("outcomes", record.outcomes.length);
  for (const { table } of record.bodies) add(table, 1);
  for (const exposed of record.exposures) add("exposures", exposed.rows);
  add("identities", record.identities.length);
  add("retired_leaves", record.retired?.length ?? 0);
}
