/**
 * A bounded memory of keyed entries in event order: a ring of blocks, each printed under a key of its own, so
 * that a snapshot writes only what changed. When the ring is full the oldest block is forgotten.
 *
 * Entries rest in packed form, so that tens of thousands take a few megabytes.
 */
import { createBlockRing } from "./block-ring.ts";
import {
  createPacker,
  createUnpacker,
  type Packer,
  packList,
  printPacked,
  readPacked,
  type Unpacker,
  unpackList,
} from "./packing.ts";

export interface RingOptions<Entry> {
  /** Prefix of the snapshot keys. */
  readonly name: string;
  readonly pack: (packer: Packer, entry: Entry) => void;
  readonly unpack: (unpacker: Unpacker) => Entry;
  /** What an entry is found by: whole and ≥ 0, best below 2^30. */
  readonly keyOf: (entry: Entry) => number;
  readonly entriesPerBlock: number;
  readonly blocksMax: number;
}

export interface Ring<Entry> {
  /** The newest entry of that key. A change of it counts once it is `put`. */
  readonly find: (key: number) => Entry | undefined;
  /** Adds an entry, which replaces a former one of its key. */
  readonly add: (entry: Entry) => void;
  /** Replaces the entry of the same key where it stands; nothing when there is none. */
  readonly put: (entry: Entry) => void;
  readonly isEmpty: () => boolean;
  readonly saveDirty: () => { key: string; state: string }[];
  /** Throws RangeError if `state` is no block. In any order. */
  readonly load: (state: string) => void;
}

export function createRing<Entry>(options: RingOptions<Entry>): Ring<Entry> {
  const { name, keyOf } = options;
  const packer = createPacker();
  const unpacker = createUnpacker();
  const blocks = createBlockRing(options.entriesPerBlock, options.blocksMax);
  /** One event asks for one entry several times. */
  let last: { readonly key: number; readonly entry: Entry } | undefined;

  const packed = (entry: Entry): string => {
    options.pack(packer, entry);
    return packer.take();
  };
  const unpacked = (text: string): Entry => {
    unpacker.open(text);
    return options.unpack(unpacker);
  };
  return {
    find: (key) => {
      if (last?.key === key) return last.entry;
      const found = blocks.find(key);
      if (found === undefined) return undefined;
      last = { key, entry: unpacked(found) };
      return last.entry;
    },
    add: (entry) => {
      const key = keyOf(entry);
      blocks.add(key, packed(entry));
      last = { key, entry };
    },
    put: (entry) => {
      const key = keyOf(entry);
      last = blocks.put(key, packed(entry)) ? { key, entry } : undefined;
    },
    isEmpty: () => blocks.size() === 0,
    saveDirty: () =>
      blocks.takeDirty().map(([slot, { sequence, entries }]) => {
        packer.number(sequence);
        packList(packer, entries, packer.text);
        return { key: `${name}/${slot}`, state: printPacked(packer.take()) };
      }),
    load: (state) => {
      unpacker.open(readPacked(state));
      const sequence = unpacker.number();
      const entries = unpackList(unpacker, unpacker.string);
      blocks.load({ sequence, keys: entries.map((entry) => keyOf(unpacked(entry))), entries });
      last = undefined;
    },
  };
}
