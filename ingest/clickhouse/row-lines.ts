/** Rows as the lines of one INSERT, written while others get their turn in between. */
import { setImmediate } from "node:timers/promises";

/** Characters that are written at one go, some milliseconds. */
const charactersPerTurn = 1_048_576;

export async function rowLines(rows: readonly object[]): Promise<string> {
  const lines: string[] = [];
  let written = 0;
  for (const row of rows) {
    const line = JSON.stringify(row);
    lines.push(line);
    written += line.length;
    if (written < charactersPerTurn) continue;
    written = 0;
    await setImmediate();
  }
  return lines.join("\n");
}
