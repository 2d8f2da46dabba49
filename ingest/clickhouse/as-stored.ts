/** What was decided of a range, in the form in which an earlier attempt has stored some of it. */
import type { PositionedOutcome, Range } from "../pipeline/audit-store.ts";
import { idConflict, skip } from "../vocabulary/outcome.ts";
import type { Reader } from "./define-query.ts";
import { withoutNeighbourhood } from "./event-rows.ts";
import { storedBare, storedRepeats } from "./read-back.ts";

/**
 * What is stored as a repeat stays one. Decided anew it could be an event: where the broker has lost the rest of a
 * half-written range, the first of the two is an event without an outcome that nobody looks for any more. An access
 * that an earlier version stored keeps the content that it had.
 */
export async function asStored(
  reader: Reader,
  range: Range,
  outcomes: readonly PositionedOutcome[],
): Promise<readonly PositionedOutcome[]> {
  const repeats = await storedRepeats(reader, range);
  const bare = await storedBare(reader, range);
  return outcomes.map((positioned) => {
    const { outcome, position, bytes } = positioned;
    if (outcome.kind !== "event") return positioned;
    const repeat = repeats.get(position.offset);
    if (repeat !== undefined) {
      return { ...positioned, outcome: repeat === "duplicate" ? skip(repeat) : idConflict };
    }
    if (!bare.has(position.offset)) return positioned;
    return { position, bytes, outcome: { ...outcome, event: withoutNeighbourhood(outcome.event) } };
  });
}
