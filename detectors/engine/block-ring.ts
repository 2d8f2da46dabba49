/** Texts by key in event order, in a ring of blocks: when it is full the oldest block is forgotten. */

export interface Block {
  readonly sequence: number;
  /** Of the entries. */
  readonly keys: number[];
  /** All that were ever added: one whose key was added again stays, so that the same events print the same. */
  readonly entries: string[];
}

export interface BlockRing {
  /** The newest entry of that key. */
  readonly find: (key: number) => string | undefined;
  readonly add: (key: number, entry: string) => void;
  /** Replaces the entry where it stands; false: there is none. */
  readonly put: (key: number, entry: string) => boolean;
  readonly size: () => number;
  /** The blocks that changed since the last call, by their place in the ring. */
  readonly takeDirty: () => readonly (readonly [number, Block])[];
  /** In any order. */
  readonly load: (block: Block) => void;
}

export function createBlockRing(entriesPerBlock: number, blocksMax: number): BlockRing {
  /** By key: place of the block × `entriesPerBlock` + place in it. */
  const places = new Map<number, number>();
  const blocks = new Map<number, Block>();
  const dirty = new Set<number>();
  let current: Block = { sequence: 0, keys: [], entries: [] };
  blocks.set(0, current);

  const blockAt = (place: number) => blocks.get(Math.floor(place / entriesPerBlock));
  const turn = (): void => {
    const sequence = current.sequence + 1;
    const slot = sequence % blocksMax;
    for (const [n, key] of (blocks.get(slot)?.keys ?? []).entries()) {
      if (places.get(key) === slot * entriesPerBlock + n) places.delete(key);
    }
    current = { sequence, keys: [], entries: [] };
    blocks.set(slot, current);
  };
  /** The `n`th of the block is the newest of its key, unless a newer block has the key. */
  const register = (key: number, { sequence }: Block, n: number): void => {
    const known = places.get(key);
    if (known !== undefined && (blockAt(known)?.sequence ?? 0) > sequence) return;
    places.set(key, (sequence % blocksMax) * entriesPerBlock + n);
  };
  return {
    find: (key) => {
      const place = places.get(key);
      return place === undefined ? undefined : blockAt(place)?.entries[place % entriesPerBlock];
    },
    add: (key, entry) => {
      if (current.keys.length >= entriesPerBlock) turn();
      register(key, current, current.keys.length);
      current.keys.push(key);
      current.entries.push(entry);
      dirty.add(current.sequence % blocksMax);
    },
    put: (key, entry) => {
      const place = places.get(key);
      const block = place === undefined ? undefined : blockAt(place);
      if (place === undefined || block === undefined) return false;
      block.entries[place % entriesPerBlock] = entry;
      dirty.add(Math.floor(place / entriesPerBlock));
      return true;
    },
    size: () => places.size,
    takeDirty: () => {
      const taken = [...dirty].map((slot) => [slot, blocks.get(slot) ?? current] as const);
      dirty.clear();
      return taken;
    },
    load: (block) => {
      const { sequence, keys } = block;
      blocks.set(sequence % blocksMax, block);
      if (sequence >= current.sequence) current = block;
      for (const [n, key] of keys.entries()) register(key, block, n);
    },
  };
}
