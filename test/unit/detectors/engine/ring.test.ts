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
  kind: fc.constantFrom("add", "put", "restart"),
  k: fc.constantFrom(...keys),
  text: fc.string({ minLength: 1 }),
});

type Act = typeof act extends fc.Arbitrary<infer One> ? One : never;

/** Plays the acts to a ring that runs through and to one that is restarted; both know the same after each. */
function playBoth(acts: readonly Act[]): void {
  const straight = newRing();
  let restarted = newRing();
  const stored = new Map<string, string>();
  const restart = () => {
    for (const { key, state } of restarted.saveDirty()) stored.set(key, state);
    restarted = newRing();
    for (const state of [...stored.values()].reverse()) restarted.load(state);
  };
  for (const { kind, k, text } of acts) {
    if (kind === "restart") restart();
    else for (const ring of [straight, restarted]) ring[kind]({ k, text });
    expect(known(restarted)).toEqual(known(straight));
  }
}

describe("a ring", () => {
  it("knows the same after any restarts, and forgets the same", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120 }), (acts) => {
        playBoth(acts);
      }),
    );
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
