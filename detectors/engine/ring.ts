/**
 * A bounded memory of keyed entries in event order: a ring of blocks, each printed under a key of its own, so
 * that a snapshot writes only what changed. When the ring is full the oldest block is forgotten.
 */
import { type ZodType, z } from "zod";

export interface RingOptions<Entry, Printed> {
  /** Prefix of the snapshot keys. */
  readonly name: string;
  /** Shape of an entry in a snapshot, where a ring of thousands is short. */
  readonly printed: ZodType<Printed>;
  readonly print: (entry: Entry) => Printed;
  readonly read: (printed: Printed) => Entry;
  /** What an entry is found by. */
  readonly keyOf: (entry: Entry) => number;
  readonly entriesPerBlock: number;
  readonly blocksMax: number;
}

interface Block<Entry> {
  readonly sequence: number;
  readonly entries: Entry[];
}

interface Place<Entry> {
  readonly entry: Entry;
  readonly sequence: number;
}

export interface Ring<Entry> {
  /** The newest entry of that key. */
  readonly find: (key: number) => Entry | undefined;
  /** Adds an entry, which replaces a former one of its key. */
  readonly add: (entry: Entry) => void;
  /** To be called after an entry was changed in place. */
  readonly touch: (key: number) => void;
  readonly isEmpty: () => boolean;
  readonly saveDirty: () => { key: string; state: string }[];
  /** Throws ZodError or SyntaxError if `state` is no block. In any order. */
  readonly load: (state: string) => void;
}

export function createRing<Entry, Printed>(options: RingOptions<Entry, Printed>): Ring<Entry> {
  const { name, keyOf, entriesPerBlock, blocksMax } = options;
  const schema = z.object({ sequence: z.number(), entries: z.array(options.printed) });
  const places = new Map<number, Place<Entry>>();
  const blocks = new Map<number, Block<Entry>>();
  const dirty = new Set<number>();
  let current: Block<Entry> = { sequence: 0, entries: [] };
  blocks.set(0, current);

  const printed = (block: Block<Entry> | undefined): string =>
    JSON.stringify({
      sequence: block?.sequence ?? 0,
      entries: block?.entries.map(options.print) ?? [],
    });
  const forget = ({ sequence, entries }: Block<Entry>): void => {
    for (const entry of entries) {
      const key = keyOf(entry);
      if (places.get(key)?.sequence === sequence) places.delete(key);
    }
  };
  const turn = (): void => {
    const sequence = current.sequence + 1;
    const slot = sequence % blocksMax;
    const oldest = blocks.get(slot);
    if (oldest !== undefined) forget(oldest);
    current = { sequence, entries: [] };
    blocks.set(slot, current);
  };
  return {
    find: (key) => places.get(key)?.entry,
    add: (entry) => {
      if (current.entries.length >= entriesPerBlock) turn();
      current.entries.push(entry);
      places.set(keyOf(entry), { entry, sequence: current.sequence });
      dirty.add(current.sequence % blocksMax);
    },
    touch: (key) => {
      const place = places.get(key);
      if (place !== undefined) dirty.add(place.sequence % blocksMax);
    },
    isEmpty: () => places.size === 0,
    saveDirty: () => {
      const rows = [...dirty].map((slot) => ({
        key: `${name}/${slot}`,
        state: printed(blocks.get(slot)),
      }));
      dirty.clear();
      return rows;
    },
    load: (state) => {
      const { sequence, entries } = schema.parse(JSON.parse(state));
      const block = { sequence, entries: entries.map(options.read) };
      blocks.set(block.sequence % blocksMax, block);
      if (block.sequence >= current.sequence) current = block;
      for (const entry of block.entries) {
        const key = keyOf(entry);
        const known = places.get(key);
        if (known === undefined || known.sequence <= block.sequence) {
          places.set(key, { entry, sequence: block.sequence });
        }
      }
    },
  };
}
