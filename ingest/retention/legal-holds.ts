/**
 * Legal holds: whatever concerns an agent or a subject, in a range of event time, is kept from any retention until
 * the hold is released. A hold is never changed, only followed by a row that carries its release.
 *
 * A placement protects whoever wrote it; a release counts only with the service's MAC. So a row that somebody
 * else put into the database can keep too much, never too little.
 */
import { randomBytes } from "node:crypto";
import type { Reader } from "../clickhouse/define-query.ts";
import { type HoldScope, type LegalHold, storedHolds } from "../clickhouse/stored-holds.ts";
import type { StatementWriter } from "../ledger/statement.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";
import type { EpochMs } from "../vocabulary/brand.ts";

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
    const rows = await storedHolds(reader, { limit: rowsMax + 1 });
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
