/** `deskwatch verify --bundle`: proves an exported bundle without any access to the system. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import type { HeadLine } from "../../ingest/evidence/bundle.ts";
import { type BundleVerdict, verifyBundle } from "../../ingest/evidence/verify-bundle.ts";
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
  if (options.json === true) output.line(JSON.stringify(verdict, null, 2));
  else for (const line of linesOf(verdict)) output.line(line);
  if (verdict.faults.length > 0) throw new CommandError("the bundle is not proven", 1);
}

/** Unpacked where the name ends in `.gz`. Throws `CommandError` where it cannot be read. */
async function* linesIn(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const input = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  const failed = new Promise<never>((_, reject) => {
    const onError = (): void => reject(new CommandError(`${path} cannot be read`, 1));
    file.once("error", onError);
    input.once("error", onError);
  });
  failed.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[
    Symbol.asyncIterator
  ]();
  for (;;) {
    const next = await Promise.race([lines.next(), failed]);
    if (next.done === true) return;
    yield next.value;
  }
}

function linesOf({ links, records, logSize, faults }: BundleVerdict): readonly string[] {
  return [
    ...faults.map(({ line, problem }) => `line ${line}: ${problem}`),
    `${records} records of ${links} links, under a signed head of ${logSize} entries`,
    faults.length === 0 ? "proven" : `${faults.length} faults`,
  ];
}
