/** Long work on many values in turns of some milliseconds, between which the process answers others. */
import { setImmediate } from "node:timers/promises";

/** As `values.map(act)`, `perTurn` of them at one go; no wait where that is all of them. */
export async function mapInTurns<Value, Result>(
  values: readonly Value[],
  perTurn: number,
  act: (value: Value) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const value of values) {
    if (results.length > 0 && results.length % perTurn === 0) await setImmediate();
    results.push(act(value));
  }
  return results;
}
