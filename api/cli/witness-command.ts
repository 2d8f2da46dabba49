/**
 * `deskwatch witness`: holds the signed heads of a log on another machine, under a key of its own. It needs the
 * log's public key and nothing else of the deployment.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import type { TrustedLog } from "../../ingest/ledger/checkpoint.ts";
import { createNoteSigner, isKeyName, parseVerifierKey } from "../../ingest/ledger/note-key.ts";
import { createFileWitness } from "../../ingest/ledger/witnesses/file-witness.ts";
import { parseKey } from "../../ingest/pipeline/key.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { checkFile } from "../../ingest/runtime/place.ts";
import { CommandError } from "../command-error.ts";
import { untilSignalled } from "../context.ts";
import type { Output } from "../output.ts";
import { startWitness } from "../witness-server.ts";

interface WitnessOptions {
  readonly publicKey: string;
  readonly file: string;
  readonly keyFile: string;
  readonly name: string;
  readonly host: string;
  readonly port: string;
}

export function witnessCommand(output: Output): Command {
  return new Command("witness")
    .description("Holds the signed heads of a log elsewhere, so that a cut of the newest shows.")
    .requiredOption("--public-key <key>", "the log's, as `deskwatch ledger key` prints it")
    .option("--file <path>", "where the heads are kept", "witness.notes")
    .option("--key-file <path>", "the witness's own key; made when it is not there", "witness.key")
    .option("--name <name>", "of the witness and its key", "deskwatch-witness")
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "0 picks a free one", "8090")
    .action((options: WitnessOptions) => run(output, options));
}

async function run(output: Output, options: WitnessOptions): Promise<void> {
  const logKey = parseVerifierKey(options.publicKey);
  if (logKey === undefined) {
    throw new CommandError("--public-key: expected <name>+<id>+<base64>", 2);
  }
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CommandError("--port: expected a number from 0 to 65535", 2);
  }
  if (!isKeyName(options.name)) {
    throw new CommandError("--name: expected a text without spaces and plus", 2);
  }
  const log = { origin: logKey.name, keys: [logKey] };
  await checkHeads(options, log);
  checkFile("--key-file", options.keyFile);
  const signer = createNoteSigner(options.name, seedIn(options.keyFile), "cosignature");
  const { url, stop } = await startWitness({
    host: options.host,
    port,
    path: options.file,
    log,
    signer,
    clock: systemClock,
  });
  output.line(`DESKWATCH_LEDGER_WITNESS_URL=${url}`);
  output.line(`DESKWATCH_LEDGER_WITNESS_KEY=${signer.verifierKey.text}`);
  await untilSignalled();
  await stop();
}

/** What cannot be kept there would be refused offer by offer, and told to the log only as a witness that is busy. */
async function checkHeads({ name, file: path }: WitnessOptions, log: TrustedLog): Promise<void> {
  checkFile("--file", path);
  const head = await createFileWitness({ name, path, log }).latest();
  if (head.kind !== "unreachable") return;
  throw new CommandError(`--file: ${path} holds something else than heads of this log`, 2);
}

function seedIn(path: string): Buffer {
  if (!existsSync(path)) {
    writeFileSync(path, `1:${randomBytes(32).toString("base64")}\n`, { mode: 0o600, flag: "wx" });
  }
  return parseKey("--key-file", readFileSync(path, "utf8").trim()).bytes;
}
