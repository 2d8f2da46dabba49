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

interface Stated {
  readonly source: string;
  readonly offset: number;
}

/** How many holds in force all around that time a retirement does not name; none where it does not say. */
type OverlookedBy = (spared: Spared | undefined, place: Stated) => number;

export async function holdsOverlooked({ reader, mac }: SparedCheckDeps): Promise<OverlookedBy> {
  const rows = await storedHolds(reader, { limit: holdRowsMax });
  const own = rows.filter(
    ({ place, own: row }) => mac?.isAuthentic("legal_holds", place, row) !== false,
  );
  const released = new Map(
    own.flatMap(({ hold: { holdId, releasedAt } }) =>
      releasedAt === null ? [] : [[holdId, releasedAt]],
    ),
  );
  const placed = own.filter(({ hold }) => hold.releasedAt === null);
  const isInForce = ({ holdId, placedAt }: LegalHold, asOf: number): boolean =>
    placedAt <= asOf - slackMs && (released.get(holdId) ?? Infinity) >= asOf + slackMs;
  return (spared, retired) => {
    if (spared === undefined) return 0;
    const known = new Set(spared.holdIds);
    return placed.filter(
      ({ hold, place }) =>
        isInForce(hold, spared.asOf) && isBefore(place, retired) && !known.has(hold.holdId),
    ).length;
  };
}

/** What one process states stands in its order, whatever its clock says. */
const isBefore = (one: Stated, other: Stated): boolean =>
  one.source !== other.source || one.offset < other.offset;
