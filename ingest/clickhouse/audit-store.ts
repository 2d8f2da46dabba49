/** The audit trail in ClickHouse: each range of records decided, then written exactly once. */
import { createLinkMac } from "../ledger/link-mac.ts";
import type { AuditStore, PositionedOutcome } from "../pipeline/audit-store.ts";
import { createDecodeContext, type DecodeConfig } from "../pipeline/decode-context.ts";
import { createDuplicates, type Duplicates } from "../pipeline/duplicates.ts";
import { parseKeyRing } from "../pipeline/key.ts";
import { createLetterGuard } from "../pipeline/letter-guard.ts";
import { decideOutcomes } from "../pipeline/pipeline.ts";
import { createSealer, type Sealer } from "../pipeline/seal.ts";
import type { Tokenizer } from "../pipeline/tokenizer.ts";
import { type Clock, clockSkewMsMax } from "../runtime/clock.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Config } from "../runtime/settings.ts";
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";
import { adoptEarlierRows } from "./adopt-earlier.ts";
import type { Store } from "./client.ts";
import type { Reader } from "./define-query.ts";
import { createIdentityVault } from "./identities.ts";
import { createIngestMeter } from "./ingest-meter.ts";
import { findEvents, orphanEvents, storedHashes } from "./known-events.ts";
import { createLedgerChains } from "./ledger-chains.ts";
import { createRangeStorage } from "./range-storage.ts";
import { storeTime } from "./store-time.ts";

export type AuditStoreConfig = DecodeConfig &
  Pick<Config, "masterKey" | "duplicateHorizonRows" | "deadLetterShareMax" | "queryMsMax">;

export interface AuditStoreOptions {
  readonly store: Pick<Store, "writer" | "reader">;
  readonly config: AuditStoreConfig;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** One that others use, too; made from the token key where it is absent. */
  readonly tokenizer?: Tokenizer;
  /** Made from the master key where it is absent; that takes longer than all the rest. */
  readonly sealer?: Sealer;
}

/** Throws `KeyError` when a key is absent or unfit. Call `warm` before the first `decide`. */
export function createAuditStore(options: AuditStoreOptions): AuditStore {
  const { store, config, clock, metrics } = options;
  const { writer } = store;
  const masterKeys = parseKeyRing("DESKWATCH_MASTER_KEY", config.masterKey);
  const { sealer = createSealer(masterKeys) } = options;
  const duplicates = createDuplicates(config.duplicateHorizonRows, (hashes) =>
    findEvents(writer, hashes),
  );
  const steps = {
    decoding: createDecodeContext(config, clock, options.tokenizer),
    duplicates,
    guard: createLetterGuard(config.deadLetterShareMax),
  };
  const meter = createIngestMeter(metrics);
  const chains = createLedgerChains({ writer, mac: createLinkMac(masterKeys), clock });
  /** By the clock of the store. */
  let warmedAt = epochMs(0);
  const storage = createRangeStorage({
    writer,
    vault: createIdentityVault({ store, sealer, clock }),
    chains,
    sealer,
    clock,
  });
  return {
    decide: async (records) => {
      const outcomes = await meter.halting(() => decideOutcomes(records, steps));
      meter.knownIds(duplicates.size());
      return outcomes;
    },
    insertRanges: async (contents) => {
      const started = clock.now();
      await storage.insert(contents);
      meter.stored(
        contents.flatMap(({ outcomes }) => outcomes),
        clock.now() - started,
      );
    },
    missing: async (range, outcomes) => {
      const { missing, surplus } = await storage.compare(range, outcomes);
      meter.surplus(surplus);
      return missing;
    },
    insertMissing: async (range, outcomes, missing, deadline) => {
      const started = clock.now();
      const isReadBack = await storage.complete({ range, outcomes, deadline }, missing);
      const settled = missing.offsets.get("outcomes");
      meter.stored(newlySettled(outcomes, settled), clock.now() - started);
      return isReadBack;
    },
    warm: async () => {
      const now = await storeTime(store.reader);
      // A row is stored but not yet seen for as long as the insert that holds it runs.
      const since = epochMs(Math.max(0, warmedAt - config.queryMsMax - clockSkewMsMax));
      await warmUp(store.reader, duplicates, { horizonRows: config.duplicateHorizonRows, since });
      if (warmedAt === 0) await adoptEarlierRows({ reader: store.reader, chains, clock });
      warmedAt = now;
    },
  };
}

const newlySettled = (
  outcomes: readonly PositionedOutcome[],
  offsets: ReadonlySet<number> | undefined,
): readonly PositionedOutcome[] =>
  outcomes.filter(({ position }) => offsets?.has(position.offset) === true);

interface Known {
  readonly horizonRows: number;
  readonly since: EpochMs;
}

async function warmUp(
  reader: Reader,
  duplicates: Duplicates,
  { horizonRows, since }: Known,
): Promise<void> {
  for await (const page of storedHashes(reader, horizonRows, since)) {
    for (const hash of page) duplicates.learn(hash);
  }
  for (const event of await orphanEvents(reader)) duplicates.learnOrphan(event);
}
