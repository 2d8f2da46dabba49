import fc from "fast-check";
import { createPacker, createUnpacker } from "../../../../detectors/engine/packing.ts";
import {
  printDense,
  printPacked,
  readDense,
  readPacked,
} from "../../../../detectors/engine/printed-state.ts";

type Value =
  | { readonly kind: "number" | "float"; readonly value: number }
  | { readonly kind: "text"; readonly value: string | undefined };

const number = fc
  .oneof(fc.integer(), fc.maxSafeNat(), fc.double({ noNaN: true }), fc.constant(2 ** 52))
  .map((value): Value => ({ kind: "number", value: value + 0 }));
const float = fc
  .oneof(fc.constant(0), fc.float({ noNaN: true }), fc.nat({ max: 70_000 }))
  .map((value): Value => ({ kind: "float", value: value + 0 }));
const text = fc
  .oneof(
    fc.string({ unit: "binary" }),
    fc.constant("\ud800"),
    fc.string({ unit: fc.constantFrom(..."0123456789abcdef") }),
    fc.uuid(),
    fc.constant(undefined),
  )
  .map((value): Value => ({ kind: "text", value }));

function packed(values: readonly Value[]): string {
  const packer = createPacker();
  for (const { kind, value } of values) {
    if (kind === "text") packer.text(value);
    else packer[kind](value);
  }
  return packer.take();
}

describe("packed state", () => {
  it("gives back exactly what was packed, in any order of kinds, through a snapshot's text", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(number, float, text)), (values) => {
        const unpacker = createUnpacker();
        unpacker.open(readPacked(printPacked(packed(values))));
        for (const { kind, value } of values) expect(unpacker[kind]()).toBe(value);
        expect(unpacker.isAtEnd()).toBe(true);
      }),
    );
  });

  it("gives back a long text whether it is deflated or not", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat({ max: 20_000 }), (part, length) => {
        const state = packed([
          { kind: "text", value: part.repeat(1 + length / (1 + part.length)) },
        ]);
        expect(readDense(printDense(state))).toBe(state);
      }),
    );
    expect(printDense("same ".repeat(4_000)).length).toBeLessThan(1_000);
  });

  it("is refused when it is cut anywhere", () => {
    const values: Value[] = [
      { kind: "text", value: "an id" },
      { kind: "number", value: 0.5 },
      { kind: "float", value: 1.5 },
      { kind: "number", value: 1_000_000 },
    ];
    const whole = packed(values);
    const unpacker = createUnpacker();
    for (let length = 0; length < whole.length; length += 1) {
      unpacker.open(whole.slice(0, length));
      expect(() => values.map(({ kind }) => unpacker[kind]())).toThrow(RangeError);
    }
  });

  it("takes half a byte a digit for an id, and little for what is small", () => {
    const bytesOf = (value: Value, times = 1) => packed(new Array<Value>(times).fill(value)).length;
    expect(bytesOf({ kind: "text", value: "2df2dbbecbba89d01b14" })).toBe(11);
    expect(bytesOf({ kind: "text", value: "2df2dbbe-cbba-49d0-9b14-2df2dbbecbba" })).toBe(18);
    expect(bytesOf({ kind: "float", value: 0 }, 64)).toBe(16);
    expect(bytesOf({ kind: "float", value: 256 }, 64)).toBe(16 + 64);
    expect(bytesOf({ kind: "float", value: 257 }, 64)).toBe(16 + 128);
    expect(bytesOf({ kind: "float", value: 65_793 }, 64)).toBe(16 + 256);
  });

  it("gives back whole numbers of a fixed length", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.maxSafeNat(), (length, any) => {
        const value = any % 256 ** length;
        const packer = createPacker();
        packer.float(1);
        packer.fixed(value, length);
        const unpacker = createUnpacker();
        unpacker.open(packer.take());
        expect([unpacker.float(), unpacker.fixed(length)]).toEqual([1, value]);
        expect(unpacker.isAtEnd()).toBe(true);
      }),
    );
  });
});
