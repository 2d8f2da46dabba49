/**
 * Which event ids are known: a bounded set of 64-bit hashes, 16 to 40 bytes an id. It says "surely new" or
 * "perhaps known"; the store confirms the latter exactly.
 *
 * Five generations of open-addressing tables; when the newest is full, the oldest is dropped whole. So at
 * least the newest `horizonRows` ids are known, and at most a quarter more.
 */
export interface EventIndex {
  readonly add: (hash: Hash64) => void;
  readonly has: (hash: Hash64) => boolean;
  /** Ids known. */
  readonly size: () => number;
}

/** 16 lower-case hex digits. */
export type Hash64 = string;

const olderGenerations = 4;

export function createEventIndex(horizonRows: number): EventIndex {
  const generationRows = Math.ceil(horizonRows / olderGenerations);
  let tables = [createTable()];
  return {
    add: (hash) => {
      const [high, low] = halvesOf(hash);
      if (tables.some((table) => table.has(high, low))) return;
      if ((tables[0]?.size() ?? 0) >= generationRows) {
        tables = [createTable(), ...tables.slice(0, olderGenerations)];
      }
      tables[0]?.add(high, low);
    },
    has: (hash) => {
      const [high, low] = halvesOf(hash);
      return tables.some((table) => table.has(high, low));
    },
    size: () => tables.reduce((sum, table) => sum + table.size(), 0),
  };
}

/** High and low 32 bits; never two zeros. */
export function halvesOf(hash: Hash64): readonly [number, number] {
  const high = Number.parseInt(hash.slice(0, 8), 16);
  const low = Number.parseInt(hash.slice(8, 16), 16);
  // Two zeros mark a free place.
  return [high, high === 0 && low === 0 ? 1 : low];
}

interface HashTable {
  readonly add: (high: number, low: number) => void;
  readonly has: (high: number, low: number) => boolean;
  readonly size: () => number;
}

const firstPlaces = 1024;
/** Share of taken places at which a table doubles. */
const loadMax = 0.6;

/** Open addressing with linear probing; the hash is uniform, so its low bits choose the place. */
function createTable(): HashTable {
  let places = new Uint32Array(2 * firstPlaces);
  let count = 0;
  const put = (target: Uint32Array, high: number, low: number): boolean => {
    const at = placeOf(target, high, low);
    const isNew = target[at] === 0 && target[at + 1] === 0;
    target[at] = high;
    target[at + 1] = low;
    return isNew;
  };
  const grow = (): void => {
    const wider = new Uint32Array(2 * places.length);
    for (let at = 0; at < places.length; at += 2) {
      const high = places[at] ?? 0;
      const low = places[at + 1] ?? 0;
      if (high !== 0 || low !== 0) put(wider, high, low);
    }
    places = wider;
  };
  return {
    size: () => count,
    has: (high, low) => {
      const at = placeOf(places, high, low);
      return places[at] === high && places[at + 1] === low;
    },
    add: (high, low) => {
      if (2 * (count + 1) > loadMax * places.length) grow();
      if (put(places, high, low)) count += 1;
    },
  };
}

/** Index of the place that holds the hash, or of the free one where it belongs. */
function placeOf(places: Uint32Array, high: number, low: number): number {
  const mask = places.length / 2 - 1;
  let place = low & mask;
  for (;;) {
    const at = 2 * place;
    const isFree = places[at] === 0 && places[at + 1] === 0;
    if (isFree || (places[at] === high && places[at + 1] === low)) return at;
    place = (place + 1) & mask;
  }
}
