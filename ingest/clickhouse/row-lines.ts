/** Rows as the lines of one INSERT, written while others get their turn in between. */
import { createTurns } from "../runtime/turns.ts";

/** Characters that are written at one go, some milliseconds. */
const charactersPerTurn = 1_048_576;

export async function rowLines(rows: readonly object[]): Promise<string> {
  const lines: string[] = [];
  const spend = createTurns(charactersPerTurn);
  for (const row of rows) {
    const line = JSON.stringify(row);
    lines.push(line);
    const pause = spend(line.length);
    if (pause !== undefined) await pause;
  }
  return lines.join("\n");
}
