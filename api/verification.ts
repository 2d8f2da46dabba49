/** One verification of the store, with what the witnesses hold: for the command line and for the API. */
import type { Store } from "../ingest/clickhouse/client.ts";
import type { TrustedLog } from "../ingest/ledger/checkpoint.ts";
import { ledgerKeysOf } from "../ingest/ledger/ledger-key.ts";
import { parseVerifierKey } from "../ingest/ledger/note-key.ts";
import type { Witness, WitnessedCheckpoint } from "../ingest/ledger/witnesses/witness.ts";
import type { WitnessedHead } from "../ingest/verification/log-check.ts";
import { type Verification, verifyStore } from "../ingest/verification/verify-store.ts";
import { CommandError } from "./command-error.ts";
import type { Context } from "./context.ts";
import { linkMacOf, statementMacOf } from "./ledger.ts";
import { sealerOf } from "./subjects.ts";

export interface WitnessState {
  readonly witness: string;
  /** `undefined`: it could not be asked. */
  readonly entries: number | undefined;
}

export interface StoreVerification extends Verification {
  readonly witnesses: readonly WitnessState[];
  readonly tookMs: number;
}

/** How long the newest rows of a running system may take to be committed to and signed. */
const settleMsMax = 30_000;

export interface VerifyRequest {
  readonly trusted: TrustedLog;
  /** Whether nothing else can be writing. */
  readonly isAtRest: boolean;
  readonly witnesses: readonly Witness[];
  readonly onOffsets?: (count: number) => void;
}

export async function verifyWithWitnesses(
  context: Context,
  store: Store,
  request: VerifyRequest,
): Promise<StoreVerification> {
  const started = context.clock.now();
  const { trusted, isAtRest, witnesses } = request;
  const asked = await Promise.all(witnesses.map(heldBy));
  const verification = await verifyStore({
    reader: store.reader,
    log: trusted,
    witnessed: asked.flatMap(({ heads }) => heads),
    settleMsMax: isAtRest ? 0 : settleMsMax,
    clock: context.clock,
    ...(context.config.masterKey === ""
      ? {}
      : {
          mac: linkMacOf(context),
          statementMac: statementMacOf(context),
          sealer: sealerOf(context),
        }),
    ...(request.onOffsets === undefined ? {} : { onOffsets: request.onOffsets }),
  });
  const tookMs = context.clock.now() - started;
  return { ...verification, witnesses: asked.map(({ state }) => state), tookMs };
}

/** Whether nothing was found and every witness bears it out: one that holds no head of a log with heads shows nothing. */
export const isProven = ({ total, witnesses, log }: StoreVerification): boolean =>
  total === 0 &&
  witnesses.every(({ entries }) => entries !== undefined && (entries > 0 || log.signed === 0));

/** Every head that it still has is compared; a topic may hold a fork beside the honest one. */
async function heldBy(witness: Witness) {
  const { name } = witness;
  const history = await witness.history();
  if (history.kind === "unreachable") {
    return { state: { witness: name, entries: undefined }, heads: [] };
  }
  const heads = history.checkpoints.map((held) => headOf(name, held));
  const entries = Math.max(0, ...heads.map(({ size }) => size));
  return { state: { witness: name, entries }, heads };
}

const headOf = (witness: string, { checkpoint }: WitnessedCheckpoint): WitnessedHead => ({
  witness,
  size: checkpoint.size,
  root: checkpoint.root.toString("hex"),
});

/** The keys given, or those that the configuration would sign with. Throws `KeyError`. */
export const trustedLogOf = ({ config }: Context, keyTexts: readonly string[]): TrustedLog =>
  keyTexts.length === 0 ? ledgerKeysOf(config).trusted : trustedKeysOf(keyTexts);

/** One log under the keys given. Throws `CommandError`. */
export function trustedKeysOf(keyTexts: readonly string[]): TrustedLog {
  const keys = keyTexts.map((text) => {
    const key = parseVerifierKey(text);
    if (key !== undefined) return key;
    const expected = "expected <name>+<id>+<base64>, as `deskwatch ledger key` prints it";
    throw new CommandError(`--public-key: ${expected}`, 2);
  });
  const origins = new Set(keys.map(({ name }) => name));
  const [origin = ""] = origins;
  if (origins.size > 1) throw new CommandError("--public-key: the keys name different logs", 2);
  return { origin, keys };
}
