/** Whether every retirement knew of the legal holds that were in force: somebody may have hidden one for a while. */
import type { Reader } from "../clickhouse/define-query.ts";
import { type LegalHold, storedHolds } from "../clickhouse/stored-holds.ts";
import type { Spared } from "../ledger/retirement.ts";
import type { StatementMac } from "../ledger/statement-mac.ts";

/** A hold that was placed or released so shortly before or after may be known to one process and not yet to another. */
const slackMs = 60_000;
/** More rows than the service writes; of more, verification tells as rows that nobody expects. */
const holdRowsMax = 10_000;

interface SparedCheckDeps {
  readonly reader: Reader;
  /** Absent where the master key is not at hand: a row then counts as it is. */
  readonly mac: Pick<StatementMac, "isAuthentic"> | undefined;
}

/** Ids of the holds in force all around that time that a retirement does not name; none where it does not say. */
type OverlookedBy = (spared: Spared | undefined) => readonly string[];

export async function holdsOverlooked({ reader, mac }: SparedCheckDeps): Promise<OverlookedBy> {
  const rows = await storedHolds(reader, { limit: holdRowsMax });
  const holds = rows
    .filter(({ place, own }) => mac?.isAuthentic("legal_holds", place, own) !== false)
    .map(({ hold }) => hold);
  const released = new Map(
    holds.flatMap(({ holdId, releasedAt }) => (releasedAt === null ? [] : [[holdId, releasedAt]])),
  );
  const isInForce = ({ holdId, placedAt }: LegalHold, asOf: number): boolean =>
    placedAt <= asOf - slackMs && (released.get(holdId) ?? Infinity) >= asOf + slackMs;
  return (spared) => {
    if (spared === undefined) return [];
    const known = new Set(spared.holdIds);
    return holds
      .filter((hold) => hold.releasedAt === null && isInForce(hold, spared.asOf))
      .filter(({ holdId }) => !known.has(holdId))
      .map(({ holdId }) => holdId);
  };
}
