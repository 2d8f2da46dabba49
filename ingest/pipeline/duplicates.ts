/**
 * Duplicates by event id, settled so that the answer survives a crash.
 *
 * An event counts as a duplicate only if the same id is stored, or about to be, at *another* position: a
 * range that is rebuilt after a crash finds its own rows and is decided as before. The same id with other
 * content is a dead letter. Ids older than the horizon of the index are not compared.
 */
import { contentOf, withoutNeighbourhood } from "../clickhouse/event-rows.ts";
import type { KnownEvent } from "../clickhouse/known-events.ts";
import { mapInTurns } from "../runtime/turns.ts";
import { idConflict, type Outcome, type Position, skip } from "../vocabulary/outcome.ts";
import type { PositionedOutcome } from "./audit-store.ts";
import { type Claim, createClaimTable } from "./claim-table.ts";
import { createEventIndex, type Hash64 } from "./event-index.ts";

export interface Duplicates {
  /** Replaces events that are duplicates or conflicts, in order. */
  readonly settle: (
    outcomes: readonly PositionedOutcome[],
  ) => Promise<readonly PositionedOutcome[]>;
  /** Takes back the claims of settled outcomes that will not be stored. */
  readonly release: (outcomes: readonly PositionedOutcome[]) => void;
  /** An id known from the store. */
  readonly learn: (idHash: Hash64) => void;
  /** An event that is stored without its outcome. */
  readonly learnOrphan: (event: KnownEvent) => void;
  /** Ids known. */
  readonly size: () => number;
}

/**
 * Events remembered with position and content. Must exceed what can be decided and not yet stored at one
 * time; up to twice as many in memory.
 */
const inFlightMax = 100_000;
/** Outcomes of which the content is made out at one go, some milliseconds. */
const outcomesPerTurn = 1_000;

/** `findStored`: the exact answer of the store. */
export function createDuplicates(
  horizonRows: number,
  findStored: (hashes: readonly Hash64[]) => Promise<readonly KnownEvent[]>,
): Duplicates {
  const index = createEventIndex(horizonRows);
  const recent = createClaimTable(inFlightMax);
  const claim = (idHash: Hash64, made: Claim): void => {
    index.add(idHash);
    recent.set(idHash, made);
  };
  /** Ids that may be stored. */
  const doubtfulAmong = (outcomes: readonly PositionedOutcome[]): ReadonlySet<Hash64> => {
    const doubtful = new Set<Hash64>();
    for (const { content } of outcomes) {
      if (content === undefined || !index.has(content.idHash)) continue;
      if (recent.get(content.idHash) === undefined) doubtful.add(content.idHash);
    }
    return doubtful;
  };
  return {
    release: (outcomes) => {
      for (const { position, content } of outcomes) {
        const made = content && recent.get(content.idHash);
        // The index still has the id, so the store is asked before the next claim.
        if (made && isSamePosition(made.position, position)) recent.delete(content.idHash);
      }
    },
    learn: index.add,
    learnOrphan: (event) => claim(event.idHash, event),
    size: index.size,
    settle: async (outcomes) => {
      const prepared = await mapInTurns(outcomes, outcomesPerTurn, withContent);
      // What is known may change while others have their turn, so it is looked at only now.
      const asked = doubtfulAmong(prepared);
      const stored = claimsOf(asked.size === 0 ? [] : await findStored([...asked]));
      // No waiting from here on: a batch that is settled meanwhile sees the claims of this one.
      return prepared.map((positioned) => {
        const { outcome, position, content } = positioned;
        if (outcome.kind !== "event" || content === undefined) return positioned;
        const mine = { position, contentHash: content.contentHash };
        const earlier = recent.get(content.idHash) ?? stored.get(content.idHash);
        if (earlier !== undefined) return { ...positioned, outcome: judge(outcome, mine, earlier) };
        claim(content.idHash, mine);
        return positioned;
      });
    },
  };
}

function withContent(positioned: PositionedOutcome): PositionedOutcome {
  const { outcome, position, bytes } = positioned;
  if (outcome.kind !== "event") return positioned;
  return { position, outcome, bytes, content: contentOf(outcome.event) };
}

/** The first position of each id; later ones cannot be, and would change nothing. */
function claimsOf(events: readonly KnownEvent[]): ReadonlyMap<Hash64, Claim> {
  const claims = new Map<Hash64, Claim>();
  for (const event of events) if (!claims.has(event.idHash)) claims.set(event.idHash, event);
  return claims;
}

type EventOutcome = Extract<Outcome, { kind: "event" }>;

function judge(outcome: EventOutcome, mine: Claim, earlier: Claim): Outcome {
  if (isSamePosition(mine.position, earlier.position)) return outcome;
  return isSameContent(outcome, mine, earlier) ? skip("duplicate") : idConflict;
}

/** Also where an earlier version stored the other one. */
const isSameContent = ({ event }: EventOutcome, mine: Claim, earlier: Claim): boolean =>
  earlier.contentHash === mine.contentHash ||
  earlier.contentHash === contentOf(withoutNeighbourhood(event)).contentHash;

const isSamePosition = (one: Position, other: Position): boolean =>
  one.offset === other.offset && one.partition === other.partition && one.source === other.source;
