/** One at a time per key: what several requests must not do to the same thing at once. */

export type TakeTurn = <Value>(key: string, action: () => Promise<Value>) => Promise<Value>;

/** Actions of one key run in the order in which they came; keys do not wait for one another. */
export function createTurns(): TakeTurn {
  const last = new Map<string, Promise<void>>();
  return async (key, action) => {
    const before = last.get(key) ?? Promise.resolve();
    const result = before.then(action);
    const done = result.then(
      () => undefined,
      () => undefined,
    );
    last.set(key, done);
    try {
      return await result;
    } finally {
      // Only the newest in line removes the key; otherwise a later one would lose its place.
      if (last.get(key) === done) last.delete(key);
    }
  };
}
