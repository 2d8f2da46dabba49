/** `deskwatch verify --bundle`: proves an exported bundle without any access to the system. */
import type { HeadLine } from "../../ingest/evidence/bundle.ts";
import { type BundleVerdict, verifyBundle } from "../../ingest/evidence/verify-bundle.ts";
import { readLines } from "../../ingest/files/ndjson-file.ts";
import type { TrustedLog } from "../../ingest/ledger/checkpoint.ts";
import { parseVerifierKey } from "../../ingest/ledger/note-key.ts";
import { CommandError } from "../command-error.ts";
import type { Output } from "../output.ts";
import { trustedKeysOf } from "../verification.ts";

interface BundleOptions {
  readonly bundle: string;
  readonly publicKey: readonly string[];
  readonly json?: boolean;
}

export async function verifyBundleFile(output: Output, options: BundleOptions): Promise<void> {
  const given = options.publicKey.length > 0 ? trustedKeysOf(options.publicKey) : undefined;
  const trust = (head: HeadLine): TrustedLog => {
    if (given !== undefined) return given;
    for (const key of head.verifier_keys) {
      output.note(`taken on trust, compare it with the log's public key: ${key}`);
    }
    const keys = head.verifier_keys.flatMap((text) => parseVerifierKey(text) ?? []);
    return { origin: keys[0]?.name ?? "", keys };
  };
  const verdict = await verifyBundle(linesIn(options.bundle), trust);
  const isKeyGiven = given !== undefined;
  if (options.json === true) output.line(JSON.stringify({ ...verdict, isKeyGiven }, null, 2));
  else for (const line of linesOf(verdict, isKeyGiven)) output.line(line);
  if (verdict.faults.length > 0) throw new CommandError("the bundle is not proven", 1);
}

/** Longer than any line of a bundle: a whole range with its rows. */
const lineBytesMax = 256 * 1024 * 1024;
const carriageReturn = 0x0d;

/** Throws `FileError`. */
async function* linesIn(path: string): AsyncGenerator<string> {
  for await (const { lines } of readLines(path, lineBytesMax)) {
    for (const line of lines) {
      // A mail may have turned the line breaks into those of Windows.
      yield line.toString("utf8", 0, line.at(-1) === carriageReturn ? line.length - 1 : undefined);
    }
  }
}

function linesOf(verdict: BundleVerdict, isKeyGiven: boolean): readonly string[] {
  const { links, records, logSize, faults } = verdict;
  const proven = isKeyGiven ? "proven" : "proven, if the key that the bundle names is the log's";
  return [
    ...faults.map(({ line, problem }) => `line ${line}: ${problem}`),
    `${records} records of ${links} links, under a signed head of ${logSize} entries`,
    faults.length === 0
      ? proven
      : `not proven: ${faults.length} fault${faults.length === 1 ? "" : "s"}`,
  ];
}
