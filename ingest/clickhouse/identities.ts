/** The sealed raw identifiers: written once per subject, before anything refers to its token. */
import { z } from "zod";
import type { SealedRow } from "../ledger/leaf.ts";
import type { RangeContent } from "../pipeline/audit-store.ts";
import { createRecentMap } from "../pipeline/recent-map.ts";
import type { Sealer } from "../pipeline/seal.ts";
import type { Clock } from "../runtime/clock.ts";
import { grouped } from "../runtime/grouped.ts";
import { mapInTurns } from "../runtime/turns.ts";
import type { EpochMs, SubjectToken } from "../vocabulary/brand.ts";
import type { Identity } from "../vocabulary/outcome.ts";
import type { Store } from "./client.ts";
import { defineQuery } from "./define-query.ts";
import { positionColumns } from "./event-rows.ts";
import { placeValues } from "./range-rows.ts";

const known = defineQuery({
  name: "identities.known",
  sql: `SELECT toString(subject_token) AS token FROM identities
    WHERE subject_token IN {tokens:Array(UUID)}
    ORDER BY subject_token`,
  params: z.object({ tokens: z.array(z.string()) }),
  row: z.object({ token: z.string() }),
});

/** Tokens per question: on a server the question travels in the address of a request. */
const tokensMax = 2_000;
/** Tokens remembered as sealed; up to twice as many in memory. */
const sealedMax = 200_000;

/** Identities sealed at one go, some milliseconds. */
const sealedPerTurn = 200;

const columns = [
  "subject_token",
  "subject_type",
  "sealed_id",
  "wrapped_key",
  "master_key_version",
  "sealed_at",
  ...positionColumns,
];

/** What was sealed for the first time, by the offset of the record that brought it. */
export type FreshlySealed = ReadonlyMap<number, readonly SealedRow[]>;

export interface IdentityVault {
  /**
   * Seals the identities of the ranges' events that are not sealed yet, each once however often it is given, in the
   * place of the record that brings it first. One answer per range. Safe to repeat; the store refuses it after a
   * `deadline`.
   */
  readonly keep: (contents: readonly RangeContent[]) => Promise<readonly FreshlySealed[]>;
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
  const sealedAmong = async (tokens: readonly string[]): Promise<ReadonlySet<string>> => {
    const found = new Set<string>();
    for (let start = 0; start < tokens.length; start += tokensMax) {
      const page = tokens.slice(start, start + tokensMax);
      for (const { token } of await known(store.writer, { tokens: page })) found.add(token);
    }
    return found;
  };
  const unknownAmong = (
    contents: readonly RangeContent[],
  ): ReadonlyMap<SubjectToken, FirstSeen> => {
    const found = new Map<SubjectToken, FirstSeen>();
    for (const content of contents) {
      for (const { identity, offset } of identitiesOf(content)) {
        const isKnown = remembered.get(identity.token) ?? found.has(identity.token);
        if (!isKnown) found.set(identity.token, { identity, offset, content });
      }
    }
    return found;
  };
  return {
    keep: async (contents) => {
      const asked = unknownAmong(contents);
      if (asked.size === 0) return contents.map(() => new Map());
      const stored = await sealedAmong([...asked.keys()]);
      const fresh = [...asked.values()].filter(({ identity }) => !stored.has(identity.token));
      const seal = (first: FirstSeen) => sealedRow(sealer, first, clock.now());
      const sealed = await mapInTurns(fresh, sealedPerTurn, seal);
      await store.writer.insert({
        table: "identities",
        columns,
        lines: sealed.map(({ line }) => line).join("\n"),
      });
      for (const token of asked.keys()) remembered.set(token, true);
      const byContent = grouped(sealed, ({ content }) => content);
      return contents.map((content) =>
        grouped(byContent.get(content) ?? [], ({ offset }) => offset),
      );
    },
  };
}

interface FirstSeen {
  readonly identity: Identity;
  readonly offset: number;
  readonly content: RangeContent;
}

function* identitiesOf({ outcomes }: RangeContent) {
  for (const { outcome, position } of outcomes) {
    if (outcome.kind !== "event") continue;
    for (const identity of outcome.identities) yield { identity, offset: position.offset };
  }
}

function sealedRow(
  sealer: Pick<Sealer, "sealIdentity">,
  { identity: { token, type, canonicalId }, offset, content }: FirstSeen,
  sealedAt: EpochMs,
) {
  const { range, deadline } = content;
  const { sealedId, wrappedKey, masterKeyVersion } = sealer.sealIdentity(token, canonicalId);
  // Token, type and base64 need no escapes.
  const values = `"${token}","${type}","${sealedId}","${wrappedKey}",${masterKeyVersion},${sealedAt}`;
  const line = `[${values},${placeValues(range)},${offset},${deadline}]`;
  return { token, type, sealedId, sealedAt, offset, values, content, line };
}
