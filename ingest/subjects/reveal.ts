/**
 * The raw identifiers behind tokens. Whoever calls this has put down before who asks, of whom and why: nothing here
 * writes a record of it.
 */
import type { Reader } from "../clickhouse/define-query.ts";
import { type SealedKey, sealedKeysOf } from "../clickhouse/sealed-keys.ts";
import { erasuresAmong } from "../clickhouse/stored-erasures.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";
import { KeyError } from "../pipeline/key.ts";
import { SealError, type Sealer } from "../pipeline/seal.ts";
import { grouped } from "../runtime/grouped.ts";
import { subjectToken } from "../vocabulary/brand.ts";
import type { SubjectType } from "../vocabulary/event.ts";

/**
 * `erased`: by the service, for good. `unknown`: nobody of this token was ever stored. `unreadable`: its key is gone or
 * altered and the service has not done it, which a verification tells, too.
 */
export const withheldStates = ["erased", "unknown", "unreadable"] as const;
export type WithheldState = (typeof withheldStates)[number];

export type Revealed =
  | {
      readonly token: string;
      readonly state: "revealed";
      readonly type: SubjectType;
      readonly canonicalId: string;
    }
  | { readonly token: string; readonly state: WithheldState };

interface RevealDeps {
  readonly reader: Reader;
  readonly sealer: Pick<Sealer, "openIdentity">;
  readonly mac: Pick<StatementMac, "isAuthentic">;
}

export type Reveal = (tokens: readonly string[]) => Promise<readonly Revealed[]>;

/** One answer for each token, in their order. An erasure that was put down counts before its key is gone. */
export const createReveal =
  ({ reader, sealer, mac }: RevealDeps): Reveal =>
  async (tokens) => {
    const rows = grouped(await sealedKeysOf(reader, { tokens: [...tokens] }), ({ token }) => token);
    // Asked last: what is put down meanwhile counts.
    const erased = await erasuresAmong({ reader, mac }, tokens);
    return tokens.map((token) => {
      if (erased.has(token)) return { token, state: "erased" };
      const own = rows.get(token);
      return own === undefined ? { token, state: "unknown" } : opened(sealer, token, own);
    });
  };

/** Of several rows, which processes have sealed at once, the first that opens. */
function opened(sealer: RevealDeps["sealer"], token: string, rows: readonly SealedKey[]): Revealed {
  for (const row of rows) {
    const canonicalId = openedId(sealer, row);
    if (canonicalId !== undefined) return { token, state: "revealed", type: row.type, canonicalId };
  }
  return { token, state: "unreadable" };
}

type Sealed = Omit<SealedKey, "type">;

/** `undefined`: the key is gone or altered, or of a master key that is not given. */
export function openedId(sealer: RevealDeps["sealer"], row: Sealed): string | undefined {
  if (row.wrappedKey === "") return undefined;
  try {
    return sealer.openIdentity(subjectToken(row.token), row);
  } catch (error) {
    if (error instanceof SealError || error instanceof KeyError) return undefined;
    throw error;
  }
}
