/**
 * What the ledger costs ingest: records decided and stored, in turn with and without its links, in one
 * process and one engine, so that whatever else the machine does falls on both alike. With: the leaves' hashes, the
 * Merkle root, the MAC, the insert of the link, and the notary's entries and signed heads. Without: everything else,
 * the hash of each row included, which duplicates are told by.
 */
import { createAuditStore } from "../../ingest/clickhouse/audit-store.ts";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { createIdentityVault } from "../../ingest/clickhouse/identities.ts";
import { createLedgerChains, type LedgerChains } from "../../ingest/clickhouse/ledger-chains.ts";
import { createRangeStorage, type RangeStorage } from "../../ingest/clickhouse/range-storage.ts";
import { createLinkMac } from "../../ingest/ledger/link-mac.ts";
import { roundEveryMs } from "../../ingest/notary/notary.ts";
import type { AuditStore, RangeContent } from "../../ingest/pipeline/audit-store.ts";
import { parseKeyRing } from "../../ingest/pipeline/key.ts";
import { createSealer } from "../../ingest/pipeline/seal.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import type { RawRecord } from "../../ingest/vocabulary/outcome.ts";
import { auditConfig, rangeOf, soon } from "../helpers/audit-store.ts";
import { notaryOf } from "../helpers/ledger.ts";
import { withStore } from "../helpers/store.ts";
import { type BenchRow, cost } from "./bench-row.ts";
import { recordsIn } from "./sample.ts";

const shareMax = 0.1;
const storeEveryMs = 1_000;
/** A stream as it arrives: what is stored together of several partitions, and how often between the notary's rounds. */
const rhythms = {
  /** Behind: large ranges. */
  backlog: { rangeRecords: 5_000, partitions: 2, storesPerRound: 1 },
  /** 5,000 events a second in twelve partitions. */
  live: { rangeRecords: 417, partitions: 12, storesPerRound: roundEveryMs / storeEveryMs },
} as const;
type Rhythm = (typeof rhythms)[keyof typeof rhythms];

export async function benchLedger(path: string, events: number): Promise<BenchRow[]> {
  const records = recordsIn(path, events);
  const rows: BenchRow[] = [];
  for (const [name, rhythm] of Object.entries(rhythms)) {
    const { withLedger, without, ofNotary } = await cpuOf(records, rhythm);
    const unit = "µs CPU/event";
    const limit = { name: "decided and stored without it", value: without };
    const target = shareMax * withLedger;
    const value = withLedger - without;
    rows.push(
      cost({ name: `ledger.${name}`, value, unit, target, limit }),
      cost({ name: `ledger.${name}_notary`, value: ofNotary, unit, limit }),
    );
  }
  return rows;
}

/** One of the two: a source of its own, whose offsets have no holes. */
interface Side {
  readonly source: string;
  readonly storage: RangeStorage;
  readonly isLinked: boolean;
  /** Records of each partition. */
  records: number;
  stores: number;
  /** Records of all partitions that the CPU time is of. */
  counted: number;
  cpuMicroseconds: number;
  /** Of these the notary's. */
  notaryMicroseconds: number;
}

/** CPU of all threads by event, µs. */
function cpuOf(records: readonly RawRecord[], rhythm: Rhythm) {
  return withStore(async (store) => {
    const audit = createAuditStore({ store, config: auditConfig, ...surroundings });
    await audit.warm();
    await warmUp(store);
    const round = notaryOf(store).round;
    const [linked, unlinked] = sidesOf(store);
    const deps = { decide: audit.decide, round, rhythm };
    let turn = 0;
    const together = rhythm.rangeRecords * rhythm.partitions;
    for (let from = 0; from + together <= records.length; from += together) {
      const side = order[turn % order.length] === "with" ? linked : unlinked;
      await takeIn(deps, side, records.slice(from, from + together));
      turn += 1;
      // Whoever is first warms up for both.
      if (turn === order.length) forget(linked, unlinked);
    }
    const perRecord = (side: Side): number => side.cpuMicroseconds / side.counted;
    return {
      withLedger: perRecord(linked),
      without: perRecord(unlinked),
      ofNotary: linked.notaryMicroseconds / linked.counted,
    };
  });
}

/** Until then each insert has the system find memory for the engine, which a service has done after some minutes. */
const warmUpInserts = 1_500;

async function warmUp({ writer }: Store): Promise<void> {
  await writer.command("CREATE TABLE warm_up (at UInt64) ENGINE = MergeTree ORDER BY at");
  for (let at = 0; at < warmUpInserts; at += 1) await writer.insertRows("warm_up", [{ at }]);
  await writer.command("DROP TABLE warm_up");
}

/** Neither comes always first: what is new to one range is known to the next. */
const order = ["with", "without", "without", "with"] as const;

function forget(...sides: readonly Side[]): void {
  for (const side of sides) {
    side.counted = 0;
    side.cpuMicroseconds = 0;
    side.notaryMicroseconds = 0;
  }
}

const surroundings = { clock: systemClock, metrics: createMetrics() };

function sidesOf(store: Store): readonly [Side, Side] {
  const { writer } = store;
  const { clock } = surroundings;
  const masterKeys = parseKeyRing("DESKWATCH_MASTER_KEY", auditConfig.masterKey);
  const sealer = createSealer(masterKeys);
  const vault = createIdentityVault({ store, sealer, clock });
  const chains = createLedgerChains({ writer, mac: createLinkMac(masterKeys), clock });
  const side = (source: string, links: LedgerChains): Side => ({
    source,
    storage: createRangeStorage({ writer, vault, chains: links, sealer, clock }),
    isLinked: links === chains,
    records: 0,
    stores: 0,
    counted: 0,
    cpuMicroseconds: 0,
    notaryMicroseconds: 0,
  });
  const noLink = async (): Promise<void> => undefined;
  return [
    side("file:with", chains),
    side("file:without", { ...chains, append: noLink, appendMissing: noLink }),
  ];
}

interface TakeIn {
  readonly decide: AuditStore["decide"];
  readonly round: () => Promise<number>;
  readonly rhythm: Rhythm;
}

async function takeIn(
  { decide, round, rhythm }: TakeIn,
  side: Side,
  records: readonly RawRecord[],
): Promise<void> {
  const { rangeRecords, partitions, storesPerRound } = rhythm;
  const ranges = Array.from({ length: partitions }, (_, partition) =>
    records.slice(partition * rangeRecords, (partition + 1) * rangeRecords).map((record, at) => ({
      ...record,
      position: { source: side.source, partition, offset: side.records + at },
    })),
  );
  side.cpuMicroseconds += await cpuMicrosecondsOf(async () => {
    const contents: RangeContent[] = [];
    for (const own of ranges) {
      contents.push({ range: rangeOf(own), outcomes: await decide(own), deadline: soon() });
    }
    await side.storage.insert(contents);
  });
  side.records += rangeRecords;
  side.counted += records.length;
  side.stores += 1;
  if (!side.isLinked || side.stores % storesPerRound !== 0) return;
  const ofNotary = await cpuMicrosecondsOf(round);
  side.notaryMicroseconds += ofNotary;
  side.cpuMicroseconds += ofNotary;
}

async function cpuMicrosecondsOf(action: () => Promise<unknown>): Promise<number> {
  const from = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(from);
  return user + system;
}
