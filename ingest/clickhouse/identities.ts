/** The sealed raw identifiers: written once per subject, before anything refers to its token. */
import { z } from "zod";
import { createRecentMap } from "../pipeline/recent-map.ts";
import type { Sealer } from "../pipeline/seal.ts";
import type { Clock } from "../runtime/clock.ts";
import { type SubjectToken, subjectToken } from "../vocabulary/brand.ts";
import { type SubjectType, subjectTypes } from "../vocabulary/event.ts";
import type { Identity } from "../vocabulary/outcome.ts";
import type { Store } from "./client.ts";
import { defineQuery, type Reader } from "./define-query.ts";

const known = defineQuery({
  name: "identities.known",
  sql: `SELECT toString(subject_token) AS token FROM identities
    WHERE subject_token IN (SELECT arrayJoin(arrayMap(t -> toUUID(t), {tokens:Array(String)})))
    ORDER BY subject_token`,
  params: z.object({ tokens: z.array(z.string()) }),
  row: z.object({ token: z.string() }),
});

const sealed = defineQuery({
  name: "identities.sealed",
  sql: `SELECT subject_type, sealed_id, wrapped_key, master_key_version FROM identities FINAL
    WHERE subject_token = toUUID({token:String}) ORDER BY subject_token`,
  params: z.object({ token: z.string() }),
  row: z.object({
    subject_type: z.enum(subjectTypes),
    sealed_id: z.string(),
    wrapped_key: z.string(),
    master_key_version: z.number().int(),
  }),
});

/** Tokens per question. */
const tokensMax = 2_000;
/** Tokens remembered as sealed; up to twice as many in memory. */
const sealedMax = 200_000;

export interface IdentityVault {
  /** Seals those that are not sealed yet. Safe to repeat. */
  readonly keep: (identities: ReadonlyMap<SubjectToken, Identity>) => Promise<void>;
}

export function createIdentityVault({
  store,
  sealer,
  clock,
}: {
  readonly store: Pick<Store, "writer">;
  readonly sealer: Pick<Sealer, "sealIdentity">;
  readonly clock: Clock;
}): IdentityVault {
  const remembered = createRecentMap<string, true>(sealedMax);
  const row = ({ token, type, canonicalId }: Identity) => {
    const { sealedId, wrappedKey, masterKeyVersion } = sealer.sealIdentity(token, canonicalId);
    return {
      subject_token: token,
      subject_type: type,
      sealed_id: sealedId,
      wrapped_key: wrappedKey,
      master_key_version: masterKeyVersion,
      sealed_at: clock.now(),
    };
  };
  const keepPage = async (page: readonly Identity[]): Promise<void> => {
    const tokens = page.map(({ token }) => token);
    const stored = new Set((await known(store.writer, { tokens })).map(({ token }) => token));
    const fresh = page.filter(({ token }) => !stored.has(token));
    await store.writer.insertRows("identities", fresh.map(row));
    for (const token of tokens) remembered.set(token, true);
  };
  return {
    keep: async (identities) => {
      const asked = [...identities.values()].filter(({ token }) => !remembered.get(token));
      for (let start = 0; start < asked.length; start += tokensMax) {
        await keepPage(asked.slice(start, start + tokensMax));
      }
    },
  };
}

/**
 * The raw identifier behind a token, for an audited reveal; `undefined` when unknown or erased. Throws what
 * `Sealer.openIdentity` throws.
 */
export async function revealIdentity(
  reader: Reader,
  sealer: Pick<Sealer, "openIdentity">,
  token: string,
): Promise<{ readonly type: SubjectType; readonly canonicalId: string } | undefined> {
  const [row] = await sealed(reader, { token });
  if (row === undefined || row.wrapped_key === "") return undefined;
  const canonicalId = sealer.openIdentity(subjectToken(token), {
    sealedId: row.sealed_id,
    wrappedKey: row.wrapped_key,
    masterKeyVersion: row.master_key_version,
  });
  return { type: row.subject_type, canonicalId };
}
