/** The ledger of a test store: a notary and a verification with the keys of the test audit store. */
import type { Store } from "../../ingest/clickhouse/client.ts";
import { createLedgerChains } from "../../ingest/clickhouse/ledger-chains.ts";
import { createStatementWriter } from "../../ingest/clickhouse/statement-writer.ts";
import { createLinkMac } from "../../ingest/ledger/link-mac.ts";
import { createNoteSigner } from "../../ingest/ledger/note-key.ts";
import { createStatementMac } from "../../ingest/ledger/statement-mac.ts";
import { soleLease } from "../../ingest/notary/lease.ts";
import { createNotary } from "../../ingest/notary/notary.ts";
import { parseKeyRing } from "../../ingest/pipeline/key.ts";
import { createSealer } from "../../ingest/pipeline/seal.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import { createMetrics } from "../../ingest/runtime/metrics.ts";
import { type VerifyOptions, verifyStore } from "../../ingest/verification/verify-store.ts";
import { auditConfig } from "./audit-store.ts";

const seed = Buffer.alloc(32, 3);
export const testSigner = createNoteSigner("deskwatch.test/ledger", seed);
/** Has a process sign as `testSigner` does. */
export const ledgerSettings = {
  ledgerOrigin: testSigner.verifierKey.name,
  ledgerKey: `1:${seed.toString("base64")}`,
};
export const testLog = { origin: testSigner.verifierKey.name, keys: [testSigner.verifierKey] };
const testKeys = parseKeyRing("DESKWATCH_MASTER_KEY", auditConfig.masterKey);
export const testMac = createLinkMac(testKeys);
export const testStatementMac = createStatementMac(testKeys);
export const testSealer = createSealer(testKeys);

export const notaryOf = (store: Store) =>
  createNotary({
    store,
    signer: testSigner,
    trusted: testLog,
    mac: testMac,
    lease: soleLease,
    clock: systemClock,
    log: createLog({ logLevel: "silent" }),
    metrics: createMetrics(),
  });

/** Statements under the keys of the test audit store, by the real clock: the store refuses late ones. */
export const statementsOf = ({ writer }: Store) =>
  createStatementWriter({
    writer,
    chains: createLedgerChains({ writer, mac: testMac, clock: systemClock }),
    mac: testStatementMac,
    clock: systemClock,
  });

export const verify = ({ reader }: Store, changes: Partial<VerifyOptions> = {}) =>
  verifyStore({
    reader,
    log: testLog,
    mac: testMac,
    statementMac: testStatementMac,
    sealer: testSealer,
    settleMsMax: 0,
    clock: systemClock,
    ...changes,
  });
