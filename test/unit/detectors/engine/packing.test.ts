import fc from "fast-check";
import {
  createPacker,
  createUnpacker,
  printPacked,
  readPacked,
} from "../../../../detectors/engine/packing.ts";

type Value =
  | { readonly kind: "number" | "float"; readonly value: number }
  | { readonly kind: "text"; readonly value: string | undefined };

const number = fc
  .oneof(fc.integer(), fc.maxSafeNat(), fc.double({ noNaN: true }), fc.constant(2 ** 52))
  .map((value): Value => ({ kind: "number", value: value + 0 }));
const float = fc
  .oneof(fc.constant(0), fc.float({ noNaN: true }))
  .map((value): Value => ({ kind: "float", value: value + 0 }));
const text = fc
  .oneof(
    fc.string({ unit: "binary" }),
    fc.constant("\ud800"),
    fc.string({ unit: fc.constantFrom(..."0123456789abcdef") }),
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

  it("takes half a byte a digit for an id, and a bit for a zero", () => {
    expect(packed([{ kind: "text", value: "2df2dbbecbba89d01b14" }]).length).toBe(11);
    expect(packed(Array.from({ length: 64 }, () => ({ kind: "float", value: 0 }))).length).toBe(8);
  });
});
