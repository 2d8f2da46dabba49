/**
 * Legal holds: whatever concerns an agent or a subject, in a range of event time, is kept from any retention until
 * the hold is released. A hold is never changed, only followed by a row that carries its release.
 *
 * A placement protects whoever wrote it; a release counts only with the service's MAC. So a row that somebody
 * else put into the database can keep too much, never too little.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { defineQuery, type Reader } from "../clickhouse/define-query.ts";
import { sealedRow } from "../clickhouse/stored-record-queries.ts";
import type { StatementWriter } from "../ledger/statement.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";
import type { EpochMs } from "../vocabulary/brand.ts";

/** Whom it is about: exactly one of the two. Event time, both ends included; `null`: no end on that side. */
export interface HoldScope {
  /** Empty: it is about a subject. */
  readonly agentId: string;
  /** Empty: it is about an agent. */
  readonly subjectToken: string;
  readonly fromAt: number | null;
  readonly toAt: number | null;
}

export interface LegalHold extends HoldScope {
  readonly holdId: string;
  readonly reason: string;
  /** Who placed it. */
  readonly principal: string;
  readonly placedAt: number;
  readonly releasedAt: number | null;
}

/** Who does it, and when. */
export interface HoldStamp {
  readonly principal: string;
  readonly at: EpochMs;
}

/** More holds than are kept. */
export class HoldsError extends Error {
  readonly code = "holds.too_many";
}

export interface LegalHolds {
  /** Throws `HoldsError` when `holdsMax` holds were placed. */
  readonly place: (
    wanted: HoldScope & Pick<LegalHold, "reason">,
    stamp: HoldStamp,
  ) => Promise<LegalHold>;
  /** `undefined`: there is no such hold. Releasing twice keeps the first time. */
  readonly release: (holdId: string, stamp: HoldStamp) => Promise<LegalHold | undefined>;
  /** Newest first, with the released ones. Throws `HoldsError` where there are more rows than can be of the service. */
  readonly list: () => Promise<readonly LegalHold[]>;
  /** Those that protect, in order of their id. Throws as `list` does. */
  readonly active: () => Promise<readonly LegalHold[]>;
}

/** Released ones count: what was ever held stays on record. */
export const holdsMax = 1_000;
export const holdReasonLengthMax = 500;
/**
 * A placement and a release for each, and as many again for what came twice. Of more, any could be the one that is not
 * read: nothing is then known to be free, so nothing is retired until a person has looked.
 */
const rowsMax = 4 * holdsMax;

interface LegalHoldsDeps {
  readonly reader: Reader;
  readonly statements: Pick<StatementWriter, "append">;
  readonly mac: Pick<StatementMac, "isAuthentic">;
}

export function createLegalHolds({ reader, statements, mac }: LegalHoldsDeps): LegalHolds {
  const read = async () => {
    const rows = await allRows(reader, { limit: rowsMax + 1 });
    if (rows.length > rowsMax) {
      throw new HoldsError("there are more legal holds than were placed; run `deskwatch verify`");
    }
    const own = rows.filter((row) => mac.isAuthentic("legal_holds", row.place, row.own));
    return { rows, own };
  };
  const load = async (): Promise<readonly LegalHold[]> => {
    const { rows, own } = await read();
    const released = new Map(
      own.flatMap(({ hold }) => (hold.releasedAt === null ? [] : [[hold.holdId, hold.releasedAt]])),
    );
    return rows
      .filter(({ hold }) => hold.releasedAt === null)
      .map(({ hold }) => ({ ...hold, releasedAt: released.get(hold.holdId) ?? null }));
  };
  const store = (hold: LegalHold, revision: number, principal: string): Promise<void> =>
    statements.append("legal_holds", [
      hold.holdId,
      revision,
      hold.agentId,
      hold.subjectToken,
      hold.fromAt,
      hold.toAt,
      hold.reason,
      principal,
      hold.placedAt,
      hold.releasedAt,
    ]);
  return {
    place: async (wanted, { principal, at }) => {
      // Somebody else's rows leave room for those of the service.
      const { own } = await read();
      if (own.filter(({ hold }) => hold.releasedAt === null).length >= holdsMax) {
        throw new HoldsError(`there are ${holdsMax} legal holds already, with the released ones`);
      }
      const holdId = randomBytes(8).toString("hex");
      const hold = { holdId, ...wanted, principal, placedAt: at, releasedAt: null };
      await store(hold, 1, principal);
      return hold;
    },
    release: async (holdId, { principal, at }) => {
      const found = (await load()).find((hold) => hold.holdId === holdId);
      if (found === undefined || found.releasedAt !== null) return found;
      const released = { ...found, releasedAt: at };
      await store(released, 2, principal);
      return released;
    },
    list: async () => (await load()).toSorted((one, other) => other.placedAt - one.placedAt),
    active: async () => (await load()).filter(({ releasedAt }) => releasedAt === null),
  };
}

const allRows = defineQuery({
  name: "legal_holds.all",
  sql: `SELECT hold_id, agent_id, subject_token, reason, principal,
      toUnixTimestamp64Milli(from_at) AS from_ms, toUnixTimestamp64Milli(to_at) AS to_ms,
      toUnixTimestamp64Milli(placed_at) AS placed_ms,
      toUnixTimestamp64Milli(released_at) AS released_ms,
      source, offset, ${sealedRow("legal_holds")} AS own
    FROM legal_holds ORDER BY hold_id, revision, source, offset LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.number().int() }),
  row: z
    .object({
      hold_id: z.string(),
      agent_id: z.string(),
      subject_token: z.string(),
      reason: z.string(),
      principal: z.string(),
      from_ms: z.number().nullable(),
      to_ms: z.number().nullable(),
      placed_ms: z.number(),
      released_ms: z.number().nullable(),
      source: z.string(),
      offset: z.number().int(),
      own: z.array(z.unknown()),
    })
    .transform((row) => {
      const hold: LegalHold = {
        holdId: row.hold_id,
        agentId: row.agent_id,
        subjectToken: row.subject_token,
        fromAt: row.from_ms,
        toAt: row.to_ms,
        reason: row.reason,
        principal: row.principal,
        placedAt: row.placed_ms,
        releasedAt: row.released_ms,
      };
      return { hold, place: { source: row.source, offset: row.offset }, own: row.own };
    }),
});
