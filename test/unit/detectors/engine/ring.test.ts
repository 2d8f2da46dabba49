import fc from "fast-check";
import { createRing, type Ring } from "../../../../detectors/engine/ring.ts";

interface Entry {
  readonly k: number;
  text: string;
}

const entriesPerBlock = 4;
const blocksMax = 3;

const newRing = (): Ring<Entry> =>
  createRing({
    name: "entries",
    pack: (packer, { k, text }) => {
      packer.number(k);
      packer.text(text);
    },
    unpack: (unpacker) => ({ k: unpacker.number(), text: unpacker.string() }),
    keyOf: ({ k }) => k,
    entriesPerBlock,
    blocksMax,
  });

const keys = Array.from({ length: 20 }, (_, k) => k);
const known = (ring: Ring<Entry>) => keys.map((k) => ring.find(k));

const act = fc.record({
  kind: fc.constantFrom("add" as const, "put" as const, "restart" as const),
  k: fc.constantFrom(...keys),
  text: fc.string({ minLength: 1 }),
});

/** The ring that a process goes on with which finds these rows. */
function reopened(stored: ReadonlyMap<string, string>): Ring<Entry> {
  const ring = newRing();
  for (const state of [...stored.values()].reverse()) ring.load(state);
  return ring;
}

function save(ring: Ring<Entry>, stored: Map<string, string>): void {
  for (const { key, state } of [...ring.saveDirty()].flat()) stored.set(key, state);
}

describe("a ring", () => {
  it("knows the same after any restarts, and forgets the same", () => {
    const same = fc.property(fc.array(act, { maxLength: 120 }), (acts) => {
      const straight = newRing();
      let restarted = newRing();
      const stored = new Map<string, string>();
      for (const { kind, k, text } of acts) {
        if (kind === "restart") {
          save(restarted, stored);
          restarted = reopened(stored);
        } else {
          straight[kind]({ k, text });
          restarted[kind]({ k, text });
        }
        expect(known(restarted)).toEqual(known(straight));
      }
    });
    fc.assert(same);
  });

  it("keeps the newest entries and forgets a block at a time", () => {
    const ring = newRing();
    for (const k of keys) ring.add({ k, text: `${k}` });
    const kept = keys.filter((k) => ring.find(k) !== undefined);
    expect(kept).toEqual(keys.slice(-entriesPerBlock * blocksMax));
    expect(ring.find(19)).toEqual({ k: 19, text: "19" });
    ring.put({ k: 19, text: "changed" });
    expect(ring.find(19)).toEqual({ k: 19, text: "changed" });
  });

  it("does not add what it is asked to put back and has forgotten", () => {
    const ring = newRing();
    for (const k of keys) ring.add({ k, text: "first" });
    ring.put({ k: 0, text: "second" });
    expect(ring.find(0)).toBeUndefined();
  });
});
