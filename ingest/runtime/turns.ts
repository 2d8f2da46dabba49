/** Long work on many values in turns of some milliseconds, between which the process answers others. */
import { setImmediate } from "node:timers/promises";

/**
 * Told how much was done; once that is `perTurn` since the last pause it answers with one to wait for. Without a
 * promise otherwise, so that it costs nothing where most is done.
 */
export function createTurns(perTurn: number): (done: number) => Promise<unknown> | undefined {
  let sincePause = 0;
  return (done) => {
    sincePause += done;
    if (sincePause < perTurn) return undefined;
    sincePause = 0;
    return setImmediate();
  };
}

/** As `values.map(act)`, `perTurn` of them at one go; no wait where that is all of them. */
export async function mapInTurns<Value, Result>(
  values: readonly Value[],
  perTurn: number,
  act: (value: Value) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  const spend = createTurns(perTurn);
  for (const value of values) {
    results.push(act(value));
    const pause = results.length < values.length ? spend(1) : undefined;
    if (pause !== undefined) await pause;
  }
  return results;
}
