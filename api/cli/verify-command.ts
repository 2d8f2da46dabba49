/** `deskwatch verify`: whether the audit trail is what was written and signed, and where it is not. */
import { Command } from "commander";
import { openStore, type Store } from "../../ingest/clickhouse/client.ts";
import { pendingMigrations } from "../../ingest/clickhouse/migrate.ts";
import { allMigrations } from "../../ingest/clickhouse/migrations/all-migrations.ts";
import { StoreError } from "../../ingest/clickhouse/store-error.ts";
import { createFileWitness } from "../../ingest/ledger/witnesses/file-witness.ts";
import type { Discrepancy } from "../../ingest/verification/discrepancy.ts";
import { CommandError } from "../command-error.ts";
import { openContext, withContext } from "../context.ts";
import { openWitnesses } from "../ledger.ts";
import type { Output } from "../output.ts";
import {
  isProven,
  type StoreVerification,
  trustedLogOf,
  verifyWithWitnesses,
} from "../verification.ts";
import { verifyBundleFile } from "./verify-bundle-file.ts";

interface VerifyOptions {
  readonly bundle?: string;
  readonly publicKey: readonly string[];
  readonly witness: readonly string[];
  readonly json?: boolean;
}

export function verifyCommand(output: Output): Command {
  return new Command("verify")
    .description(
      "Checks every row, link and signed head of the audit trail; exit code 1 if any differs.",
    )
    .option("--bundle <file>", "an exported evidence bundle instead of a store; asks nobody")
    .option(
      "--public-key <key...>",
      "keys that the log may be signed with; default: those configured",
      [],
    )
    .option("--witness <file...>", "files of witnesses beside those configured", [])
    .option("--json", "one JSON document")
    .action((options: VerifyOptions) => verify(output, options));
}

async function verify(output: Output, options: VerifyOptions): Promise<void> {
  if (options.bundle !== undefined) {
    if (options.witness.length > 0) {
      throw new CommandError("--witness: compares a store, not a bundle", 2);
    }
    return verifyBundleFile(output, { ...options, bundle: options.bundle });
  }
  await withContext(openContext(output, { DESKWATCH_LOG_LEVEL: "error" }), async (context) => {
    const trusted = trustedLogOf(context, options.publicKey);
    const store = await openStore(context.config).catch((error: unknown) => {
      throw withAdvice(error);
    });
    context.lifecycle.onStop("store", () => store.close());
    const files = options.witness.map((path) =>
      createFileWitness({ name: path, path, log: trusted }),
    );
    const witnesses = [...(await openWitnesses(context, trusted)), ...files];
    const request = { trusted, witnesses, isAtRest: store.embedded };
    const found = await verifyWithWitnesses(context, store, request).catch(
      async (error: unknown) => {
        throw isWithoutName(error) ? await withoutName(store) : error;
      },
    );
    if (options.json === true) output.line(JSON.stringify(found, null, 2));
    else for (const line of linesOf(found)) output.line(line);
    if (context.config.masterKey === "") output.note(withoutMasterKey);
    if (!isProven(found)) throw new CommandError("the audit trail is not proven", 1);
    if (isEmpty(found)) throw nothingStored();
  });
}

/** A wrong folder has no discrepancy, nor has a store from which everything was taken. */
const isEmpty = ({ offsets, links, log }: StoreVerification): boolean =>
  offsets + links + log.size === 0;

const isWithoutName = (error: unknown): boolean =>
  error instanceof StoreError && error.code === "clickhouse.unknown_name";

/** Why a table or a column that is asked for is not there. */
async function withoutName(store: Store): Promise<CommandError> {
  const pending = await pendingMigrations(store).catch((error: unknown) => {
    if (isWithoutName(error)) return allMigrations;
    throw error;
  });
  if (pending.length === allMigrations.length) return nothingStored();
  const told =
    pending.length > 0
      ? "the store is of an earlier version, or its first start was cut off: a start of this one mends it, then verify it"
      : "a table or a column of the store is gone";
  return new CommandError(told, 1);
}

const nothingStored = (): CommandError => {
  const told = "nothing is stored here, so nothing is proven";
  return new CommandError(`${told}; is it the right store, and was it emptied?`, 1);
};

function withAdvice(error: unknown): unknown {
  if (!(error instanceof StoreError) || error.code !== "store.locked") return error;
  const instead = "while it runs, POST /v1/ledger/verifications does the same";
  return new CommandError(`${error.message}; ${instead}`, 1);
}

const number = (value: number): string => value.toLocaleString("en");

function linesOf(found: StoreVerification): readonly string[] {
  const { log, discrepancies, total } = found;
  const seconds = (found.tookMs / 1000).toFixed(1);
  return [
    ...discrepancies.map(lineOf),
    `${number(found.offsets)} records, ${number(found.rows)} rows, ${number(found.links)} links of` +
      ` ${number(found.chains)} chains compared in ${seconds} s`,
    `log: ${number(log.size)} entries, ${number(log.signed)} of them signed by` +
      ` ${number(log.checkpoints)} heads, root ${log.root}`,
    ...witnessLines(found),
    discrepanciesIn(total),
    ...(isOfOtherKeys(found) ? [otherKeys] : []),
    ...(total > 0 && total === found.loose ? [looseOnly] : []),
  ];
}

const withoutMasterKey =
  "DESKWATCH_MASTER_KEY is not given: who wrote links and statements, and whether keys open identifiers, was not tried";

const looseOnly =
  "all of it is new, as a killed process leaves it: start the service, or load the same file again, and verify once more";

const otherKeys =
  "no link is of this DESKWATCH_MASTER_KEY: is it the one that this store was begun with?";

const isOfOtherKeys = ({ offsets, links, discrepancies }: StoreVerification): boolean =>
  links > 0 && offsets === 0 && discrepancies.some(({ kind }) => kind === "link_forged");

const discrepanciesIn = (total: number): string =>
  total === 0 ? "no discrepancy" : `${number(total)} discrepanc${total === 1 ? "y" : "ies"}`;

export function lineOf(found: Discrepancy): string {
  const { kind, table, source, partition, from, to, detail } = found;
  const place = source === undefined ? "" : ` of ${source}, partition ${partition}`;
  const where = to === from + 1 ? `${from}` : `${from} to ${to - 1}`;
  return `${kind}: ${table} ${where}${place}: ${detail}`;
}

function witnessLines({ witnesses, log }: StoreVerification): readonly string[] {
  if (witnesses.length === 0) {
    return ["no witness: a cut of the newest entries, heads and all, cannot be seen"];
  }
  return witnesses.map(({ witness, entries }) => {
    if (entries === undefined) return `witness ${witness}: could not be asked`;
    if (entries === 0) return `witness ${witness}: holds no head, so it shows nothing`;
    return `witness ${witness}: holds a head of ${number(entries)} of ${number(log.size)} entries`;
  });
}
