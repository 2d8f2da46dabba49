/**
 * Event ids that were scored already, over a bounded window: a ring of blocks, each printed under a key of
 * its own so that a snapshot writes only the block that changed.
 *
 * Ids are kept as 53-bit fingerprints: one event in 10^11 is wrongly taken for a duplicate at full window.
 */
import { fingerprint } from "../stats/seeded-uniform.ts";
import { createPacker, createUnpacker, type Packer, packList, unpackList } from "./packing.ts";
import { printPacked, readPacked } from "./printed-state.ts";

/** An id seen again within the 64,512 events after it is a duplicate. */
const idsPerBlock = 1_024;
const blocksMax = 64;

interface Block {
  readonly sequence: number;
  readonly ids: number[];
}

export interface Duplicates {
  /** Whether the id is new; it is remembered from now on. */
  readonly admit: (eventId: string) => boolean;
  /** The blocks that changed since the last call, by key, in pieces. */
  readonly saveDirty: () => Iterable<{ key: string; state: string }[]>;
  /** Throws RangeError if `state` is no block. */
  readonly load: (state: string) => void;
}

export function createDuplicates(): Duplicates {
  const known = new Set<number>();
  const blocks = new Map<number, Block>();
  const dirty = new Set<number>();
  const packer = createPacker();
  let current: Block = { sequence: 0, ids: [] };
  blocks.set(0, current);

  const turn = (): void => {
    const sequence = current.sequence + 1;
    const slot = sequence % blocksMax;
    for (const id of blocks.get(slot)?.ids ?? []) known.delete(id);
    current = { sequence, ids: [] };
    blocks.set(slot, current);
  };
  return {
    admit: (eventId) => {
      const id = fingerprint(eventId);
      if (known.has(id)) return false;
      if (current.ids.length >= idsPerBlock) turn();
      known.add(id);
      current.ids.push(id);
      dirty.add(current.sequence % blocksMax);
      return true;
    },
    saveDirty: function* () {
      const changed = [...dirty];
      dirty.clear();
      for (const slot of changed) {
        yield [{ key: `duplicates/${slot}`, state: printed(packer, blocks.get(slot)) }];
      }
    },
    load: (state) => {
      const block = readBlock(state);
      blocks.set(block.sequence % blocksMax, block);
      if (block.sequence >= current.sequence) current = block;
      for (const id of block.ids) known.add(id);
    },
  };
}

function printed(packer: Packer, { sequence, ids }: Block = { sequence: 0, ids: [] }): string {
  packer.number(sequence);
  packList(packer, ids, packer.number);
  return printPacked(packer.take());
}

function readBlock(state: string): Block {
  const unpacker = createUnpacker();
  unpacker.open(readPacked(state));
  return { sequence: unpacker.number(), ids: unpackList(unpacker, unpacker.number) };
}
