/**
 * Everything that the ledger promises of a store, checked: the signed log, every chain, every row, and that there
 * are no rows beside. On a running system the newest rows may not be committed to yet; they get a while.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Reader } from "../clickhouse/define-query.ts";
import type { TrustedLog } from "../ledger/checkpoint.ts";
import type { LinkMac } from "../ledger/link-mac.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";
import type { Sealer } from "../pipeline/seal.ts";
import type { Clock } from "../runtime/clock.ts";
import { type CheckedChain, checkChain } from "./chain-check.ts";
import { createDiscrepancyList, type Discrepancy } from "./discrepancy.ts";
import { type CheckedLog, checkLog, type WitnessedHead } from "./log-check.ts";
import { allChains } from "./log-rows.ts";
import { looseEnds } from "./loose-ends.ts";
import { checkRetirements } from "./retirement-check.ts";
import { rowsUnlinked, unlinkedRows } from "./unlinked-rows.ts";

export interface VerifyOptions {
  readonly reader: Reader;
  readonly log: TrustedLog;
  /** Absent where the master key is not at hand. */
  readonly mac?: Pick<LinkMac, "isAuthentic">;
  /** Of the same key; absent likewise. */
  readonly statementMac?: Pick<StatementMac, "isAuthentic">;
  /** Of the same key; absent likewise. */
  readonly sealer?: Pick<Sealer, "openIdentity">;
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
  /** Those among them that are not wrong yet where a process was killed: the next one finishes what it left. */
  readonly loose: number;
  readonly discrepancies: readonly Discrepancy[];
}

const settleEveryMs = 250;

export async function verifyStore(options: VerifyOptions): Promise<Verification> {
  const { reader, witnessed = [] } = options;
  const list = createDiscrepancyList();
  const log = await checkLog({ reader, log: options.log, list }, witnessed);
  const deps = {
    reader,
    trust: {
      mac: options.mac,
      provenEntries: log.proven,
      sealer: options.sealer,
      statementMac: options.statementMac,
    },
    list,
    onOffsets: options.onOffsets ?? (() => undefined),
  };
  const chains: CheckedChain[] = [];
  for (const { source, partition, last_sequence: lastSequence } of await allChains(reader, {})) {
    chains.push(await checkChain(deps, { source, partition, lastSequence }));
  }
  const retirements = chains.flatMap((chain) => chain.retirements);
  const { statementMac } = options;
  for (const found of await checkRetirements({ reader, mac: statementMac }, retirements)) {
    list.add(found);
  }
  const unlinked = await unlinkedRows(reader, chains);
  for (const rows of unlinked.filter(({ isLoose }) => !isLoose)) list.add(rowsUnlinked(rows));
  const loose = { log, chains, statementMac, unlinked: unlinked.filter(({ isLoose }) => isLoose) };
  const ends = await settled(options, () => looseEnds(reader, loose));
  for (const end of ends) list.add(end);
  return {
    log,
    chains: chains.length,
    links: sumOf(chains, ({ links }) => links),
    offsets: sumOf(chains, ({ offsets }) => offsets),
    rows: sumOf(chains, ({ rows }) => rows),
    total: list.total(),
    loose: ends.length,
    discrepancies: list.listed,
  };
}

const sumOf = <Row>(rows: readonly Row[], countOf: (row: Row) => number): number =>
  rows.reduce((sum, row) => sum + countOf(row), 0);

/** Asks again for what was loose until nothing is or the time is over; what is loose then is a discrepancy. */
async function settled(
  { settleMsMax, clock }: Pick<VerifyOptions, "settleMsMax" | "clock">,
  ask: () => Promise<readonly Discrepancy[]>,
): Promise<readonly Discrepancy[]> {
  const until = clock.now() + settleMsMax;
  for (;;) {
    const found = await ask();
    if (found.length === 0 || clock.now() >= until) return found;
    await sleep(settleEveryMs);
  }
}
