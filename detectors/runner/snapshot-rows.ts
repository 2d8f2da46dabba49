/** A snapshot as rows of its table: the engine's, as they are printed, and the head that vouches for them. */
import { z } from "zod";
import { createTurns } from "../../ingest/runtime/turns.ts";
import type { StateRow } from "./engine-journal.ts";
import type { SnapshotSeal } from "./snapshot-seal.ts";

/** Of a snapshot, printed at one go, some ten milliseconds: scoring and whatever else have their turns between. */
const charactersPerTurn = 250_000;

/** Hands over the rows of all pieces as they are printed, with others' turns between some. */
async function takeRows(
  pieces: Iterable<readonly StateRow[]>,
  onRow: (row: StateRow) => void,
): Promise<void> {
  const spend = createTurns(charactersPerTurn);
  for (const rows of pieces) {
    let characters = 0;
    for (const row of rows) {
      onRow(row);
      characters += row.state.length;
    }
    const pause = spend(characters);
    if (pause !== undefined) await pause;
  }
}

/** Marks a snapshot as whole; written in the same INSERT as its state rows. */
export const headKey = "head";

/** The head of a version before heads had a digest is an empty object. */
const headSchema = z.object({ digest: z.string().optional() });

/** Whether a head's state is of rows with this digest, as far as it says. */
export function vouches(state: string, digest: string): boolean {
  try {
    const head = headSchema.parse(JSON.parse(state));
    return head.digest === undefined || head.digest === digest;
  } catch {
    return false;
  }
}

interface Printing {
  readonly seal: SnapshotSeal;
  /** Columns that every row has. */
  readonly common: object;
}

/** The rows of the table: one for each of the state's, and the head. */
export async function printed(
  pieces: Iterable<readonly StateRow[]>,
  { seal, common }: Printing,
): Promise<readonly object[]> {
  const values: object[] = [];
  await takeRows(pieces, (row) => {
    seal.note(row);
    values.push({ ...common, key: row.key, state: row.state });
  });
  values.push({ ...common, key: headKey, state: JSON.stringify({ digest: seal.digest() }) });
  return values;
}
