/**
 * The entries of a ring that were asked for lately, as objects: an event asks for the same few again and again, and
 * packing and unpacking them each time would cost more than what is done with them.
 *
 * Kept in two generations of `generationMax` entries; what was not asked for while one filled goes.
 */

/** Entries of a generation, so at most twice as many are at hand. */
const generationMax = 2_048;

/** Entries that are packed at one go. */
const settledPerStep = 256;

interface AtHand<Entry> {
  readonly entry: Entry;
  /** It differs from what rests in packed form. */
  isChanged: boolean;
}

export interface EntriesAtHand<Entry> {
  readonly find: (key: number) => Entry | undefined;
  readonly set: (key: number, entry: Entry, isChanged: boolean) => void;
  /** Hands the entry of that key over if it is changed; it then counts as unchanged. */
  readonly settle: (key: number) => void;
  /** The same of all entries, some hundred at a step. */
  readonly settleAll: () => Iterable<undefined>;
  readonly clear: () => void;
}

/** `rest` is told of each changed entry before it goes. */
export function createEntriesAtHand<Entry>(
  rest: (key: number, entry: Entry) => void,
): EntriesAtHand<Entry> {
  let young = new Map<number, AtHand<Entry>>();
  let old = new Map<number, AtHand<Entry>>();

  const settleOne = (key: number, one: AtHand<Entry>): void => {
    if (one.isChanged) rest(key, one.entry);
    one.isChanged = false;
  };
  const put = (key: number, one: AtHand<Entry>): void => {
    if (young.size >= generationMax) {
      for (const [oldKey, gone] of old) settleOne(oldKey, gone);
      old = young;
      young = new Map();
    }
    young.set(key, one);
  };
  const known = (key: number): AtHand<Entry> | undefined => {
    const one = young.get(key);
    if (one !== undefined) return one;
    const older = old.get(key);
    if (older === undefined) return undefined;
    old.delete(key);
    put(key, older);
    return older;
  };
  return {
    find: (key) => known(key)?.entry,
    set: (key, entry, isChanged) => {
      old.delete(key);
      put(key, { entry, isChanged });
    },
    settle: (key) => {
      const one = known(key);
      if (one !== undefined) settleOne(key, one);
    },
    settleAll: function* () {
      let settled = 0;
      for (const [key, one] of [...old, ...young]) {
        settleOne(key, one);
        settled += 1;
        if (settled % settledPerStep === 0) yield;
      }
    },
    clear: () => {
      young.clear();
      old.clear();
    },
  };
}
