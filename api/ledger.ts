/** The ledger as the service runs it: statements of this process, the notary with its witnesses. */
import { createReadLog } from "../detectors/store/read-store.ts";
import type { StatementLogs } from "../detectors/store/statement-log.ts";
import { createSuppressions, type Suppressions } from "../detectors/store/suppression-store.ts";
import { createVerdictLog } from "../detectors/store/verdict-log.ts";
import type { Store } from "../ingest/clickhouse/client.ts";
import { createLedgerChains } from "../ingest/clickhouse/ledger-chains.ts";
import { createStatementWriter } from "../ingest/clickhouse/statement-writer.ts";
import { createKafkaNoteTopic } from "../ingest/kafka/note-topic.ts";
import type { TrustedLog } from "../ingest/ledger/checkpoint.ts";
import { ledgerKeysOf } from "../ingest/ledger/ledger-key.ts";
import { createLinkMac, type LinkMac } from "../ingest/ledger/link-mac.ts";
import { parseVerifierKey, type VerifierKey } from "../ingest/ledger/note-key.ts";
import type { StatementWriter } from "../ingest/ledger/statement.ts";
import { createStatementMac, type StatementMac } from "../ingest/ledger/statement-mac.ts";
import { createFileWitness } from "../ingest/ledger/witnesses/file-witness.ts";
import { createHttpWitness } from "../ingest/ledger/witnesses/http-witness.ts";
import { createTopicWitness } from "../ingest/ledger/witnesses/topic-witness.ts";
import type { Witness } from "../ingest/ledger/witnesses/witness.ts";
import { type Lease, soleLease } from "../ingest/notary/lease.ts";
import { createNotary, type Notary } from "../ingest/notary/notary.ts";
import { createWitnessRelay } from "../ingest/notary/witness-relay.ts";
import { parseKeyRing } from "../ingest/pipeline/key.ts";
import { clockSkewMsMax } from "../ingest/runtime/clock.ts";
import { errorFields } from "../ingest/runtime/log.ts";
import type { Config } from "../ingest/runtime/settings.ts";
import { CommandError } from "./command-error.ts";
import type { Context } from "./context.ts";

/** What whoever puts something down needs of the context. */
export type Keeping = Pick<Context, "config" | "clock">;

/** Throws `KeyError` when the master key is absent or unfit. */
export const linkMacOf = ({ config }: Pick<Context, "config">): LinkMac =>
  createLinkMac(parseKeyRing("DESKWATCH_MASTER_KEY", config.masterKey));

/** Throws `KeyError` when the master key is absent or unfit. */
export const statementMacOf = ({ config }: Pick<Context, "config">): StatementMac =>
  createStatementMac(parseKeyRing("DESKWATCH_MASTER_KEY", config.masterKey));

/** Throws `KeyError` when the master key is absent or unfit: without it nothing can be put down that counts. */
export function statementsOf(context: Keeping, { writer }: Store): StatementWriter {
  const { clock } = context;
  const chains = createLedgerChains({ writer, mac: linkMacOf(context), clock });
  return createStatementWriter({ writer, chains, mac: statementMacOf(context), clock });
}

/** Throws `KeyError` when the master key is absent or unfit. */
export const suppressionsOf = (context: Keeping, store: Store): Suppressions =>
  createSuppressions({
    reader: store.reader,
    statements: statementsOf(context, store),
    mac: statementMacOf(context),
  });

/** Throws `KeyError` when the master key is absent or unfit. */
export function statementLogsOf(context: Context, { reader }: Store): StatementLogs {
  const deps = { reader, mac: statementMacOf(context) };
  return { verdicts: createVerdictLog(deps), reads: createReadLog(deps) };
}

/** Each in its own name; connected as far as that goes at once. Stopped with the context. */
export async function openWitnesses(
  context: Context,
  log: TrustedLog,
): Promise<readonly Witness[]> {
  const { ledgerWitnessPath: path, ledgerWitnessUrl: url } = context.config;
  const witnesses: Witness[] = [];
  if (path !== "") witnesses.push(createFileWitness({ name: "file", path, log }));
  if (url !== "") {
    witnesses.push(
      createHttpWitness({ name: "http", url, log, keys: [witnessKeyOf(context.config)] }),
    );
  }
  const topic = await openWitnessTopic(context, log);
  return topic === undefined ? witnesses : [...witnesses, topic];
}

/** Of the witness at an address. Throws `CommandError` when it is absent or unfit. */
export function witnessKeyOf({ ledgerWitnessKey }: Pick<Config, "ledgerWitnessKey">): VerifierKey {
  const key = parseVerifierKey(ledgerWitnessKey);
  if (key !== undefined) return key;
  const expected = "expected the verifier key that the witness prints at its start";
  throw new CommandError(`DESKWATCH_LEDGER_WITNESS_KEY: ${expected}`, 2);
}

/**
 * A broker that is away keeps nothing from starting: the witness then says that it cannot be reached. Throws
 * `CommandError` where no broker is named.
 */
async function openWitnessTopic(context: Context, log: TrustedLog): Promise<Witness | undefined> {
  const { config, lifecycle } = context;
  const { ledgerWitnessTopic: name, kafkaBrokers } = config;
  if (name === "") return undefined;
  if (kafkaBrokers.length === 0) {
    throw new CommandError("DESKWATCH_LEDGER_WITNESS_TOPIC: expected KAFKA_BROKERS beside it", 2);
  }
  const topic = createKafkaNoteTopic({ config, topic: name, log: context.log });
  lifecycle.onStop("witness topic", topic.disconnect);
  try {
    await topic.connect();
  } catch (error) {
    context.log.error({ topic: name, ...errorFields(error) }, "witness topic not connected");
  }
  return createTopicWitness({ name: "topic", topic, log });
}

interface NotaryParts {
  readonly store: Store;
  readonly witnesses: readonly Witness[];
  readonly lease: Lease;
}

/** The caller starts it or runs rounds. */
function openNotary(context: Context, { store, witnesses, lease }: NotaryParts): Notary {
  const { signer, trusted } = ledgerKeysOf(context.config);
  for (const { name: witness } of witnesses) {
    // `increase` sees no step from nothing to 1.
    const refusals = "deskwatch_ledger_witness_refusals_total";
    context.metrics.count(refusals, { witness, reason: "conflict" }, 0);
    context.metrics.count(refusals, { witness, reason: "inconsistent" }, 0);
  }
  const relay = createWitnessRelay({ ...context, witnesses, reader: store.reader });
  context.lifecycle.onStop("witnesses", relay.stop);
  const statements = statementsOf(context, store);
  return createNotary({
    ...context,
    store,
    signer,
    trusted,
    mac: linkMacOf(context),
    lease,
    onHead: relay.offer,
    coverOrphans: async () => {
      const forged = await statements.coverOrphans();
      context.metrics.gauge("deskwatch_ledger_forged_statements", {}, forged);
      if (forged > 0) context.log.error({ forged }, "statements that no holder of the key wrote");
    },
  });
}

/** Signs what is written from now on, as long as `lease` is held; a last time when the context stops. */
export function startNotary(context: Context, parts: NotaryParts): void {
  const notary = openNotary(context, parts);
  notary.start();
  context.lifecycle.onStop("notary", notary.stop);
}

/** Signs what a command has written. Only where no other process can hold the store. */
export async function signWritten(context: Context, store: Store): Promise<void> {
  if (!store.embedded) return;
  const witnesses = await openWitnesses(context, ledgerKeysOf(context.config).trusted);
  const notary = openNotary(context, { store, witnesses, lease: soleLease });
  while ((await notary.round()) > 0);
}

export interface LaterLease extends Lease {
  readonly give: (lease: Lease) => void;
}

/** The notary is the last to stop, so it is there before the consumer that says whether it may sign. */
export function createLaterLease(
  store: Store,
  { kafkaBrokers, kafkaSessionMs }: Config,
): LaterLease {
  let lease: Lease | undefined =
    store.embedded || kafkaBrokers.length === 0 ? soleLease : undefined;
  return {
    handOverMs: lease === undefined ? kafkaSessionMs + clockSkewMsMax : lease.handOverMs,
    held: () => lease?.held(),
    give: (given) => {
      lease ??= given;
    },
  };
}
