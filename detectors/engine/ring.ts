/**
 * A bounded memory of keyed entries in event order: a ring of blocks, each printed under a key of its own, so
 * that a snapshot writes only what changed. When the ring is full the oldest block is forgotten.
 *
 * Entries rest in packed form, so that tens of thousands take a few megabytes.
 */
import { createBlockRing } from "./block-ring.ts";
import { createEntriesAtHand } from "./entries-at-hand.ts";
import {
  createPacker,
  createUnpacker,
  formsOf,
  type Packer,
  packList,
  type Unpacker,
  unpackList,
} from "./packing.ts";
import { printPacked, readPacked } from "./printed-state.ts";

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
  /** `find`, or undefined when none of `texts` can stand in the entry. */
  readonly findMentioning: (key: number, texts: readonly string[]) => Entry | undefined;
  /** Adds an entry, which replaces a former one of its key. */
  readonly add: (entry: Entry) => void;
  /** Replaces the entry of the same key where it stands; nothing when there is none. */
  readonly put: (entry: Entry) => void;
  readonly isEmpty: () => boolean;
  /** A block at a time. */
  readonly saveDirty: () => Iterable<{ key: string; state: string }[]>;
  /** Throws RangeError if `state` is no block. In any order. */
  readonly load: (state: string) => void;
}

const always = () => true;

/** Whether the text may stand in the packed entry. */
const mentions = (resting: string, text: string): boolean =>
  formsOf(text).some((form) => resting.includes(form));

/** Stands in a block for an entry that is at hand only. */
const notPackedYet = "";

export function createRing<Entry>(options: RingOptions<Entry>): Ring<Entry> {
  const { name, keyOf } = options;
  const packer = createPacker();
  const unpacker = createUnpacker();
  const blocks = createBlockRing(options.entriesPerBlock, options.blocksMax);
  const packed = (entry: Entry): string => {
    options.pack(packer, entry);
    return packer.take();
  };
  const unpacked = (text: string): Entry => {
    unpacker.open(text);
    return options.unpack(unpacker);
  };
  const atHand = createEntriesAtHand<Entry>((key, entry) => {
    blocks.put(key, packed(entry));
  });
  const find = (
    key: number,
    isWanted: (resting: string) => boolean = always,
  ): Entry | undefined => {
    const resting = blocks.find(key);
    if (resting === undefined) return undefined;
    const known = atHand.find(key);
    if (known !== undefined || !isWanted(resting)) return known;
    const entry = unpacked(resting);
    atHand.set(key, entry, false);
    return entry;
  };
  return {
    find: (key) => find(key),
    findMentioning: (key, texts) =>
      find(key, (resting) => texts.some((text) => mentions(resting, text))),
    add: (entry) => {
      const key = keyOf(entry);
      // A former one stays in its block as it then was.
      atHand.settle(key);
      blocks.add(key, notPackedYet);
      atHand.set(key, entry, true);
    },
    put: (entry) => {
      const key = keyOf(entry);
      if (blocks.find(key) !== undefined) atHand.set(key, entry, true);
    },
    isEmpty: () => blocks.size() === 0,
    saveDirty: function* () {
      for (const _ of atHand.settleAll()) yield [];
      for (const [slot, { sequence, entries }] of blocks.takeDirty()) {
        packer.number(sequence);
        packList(packer, entries, packer.text);
        yield [{ key: `${name}/${slot}`, state: printPacked(packer.take()) }];
      }
    },
    load: (state) => {
      unpacker.open(readPacked(state));
      const sequence = unpacker.number();
      const entries = unpackList(unpacker, unpacker.string);
      blocks.load({ sequence, keys: entries.map((entry) => keyOf(unpacked(entry))), entries });
      atHand.clear();
    },
  };
}
