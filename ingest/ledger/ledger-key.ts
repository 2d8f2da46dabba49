/** The keys of the ledger from configuration: who signs the log, and which signatures count. */
import { deriveKey, KeyError, parseKeyRing } from "../pipeline/key.ts";
import type { Config } from "../runtime/settings.ts";
import type { TrustedLog } from "./checkpoint.ts";
import { createNoteSigner, type NoteSigner } from "./note-key.ts";

export type LedgerKeyConfig = Pick<Config, "ledgerKey" | "ledgerOrigin" | "masterKey">;

export interface LedgerKeys {
  readonly signer: NoteSigner;
  /** The present key and those that signed before it. */
  readonly trusted: TrustedLog;
}

/** Throws `KeyError` when neither a key of its own nor the master key is fit. */
export function ledgerKeysOf({ ledgerKey, ledgerOrigin, masterKey }: LedgerKeyConfig): LedgerKeys {
  const seeds =
    ledgerKey === ""
      ? parseKeyRing("DESKWATCH_MASTER_KEY", masterKey).map(({ bytes }) =>
          deriveKey(bytes, "ledger signatures"),
        )
      : parseKeyRing("DESKWATCH_LEDGER_KEY", ledgerKey).map(({ bytes }) => bytes);
  const signers = seeds.map((seed) => createNoteSigner(ledgerOrigin, seed));
  const [signer] = signers;
  if (signer === undefined) throw new KeyError("DESKWATCH_LEDGER_KEY", "is not set");
  return {
    signer,
    trusted: { origin: ledgerOrigin, keys: signers.map(({ verifierKey }) => verifierKey) },
  };
}
