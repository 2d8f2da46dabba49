/**
 * Everything that the ledger promises of a store, checked: the signed log, every chain, every row, and that there
 * are no rows beside. On a running system the newest rows may not be committed to yet; they get a while.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Reader } from "../clickhouse/define-query.ts";
import { allChains, entriesOfChain, newestCheckpoint } from "../clickhouse/ledger-log.ts";
import type { TrustedLog } from "../ledger/checkpoint.ts";
import type { LinkMac } from "../ledger/link-mac.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";
import type { Clock } from "../runtime/clock.ts";
import { type CheckedChain, checkChain } from "./chain-check.ts";
import { createDiscrepancyList, type Discrepancy, type DiscrepancyList } from "./discrepancy.ts";
import { type CheckedLog, checkLog, type WitnessedHead } from "./log-check.ts";
import { checkRetirements } from "./retirement-check.ts";
import { type RowTotal, rowTotals } from "./row-totals.ts";

export interface VerifyOptions {
  readonly reader: Reader;
  readonly log: TrustedLog;
  /** Absent where the master key is not at hand. */
  readonly mac?: Pick<LinkMac, "isAuthentic">;
  /** Of the same key; absent likewise. */
  readonly statementMac?: Pick<StatementMac, "isAuthentic">;
  readonly witnessed?: readonly WitnessedHead[];
  /** How long the newest rows may take to be committed to; 0 where nothing writes. Milliseconds. */
  readonly settleMsMax: number;
  readonly clock: Clock;
  readonly onOffsets?: (count: number) => void;
}

export interface Verification {
  readonly log: CheckedLog;
  readonly chains: number;
  readonly links: number;
  /** Offsets whose rows were compared. */
  readonly offsets: number;
  readonly rows: number;
  /** Discrepancies in all; `discrepancies` lists the first `discrepanciesMax`. */
  readonly total: number;
  readonly discrepancies: readonly Discrepancy[];
}

const settleEveryMs = 250;

export async function verifyStore(options: VerifyOptions): Promise<Verification> {
  const { reader, witnessed = [] } = options;
  const list = createDiscrepancyList();
  const log = await checkLog({ reader, log: options.log, list }, witnessed);
  const deps = {
    reader,
    mac: options.mac,
    list,
    onOffsets: options.onOffsets ?? (() => undefined),
  };
  const chains: CheckedChain[] = [];
  for (const { source, partition, last_sequence: lastSequence } of await allChains(reader, {})) {
    chains.push(await checkChain(deps, { source, partition, lastSequence }));
  }
  const totals = await rowTotals(reader, chains);
  for (const found of uncoveredWithin(chains, totals)) list.add(found);
  const retirements = chains.flatMap((chain) => chain.retirements);
  const { statementMac } = options;
  for (const found of await checkRetirements({ reader, mac: statementMac }, retirements)) {
    list.add(found);
  }
  await settle({ ...options, list }, { log, chains, totals });
  return {
    log,
    chains: chains.length,
    links: sumOf(chains, ({ links }) => links),
    offsets: sumOf(chains, ({ offsets }) => offsets),
    rows: sumOf(chains, ({ rows }) => sumOf([...rows.values()], (count) => count)),
    total: list.total(),
    discrepancies: list.listed,
  };
}

const sumOf = <Row>(rows: readonly Row[], countOf: (row: Row) => number): number =>
  rows.reduce((sum, row) => sum + countOf(row), 0);

/** Rows below a chain's end that were not met under any of its links: in a hole, or before the first. */
function* uncoveredWithin(
  chains: readonly CheckedChain[],
  totals: readonly RowTotal[],
): Generator<Discrepancy> {
  const byPlace = new Map(chains.map((chain) => [placeKey(chain), chain]));
  for (const total of totals) {
    const chain = byPlace.get(placeKey(total));
    // In a chain that does not hold together, what was met says nothing.
    if (chain === undefined || !chain.isSound) continue;
    const { table, source, partition, within } = total;
    const met = chain.rows.get(table) ?? 0;
    if (met >= within) continue;
    const detail = `${within - met} rows at offsets that no link covers`;
    yield { kind: "rows_unlinked", table, source, partition, from: 0, to: chain.end, detail };
  }
}

const placeKey = ({ source, partition }: { readonly source: string; readonly partition: number }) =>
  `${partition}@${source}`;

interface SettleDeps extends Pick<VerifyOptions, "reader" | "settleMsMax" | "clock"> {
  readonly list: DiscrepancyList;
}

interface Loose {
  readonly log: CheckedLog;
  readonly chains: readonly CheckedChain[];
  readonly totals: readonly RowTotal[];
}

/** Asks again for what was loose until nothing is or the time is over; what is loose then is a discrepancy. */
async function settle(
  { reader, list, settleMsMax, clock }: SettleDeps,
  loose: Loose,
): Promise<void> {
  const until = clock.now() + settleMsMax;
  for (;;) {
    const found = await looseEnds(reader, loose);
    if (found.length === 0) return;
    if (clock.now() >= until) {
      for (const end of found) list.add(end);
      return;
    }
    await sleep(settleEveryMs);
  }
}

async function looseEnds(reader: Reader, loose: Loose): Promise<readonly Discrepancy[]> {
  return [
    ...(await rowsBeyond(reader, loose)),
    ...(await linksUnlogged(reader, loose)),
    ...(await entriesUnsigned(reader, loose)),
  ];
}

async function rowsBeyond(reader: Reader, { totals }: Loose): Promise<readonly Discrepancy[]> {
  const beyond = totals.filter(({ beyond }) => beyond > 0);
  if (beyond.length === 0) return [];
  const ends = new Map(
    (await allChains(reader, {})).map((chain) => [placeKey(chain), chain.chain_end]),
  );
  return beyond
    .filter((total) => (ends.get(placeKey(total)) ?? 0) < total.to)
    .map(({ table, source, partition, beyond: count, from, to }) => {
      const detail = `${count} rows behind the last link`;
      return { kind: "rows_unlinked", table, source, partition, from, to, detail };
    });
}

async function linksUnlogged(reader: Reader, { chains }: Loose): Promise<readonly Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (const { source, partition, unlogged, lastSequence } of chains) {
    const [first] = unlogged;
    if (first === undefined) continue;
    const place = { source, partition };
    const page = { ...place, after: first - 1, to: lastSequence };
    const logged = new Set((await entriesOfChain(reader, page)).map(({ sequence }) => sequence));
    for (const from of unlogged.filter((sequence) => !logged.has(sequence))) {
      const detail = "the link is not in the log";
      found.push({ kind: "link_unlogged", table: "ledger", ...place, from, to: from + 1, detail });
    }
  }
  return found;
}

async function entriesUnsigned(reader: Reader, { log }: Loose): Promise<readonly Discrepancy[]> {
  const [newest] = await newestCheckpoint(reader, {});
  const signed = newest?.size ?? 0;
  if (signed >= log.size) return [];
  const detail = "no signed head covers these entries";
  return [{ kind: "checkpoint_missing", table: "checkpoints", from: signed, to: log.size, detail }];
}
