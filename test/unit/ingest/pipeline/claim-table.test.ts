import fc from "fast-check";
import { type Claim, createClaimTable } from "../../../../ingest/pipeline/claim-table.ts";

const hash = fc
  .string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 16, maxLength: 16 })
  .filter((text) => !/^0+$/.test(text));
/** Few of them, so that they meet. */
const idHash = fc.oneof(
  hash,
  fc
    .constantFrom(..."0123456789abcdef")
    .map((digit) => `000000000000000${digit}`.replace(/0$/, "a")),
);
const claim: fc.Arbitrary<Claim> = fc.record({
  contentHash: hash,
  position: fc.record({
    source: fc.constantFrom("kafka:a", "kafka:b", "file:c"),
    partition: fc.nat(64),
    offset: fc.maxSafeNat(),
  }),
});
const act = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), idHash, claim }),
  fc.record({ kind: fc.constant("delete" as const), idHash }),
);

describe("the claims of the newest events", () => {
  it("are given back as they were made, until they are taken back", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 400 }), (acts) => {
        const table = createClaimTable(1_000);
        const model = new Map<string, Claim>();
        for (const one of acts) {
          if (one.kind === "delete") {
            table.delete(one.idHash);
            model.delete(one.idHash);
          } else {
            table.set(one.idHash, one.claim);
            model.set(one.idHash, one.claim);
          }
          expect(table.get(one.idHash)).toEqual(model.get(one.idHash));
        }
        for (const [id, made] of model) expect(table.get(id)).toEqual(made);
      }),
    );
  });

  it("are kept of the newest n and never of more than 2 n", () => {
    const table = createClaimTable(100);
    const id = (n: number) => n.toString(16).padStart(16, "1");
    const position = { source: "kafka:a", partition: 0, offset: 0 };
    for (let n = 0; n < 1_000; n += 1) table.set(id(n), { position, contentHash: id(n) });
    const kept = Array.from({ length: 1_000 }, (_, n) => n).filter((n) => table.get(id(n)));
    expect(kept.slice(-100)).toEqual(Array.from({ length: 100 }, (_, n) => 900 + n));
    expect(kept.length).toBeLessThanOrEqual(200);
  });
});
