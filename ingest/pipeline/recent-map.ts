/**
 * A map that remembers at least the newest `size` keys used and at most twice as many: two generations, the
 * older one dropped whole. No bookkeeping per entry.
 */
export interface RecentMap<Key, Value> {
  readonly get: (key: Key) => Value | undefined;
  readonly set: (key: Key, value: Value) => void;
  readonly delete: (key: Key) => void;
}

export function createRecentMap<Key, Value>(size: number): RecentMap<Key, Value> {
  let young = new Map<Key, Value>();
  let old = new Map<Key, Value>();
  const set = (key: Key, value: Value): void => {
    if (young.size >= size) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };
  return {
    set,
    get: (key) => {
      const fresh = young.get(key);
      if (fresh !== undefined) return fresh;
      const aged = old.get(key);
      if (aged !== undefined) set(key, aged);
      return aged;
    },
    delete: (key) => {
      young.delete(key);
      old.delete(key);
    },
  };
}
