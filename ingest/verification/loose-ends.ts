/**
 * What is not wrong yet on a running system: rows without a link, links not in the log, entries not
 * signed, keys of subjects who are being erased.
 */
import type { Reader } from "../clickhouse/define-query.ts";
import type { CheckedChain } from "./chain-check.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { type KeyTrust, keysUnerased } from "./key-check.ts";
import type { CheckedLog } from "./log-check.ts";
import { allChains, type ChainPlace, entriesOf, newestHeadSize } from "./log-rows.ts";
import { extended, type Span } from "./span.ts";
import { rowsUnlinked, type UnlinkedRows, unlinkedRows } from "./unlinked-rows.ts";

export interface Loose {
  readonly log: Pick<CheckedLog, "size" | "signed">;
  readonly chains: readonly Pick<
    CheckedChain,
    "source" | "partition" | "lastSequence" | "covered" | "unlogged" | "loggedEnd"
  >[];
  readonly unlinked: readonly UnlinkedRows[];
  readonly statementMac: KeyTrust["statementMac"];
}

/** Those that are still loose at this moment. */
export async function looseEnds(reader: Reader, loose: Loose): Promise<readonly Discrepancy[]> {
  return [
    ...(await rowsBeyond(reader, loose)),
    ...(await linksUnlogged(reader, loose)),
    ...(await entriesUnsigned(reader, loose)),
    ...(await keysUnerased(reader, loose.statementMac)),
  ];
}

/** Rows of the partitions concerned that lie behind the ends which their chains have by now. */
async function rowsBeyond(
  reader: Reader,
  { unlinked, chains }: Loose,
): Promise<readonly Discrepancy[]> {
  if (unlinked.length === 0) return [];
  const concerned = new Set(unlinked.map(placeKey));
  const known = new Map(chains.map((chain) => [placeKey(chain), chain]));
  const now = (await allChains(reader, {})).filter((chain) => concerned.has(placeKey(chain)));
  const grown = now.map(({ source, partition, last_sequence, chain_end: to }) => {
    const { covered = [], lastSequence = -1 } = known.get(placeKey({ source, partition })) ?? {};
    const from = covered.at(-1)?.to ?? 0;
    const isGrown = last_sequence > lastSequence && to > from;
    return { source, partition, covered: isGrown ? extended(covered, { from, to }) : covered };
  });
  const tables = new Set(unlinked.map(({ table }) => table));
  const still = await unlinkedRows(reader, grown, tables);
  return still
    .filter((rows) => rows.isLoose && concerned.has(placeKey(rows)))
    .map((rows) => rowsUnlinked(rows));
}

const placeKey = ({ source, partition }: ChainPlace): string => `${partition}@${source}`;

async function linksUnlogged(reader: Reader, { chains }: Loose): Promise<readonly Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (const { source, partition, unlogged, loggedEnd } of chains) {
    for (const span of unlogged) {
      for (const still of await withoutEntry(reader, { source, partition, ...span })) {
        found.push({ source, partition, ...still, ...unloggedAs(still, loggedEnd) });
      }
    }
  }
  return found;
}

/** A link whose successor is in the log had its entry once. */
const unloggedAs = ({ from }: Span, loggedEnd: number) =>
  from < loggedEnd
    ? ({
        kind: "entry_missing",
        table: "ledger_entries",
        detail: "a later link of the chain is in the log and this one is not",
      } as const)
    : ({ kind: "link_unlogged", table: "ledger", detail: "the link is not in the log" } as const);

async function withoutEntry(reader: Reader, part: ChainPlace & Span): Promise<readonly Span[]> {
  const still: Span[] = [];
  let from = part.from;
  for await (const { sequence } of entriesOf(reader, part)) {
    if (sequence > from) still.push({ from, to: sequence });
    from = Math.max(from, sequence + 1);
  }
  if (from < part.to) still.push({ from, to: part.to });
  return still;
}

async function entriesUnsigned(reader: Reader, { log }: Loose): Promise<readonly Discrepancy[]> {
  const signed = Math.max(log.signed, await newestHeadSize(reader));
  if (signed >= log.size) return [];
  const detail = "no signed head covers these entries";
  return [{ kind: "checkpoint_missing", table: "checkpoints", from: signed, to: log.size, detail }];
}
