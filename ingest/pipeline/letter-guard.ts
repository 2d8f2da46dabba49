/**
 * Stops a source that turned bad: a producer that changed its format would otherwise empty its whole topic
 * into dead letters while every light stays green.
 */
import type { PositionedOutcome } from "./audit-store.ts";
import { createRecentMap } from "./recent-map.ts";

/** Too many of a source's latest records are dead letters. Nothing of the batch was stored. */
export class DeadLetterShareError extends Error {
  readonly code = "ingest.dead_letter_share";
  constructor(source: string, letters: number) {
    super(
      `${letters} of the last ${windowRecords} records of ${source} are dead letters; ingest stopped.` +
        " Look at table dead_letters, mend the producer, or raise DESKWATCH_DEAD_LETTER_SHARE_MAX",
    );
    this.name = "DeadLetterShareError";
  }
}

const windowRecords = 1_000;
/** Sources watched; at least the most recently used this many. */
const sourcesMax = 1_000;

interface Window {
  readonly isLetter: Uint8Array;
  seen: number;
  letters: number;
}

/** Returns a check that notes outcomes in order and throws `DeadLetterShareError` at the limit. */
export function createLetterGuard(
  shareMax: number,
): (outcomes: readonly PositionedOutcome[]) => void {
  const windows = createRecentMap<string, Window>(sourcesMax);
  const windowOf = (source: string): Window => {
    const found = windows.get(source);
    if (found !== undefined) return found;
    const fresh = { isLetter: new Uint8Array(windowRecords), seen: 0, letters: 0 };
    windows.set(source, fresh);
    return fresh;
  };
  return (outcomes) => {
    for (const { position, outcome } of outcomes) {
      const window = windowOf(position.source);
      note(window, outcome.kind === "dead_letter" ? 1 : 0);
      const isFull = window.seen >= windowRecords && window.letters > 0;
      if (isFull && window.letters >= shareMax * windowRecords) {
        throw new DeadLetterShareError(position.source, window.letters);
      }
    }
  };
}

function note(window: Window, letter: 0 | 1): void {
  const at = window.seen % windowRecords;
  window.letters += letter - (window.isLetter[at] ?? 0);
  window.isLetter[at] = letter;
  window.seen += 1;
}
