/** One chain from its first link to its last: the links themselves and the rows that they commit to. */
import type { Reader } from "../clickhouse/define-query.ts";
import type { StoredLink } from "../clickhouse/ledger-chains.ts";
import { readStoredRecords, type StoredRecord } from "../clickhouse/stored-records.ts";
import { isStatementSource } from "../ledger/statement.ts";
import { createTurns } from "../runtime/turns.ts";
import type { DiscrepancyList } from "./discrepancy.ts";
import { createKeyCheck, type KeyTrust } from "./key-check.ts";
import {
  checkLink,
  firstState,
  type LinkPlace,
  type LinkState,
  type LinkTrust,
} from "./link-check.ts";
import { linkPlaces } from "./link-places.ts";
import { type ChainPlace, numberMax } from "./log-rows.ts";
import { checkRange, type StoredRecords } from "./range-check.ts";
import { createRetirementMeter, type MetRetirement } from "./retirement-check.ts";
import { extend, type Span } from "./span.ts";

export interface Chain extends ChainPlace {
  /** Number of the newest link. */
  readonly lastSequence: number;
}

export interface CheckedChain extends Chain {
  readonly links: number;
  readonly offsets: number;
  readonly rows: number;
  /** What retention left in the place of rows. */
  readonly retirements: readonly MetRetirement[];
  /** Offsets under the links, in order; those of a link that does not tell its own count as covered. */
  readonly covered: readonly Span[];
  /** Links that are not in the log. */
  readonly unlogged: readonly Span[];
  /** The number after that of the newest link in the log. */
  readonly loggedEnd: number;
}

export interface ChainCheckDeps {
  readonly reader: Reader;
  readonly trust: LinkTrust & KeyTrust;
  readonly list: DiscrepancyList;
  readonly onOffsets: (count: number) => void;
}

/**
 * Offsets whose rows are read at one go; those of two readings are in memory at a time. About 1 kB each. Twice as many
 * take 0.1 GB more and a tenth less of CPU.
 */
const offsetsPerRead = 25_000;
/** Offsets that are compared at one go, some tens of milliseconds; a running system has other work. */
const offsetsPerTurn = 2_000;

export async function checkChain(deps: ChainCheckDeps, chain: Chain): Promise<CheckedChain> {
  const walk = createWalk(deps, chain);
  const sum = { offsets: 0, rows: 0 };
  const retirements = createRetirementMeter(chain.source, chain.partition);
  const keys = createKeyCheck(deps, chain);
  const countOf = isStatementSource(chain.source) ? statementsOf : rowsOf;
  const spend = createTurns(offsetsPerTurn);
  const compare = (link: StoredLink, records: StoredRecords): void => {
    for (const found of checkRange(link, records)) deps.list.add(found);
    for (let offset = link.start; offset < link.end; offset += 1) {
      const record = records.get(offset);
      sum.rows += countOf(record);
      retirements.meet(offset, record);
      keys.meet(offset, record);
    }
  };
  for await (const { links, records } of readAhead(deps.reader, walk.batches())) {
    for (const link of links) {
      compare(link, records);
      const pause = spend(link.end - link.start);
      if (pause !== undefined) await pause;
    }
    for (const found of await keys.faults()) deps.list.add(found);
    const offsets = links.reduce((count, { start, end }) => count + end - start, 0);
    sum.offsets += offsets;
    deps.onOffsets(offsets);
  }
  const { source, partition, lastSequence } = chain;
  const checked = { source, partition, lastSequence, ...sum, retirements: retirements.met() };
  return { ...checked, ...walk.result() };
}

function createWalk({ reader, trust, list }: ChainCheckDeps, chain: Chain) {
  const { source, partition, lastSequence } = chain;
  const covered: Span[] = [];
  const unlogged: Span[] = [];
  let links = 0;
  let loggedEnd = 0;
  let state: LinkState = firstState;
  const step = (place: LinkPlace): StoredLink | undefined => {
    const { sequence } = place;
    const verdict = checkLink(state, place, trust);
    state = verdict.state;
    links += place.links.length;
    for (const found of verdict.found) list.add({ ...found, source, partition });
    if (verdict.isUnlogged) extend(unlogged, { from: sequence, to: sequence + 1 });
    if (place.entries.length > 0) loggedEnd = sequence + 1;
    if (verdict.covered !== undefined) extend(covered, verdict.covered);
    return verdict.sound;
  };
  async function* soundLinks(): AsyncGenerator<StoredLink> {
    const part = { source, partition, from: 0, to: lastSequence + 1 };
    for await (const place of linkPlaces(reader, part)) {
      const sound = step(place);
      if (sound !== undefined) yield sound;
    }
    if (!state.isEndKnown) extend(covered, { from: state.end, to: numberMax });
  }
  return {
    batches: () => batchesOf(soundLinks()),
    result: () => ({ links, covered, unlogged, loggedEnd }),
  };
}

/** Links in order, cut where too many offsets come together or lie too far apart to be read at one go. */
async function* batchesOf(
  links: AsyncIterable<StoredLink>,
): AsyncGenerator<readonly [StoredLink, ...StoredLink[]]> {
  let batch: [StoredLink, ...StoredLink[]] | undefined;
  for await (const link of links) {
    if (batch !== undefined && link.end - batch[0].start <= offsetsPerRead) {
      batch.push(link);
      continue;
    }
    if (batch !== undefined) yield batch;
    batch = [link];
  }
  if (batch !== undefined) yield batch;
}

interface ReadBatch {
  readonly links: readonly StoredLink[];
  readonly records: StoredRecords;
}

/** The rows of the next batch are on their way while those of one are looked at. */
async function* readAhead(
  reader: Reader,
  batches: AsyncIterable<readonly [StoredLink, ...StoredLink[]]>,
): AsyncGenerator<ReadBatch> {
  let ahead: Promise<ReadBatch> | undefined;
  for await (const links of batches) {
    const underway = read(reader, links);
    // Its failure is met when its turn comes, or never where another came first.
    underway.catch(() => undefined);
    if (ahead !== undefined) yield await ahead;
    ahead = underway;
  }
  if (ahead !== undefined) yield await ahead;
}

async function read(
  reader: Reader,
  links: readonly [StoredLink, ...StoredLink[]],
): Promise<ReadBatch> {
  const { source, partition, start } = links[0];
  const end = links.at(-1)?.end ?? start;
  return { links, records: await readStoredRecords(reader, { source, partition, start, end }) };
}

const statementsOf = (record: StoredRecord | undefined): number =>
  (record?.bodies.length ?? 0) + (record?.retired?.length ?? 0);

function rowsOf(record: StoredRecord | undefined): number {
  if (record === undefined) return 0;
  const { outcomes, bodies, exposures, identities, retired = [] } = record;
  const exposed = exposures.reduce((count, { rows }) => count + rows, 0);
  return outcomes.length + bodies.length + exposed + identities.length + retired.length;
}
