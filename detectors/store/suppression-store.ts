/**
 * Suppressions on record: a row for the creation, another for the revocation; neither is ever changed.
 *
 * A creation counts only with the service's MAC, a revocation whoever wrote it. So a row that somebody else put into
 * the database can let too much page, never too little.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { defineQuery, type Reader } from "../../ingest/clickhouse/define-query.ts";
import { sealedRow } from "../../ingest/clickhouse/stored-record-queries.ts";
import type { StatementWriter } from "../../ingest/ledger/statement.ts";
import type { StatementMac } from "../../ingest/ledger/statement-mac.ts";
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";
import {
  type Suppression,
  type SuppressionScope,
  stateOf,
  suppressionsInForceMax,
} from "../suppression/suppression.ts";

/** Who does it, and when. */
interface Stamp {
  readonly principal: string;
  readonly at: EpochMs;
}

/** There are as many in force as there may be. */
export class SuppressionsError extends Error {
  readonly code = "suppressions.too_many";
}

export interface Suppressions {
  /** Throws `suppressions.too_many`. */
  readonly create: (
    wanted: SuppressionScope & Pick<Suppression, "reason" | "expiresAt">,
    stamp: Stamp,
  ) => Promise<Suppression>;
  /** `undefined`: there is none. One that has ended already stays as it is. */
  readonly revoke: (suppressionId: string, stamp: Stamp) => Promise<Suppression | undefined>;
  readonly find: (suppressionId: string) => Promise<Suppression | undefined>;
  /** The newest `listedMax`, ended ones too; newest first. */
  readonly list: () => Promise<readonly Suppression[]>;
  /** Those whose time meets [from, to], the earliest created first; at most the newest `listedMax`. */
  readonly within: (from: number, to: number) => Promise<readonly Suppression[]>;
}

export const listedMax = 1_000;

interface SuppressionsDeps {
  readonly reader: Reader;
  readonly statements: Pick<StatementWriter, "append">;
  readonly mac: Pick<StatementMac, "isAuthentic">;
}

export function createSuppressions(deps: SuppressionsDeps): Suppressions {
  const { reader, statements, mac } = deps;
  const load = async (wanted: Wanted): Promise<readonly Suppression[]> => {
    const rows = await suppressionRows(reader, { ...wanted, limit: 2 * listedMax });
    return suppressionsIn(rows, mac).toSorted(
      (a, b) => a.createdAt - b.createdAt || (a.suppressionId < b.suppressionId ? -1 : 1),
    );
  };
  const find = async (id: string) => (await load({ ...everything, id })).at(0);
  return {
    find,
    create: async (wanted, { principal, at }) => {
      const running = await load({ ...everything, from: at, to: at });
      if (
        running.filter((one) => stateOf(one, at) === "in_force").length >= suppressionsInForceMax
      ) {
        throw new SuppressionsError(`${suppressionsInForceMax} suppressions are in force already`);
      }
      const ended = { revokedAt: null, revokedBy: "" };
      const suppressionId = randomBytes(8).toString("hex");
      const created = { ...wanted, suppressionId, principal, createdAt: at, ...ended };
      await statements.append("suppressions", valuesOf(created, 1, principal));
      return created;
    },
    revoke: async (suppressionId, { principal, at }) => {
      const found = await find(suppressionId);
      if (found === undefined || stateOf(found, at) !== "in_force") return found;
      const revoked = { ...found, revokedAt: at, revokedBy: principal };
      await statements.append("suppressions", valuesOf(revoked, 2, principal));
      return revoked;
    },
    list: async () => (await load(everything)).toReversed().slice(0, listedMax),
    within: (from, to) => load({ ...everything, from, to }),
  };
}

const valuesOf = (one: Suppression, revision: number, principal: string): readonly unknown[] => [
  one.suppressionId,
  revision,
  one.detectors.join(","),
  one.agentId,
  one.subjectToken,
  one.tenant,
  one.team,
  one.reason,
  principal,
  one.createdAt,
  one.expiresAt,
  one.revokedAt,
];

interface Wanted {
  /** Empty: any. */
  readonly id: string;
  readonly from: number;
  readonly to: number;
}
const everything: Wanted = { id: "", from: 0, to: Number.MAX_SAFE_INTEGER };

/** A revocation before its creation: where the limit falls between the two, what was revoked does not count again. */
const suppressionRows = defineQuery({
  name: "suppressions.within",
  sql: `SELECT suppression_id, detectors, agent_id, subject_token, tenant, team, reason, principal,
      toUnixTimestamp64Milli(created_at) AS created_ms,
      toUnixTimestamp64Milli(expires_at) AS expires_ms,
      toUnixTimestamp64Milli(revoked_at) AS revoked_ms,
      source, offset, ${sealedRow("suppressions")} AS own
    FROM suppressions
    WHERE (empty({id:String}) OR suppression_id = {id:String})
      AND created_ms <= {to:Int64} AND expires_ms >= {from:Int64}
    ORDER BY created_at DESC, suppression_id, revision DESC, source, offset LIMIT {limit:UInt32}`,
  params: z.object({ id: z.string(), from: z.number(), to: z.number(), limit: z.number().int() }),
  row: z
    .object({
      suppression_id: z.string(),
      detectors: z.string(),
      agent_id: z.string(),
      subject_token: z.string(),
      tenant: z.string(),
      team: z.string(),
      reason: z.string(),
      principal: z.string(),
      created_ms: z.number(),
      expires_ms: z.number(),
      revoked_ms: z.number().nullable(),
      source: z.string(),
      offset: z.number().int(),
      own: z.array(z.unknown()),
    })
    .transform((row) => {
      const stored: Suppression = {
        suppressionId: row.suppression_id,
        detectors: row.detectors.split(",").filter((id) => id !== ""),
        agentId: row.agent_id,
        subjectToken: row.subject_token,
        tenant: row.tenant,
        team: row.team,
        reason: row.reason,
        principal: row.principal,
        createdAt: row.created_ms,
        expiresAt: row.expires_ms,
        revokedAt: row.revoked_ms,
        revokedBy: row.revoked_ms === null ? "" : row.principal,
      };
      return { stored, place: { source: row.source, offset: row.offset }, own: row.own };
    }),
});
type StoredRow = Awaited<ReturnType<typeof suppressionRows>>[number];

function suppressionsIn(
  rows: readonly StoredRow[],
  mac: Pick<StatementMac, "isAuthentic">,
): readonly Suppression[] {
  const ends = new Map<string, Suppression>();
  for (const { stored } of rows) {
    if (stored.revokedAt === null) continue;
    const known = ends.get(stored.suppressionId)?.revokedAt ?? Number.POSITIVE_INFINITY;
    if (stored.revokedAt < known) ends.set(stored.suppressionId, stored);
  }
  return rows
    .filter(({ stored }) => stored.revokedAt === null)
    .filter(({ place, own }) => mac.isAuthentic("suppressions", place, own))
    .map(({ stored }) => {
      const { revokedAt = null, revokedBy = "" } = ends.get(stored.suppressionId) ?? {};
      return { ...stored, revokedAt, revokedBy };
    });
}
