/**
 * Erasure of a subject's identifier: put down in the ledger first, then the key is removed, so that no crash leaves a
 * key gone that nobody has erased. A removal that was cut off is finished by whoever erases next, or by the keeper.
 *
 * The row stays with its token and its sealed text, which nobody can open any more: what the ledger commits to is as it
 * was, and the subject is known when it is seen again, so that nothing of it is sealed anew.
 */
import type { Store } from "../clickhouse/client.ts";
import {
  firstToken,
  keysLeft,
  removeKeys,
  sealedKeysOf,
  subjectsWithKey,
} from "../clickhouse/sealed-keys.ts";
import {
  type ErasureQuestion,
  erasuresAmong,
  listErasures,
  type StoredErasure,
} from "../clickhouse/stored-erasures.ts";
import { type StatementWriter, statementsAtOnceMax } from "../ledger/statement.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";
import type { LegalHolds } from "../retention/legal-holds.ts";
import type { EpochMs } from "../vocabulary/brand.ts";

/** Subjects that are revealed or erased at one go. */
export const subjectsAtOnceMax = statementsAtOnceMax;
export const subjectReasonLengthMax = 500;

export interface Erased {
  readonly token: string;
  /** `null`: nobody of this token was ever stored, so nothing was put down. */
  readonly erasedAt: number | null;
}

export type ErasureOutcome =
  | { readonly kind: "erased"; readonly subjects: readonly Erased[] }
  /** Nobody was erased: a legal hold on these is in force. */
  | { readonly kind: "held"; readonly tokens: readonly string[] };

interface ErasureWish {
  /** Each once, `subjectsAtOnceMax` at most. */
  readonly tokens: readonly string[];
  readonly reason: string;
  readonly principal: string;
  readonly at: EpochMs;
}

export interface Erasures {
  /**
   * Resolves when the keys are gone, from the disk too. Who was erased before stays so, by the first statement. Throws
   * `ErasureError` when a key came back meanwhile or a question goes on reading it, `clickhouse.*`; to repeat it then is
   * harmless.
   */
  readonly erase: (wish: ErasureWish) => Promise<ErasureOutcome>;
  readonly list: (question: ErasureQuestion) => Promise<readonly StoredErasure[]>;
  /** Subjects of whom an erasure was put down and a key is still there, `unfinishedMax` at most. */
  readonly unfinished: () => Promise<readonly string[]>;
  /** Removes the keys of such subjects. */
  readonly finish: (tokens: readonly string[]) => Promise<void>;
}

/** Put down, and yet somebody's key is there, in a row or in a file that is still read. */
export class ErasureError extends Error {
  readonly code = "erasure.unfinished";
  constructor() {
    super("an erasure was put down and a key is still there; the service goes on, or erase again");
    this.name = "ErasureError";
  }
}

interface ErasuresDeps {
  readonly store: Pick<Store, "reader" | "bulkWriter">;
  readonly statements: Pick<StatementWriter, "appendAll">;
  readonly mac: Pick<StatementMac, "isAuthentic">;
  readonly holds: Pick<LegalHolds, "active">;
}

/** Of one look; the rest waits for the next. */
export const unfinishedMax = 1_000;

export function createErasures({ store, statements, mac, holds }: ErasuresDeps): Erasures {
  const { reader, bulkWriter } = store;
  const heldAmong = async (tokens: readonly string[]): Promise<readonly string[]> => {
    const held = new Set((await holds.active()).map(({ subjectToken }) => subjectToken));
    return tokens.filter((token) => held.has(token));
  };
  const withKey = (tokens: readonly string[]): Promise<readonly string[]> =>
    subjectsWithKey(reader, { tokens: [...tokens] });
  const finish = async (tokens: readonly string[]): Promise<void> => {
    const cleared = await removeKeys(bulkWriter, tokens);
    if (!cleared || (await withKey(tokens)).length > 0) throw new ErasureError();
  };
  return {
    erase: async ({ tokens, reason, principal, at }) => {
      const held = await heldAmong(tokens);
      if (held.length > 0) return { kind: "held", tokens: held };
      const rows = await sealedKeysOf(reader, { tokens: [...tokens] });
      const known = new Set(rows.map(({ token }) => token));
      const before = await erasuresAmong({ reader, mac }, tokens);
      const fresh = tokens.filter((token) => known.has(token) && !before.has(token));
      const values = fresh.map((token) => [token, reason, principal, at]);
      if (values.length > 0) await statements.appendAll("erasures", values);
      await finish(await withKey([...known]));
      const erasedAt = (token: string) =>
        before.get(token)?.erasedAt ?? (known.has(token) ? at : null);
      return {
        kind: "erased",
        subjects: tokens.map((token) => ({ token, erasedAt: erasedAt(token) })),
      };
    },
    list: (question) => listErasures({ reader, mac }, question),
    unfinished: async () => {
      const found: string[] = [];
      for (let after = firstToken; found.length < unfinishedMax; ) {
        const rows = await keysLeft(reader, { after, limit: unfinishedMax });
        const named = [...new Set(rows.map(({ token }) => token))];
        // Of a statement that somebody else put into the database nothing follows.
        const counting = await erasuresAmong({ reader, mac }, named);
        found.push(...named.filter((token) => counting.has(token)));
        const last = named.at(-1);
        if (last === undefined || rows.length < unfinishedMax) break;
        after = last;
      }
      return found.slice(0, unfinishedMax);
    },
    finish,
  };
}
