/** The leaves of a range that was just written, from what was written: nothing is read back. */
import { type Leaf, rowHash } from "../ledger/leaf.ts";
import type { PositionedOutcome } from "../pipeline/audit-store.ts";
import type { EpochMs } from "../vocabulary/brand.ts";
import type { Outcome } from "../vocabulary/outcome.ts";
import { contentOf } from "./event-rows.ts";
import type { FreshlySealed } from "./identities.ts";
import type { TableRows } from "./range-rows.ts";

export interface Written {
  readonly ingestedAt: EpochMs;
  readonly deadline: EpochMs;
  /** The rows of the table of dead letters: sealing them again would give other bytes. */
  readonly deadLetters: readonly TableRows[];
  /** Rows of the table of exposures. */
  readonly exposures: readonly TableRows[];
  readonly sealed: FreshlySealed;
}

export function freshLeaves(
  outcomes: readonly PositionedOutcome[],
  { ingestedAt, deadline, deadLetters, exposures, sealed }: Written,
): readonly Leaf[] {
  const letters = new Map(deadLetters.map(({ offset, rows }) => [offset, rows.join("\n")]));
  const exposed = new Map(exposures.map(({ offset, rows }) => [offset, rows.length]));
  return outcomes.map((positioned) => {
    const { offset } = positioned.position;
    const { kind, reason } = nameOf(positioned.outcome);
    const letter = letters.get(offset);
    const hash = letter === undefined ? eventHash(positioned) : rowHash(letter);
    const rows = exposed.get(offset);
    return {
      offset,
      outcome: { kind, reason, ingestedAt, deadline },
      body: hash === undefined ? undefined : { hash, deadline },
      exposures: rows === undefined ? undefined : { rows, deadline },
      identities: sealed.get(offset) ?? [],
    };
  });
}

/** `undefined`: no event. */
export function eventHash({ outcome, content }: PositionedOutcome): string | undefined {
  if (outcome.kind !== "event") return undefined;
  return (content ?? contentOf(outcome.event)).rowHash;
}

/** As the table of outcomes has it. */
const nameOf = (outcome: Outcome) =>
  outcome.kind === "event" ? { kind: "event", reason: outcome.event.kind } : outcome;
