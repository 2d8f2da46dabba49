/** How near two identifiers are to each other is told by their neighbourhood, and nothing else is. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { createTokenizer } from "../../../../ingest/pipeline/tokenizer.ts";
import { agentId } from "../../../../ingest/vocabulary/brand.ts";
import type { SubjectType } from "../../../../ingest/vocabulary/event.ts";

const key = { bytes: Buffer.alloc(32, 1) };
const tokenizer = createTokenizer(key);
const ann = agentId("ann");

const placeOf = (
  type: SubjectType,
  id: string,
  agent = ann,
  { identify, neighbourhood } = tokenizer,
) => neighbourhood(agent, identify(type, id));

describe("the neighbourhood of an identifier", () => {
  it.each([
    { type: "account", one: "AC45000120", other: "AC45000129", isSame: true },
    { type: "account", one: "AC45000129", other: "AC45000130", isSame: false },
    { type: "account", one: "AC45000120", other: "AC4500012", isSame: false },
    { type: "account", one: "ac120", other: "AC120", isSame: false },
    { type: "phone", one: "+1 206 555 0100", other: "001-206-555-0109", isSame: true },
    { type: "phone", one: "+12065550100", other: "+12065550110", isSame: false },
    { type: "email", one: "ann17@mail.example", other: "Ann12@mail.example", isSame: true },
    { type: "email", one: "ann17@mail.example", other: "ann17@post.example", isSame: false },
    { type: "username", one: "drwho7", other: "DrWho8 ", isSame: true },
  ] as const)("$type $one and $other: the same $isSame", ({ type, one, other, isSame }) => {
    expect(placeOf(type, one)).toBeGreaterThan(0);
    expect(placeOf(type, one) === placeOf(type, other)).toBe(isSame);
  });

  it.each([
    { type: "email", id: "ann@mail7.example" },
    { type: "email", id: "@" },
    { type: "account", id: "ACME" },
    { type: "username", id: "7up" },
  ] as const)("is none where no number ends it: $type $id", ({ type, id }) => {
    expect(placeOf(type, id)).toBeUndefined();
  });

  it("is that of every other spelling, and of all ten last digits", () => {
    const spelt = fc.constantFrom<
      [SubjectType, (digits: string) => string, (digits: string) => string]
    >(
      [
        "phone",
        (digits) => `+44${digits}`,
        (digits) => ` 0044 (0)${digits.replace(/(.)/g, "$1-")}`,
      ],
      ["email", (digits) => `ann${digits}@mail.example`, (digits) => ` ANN${digits}@Mail.Example `],
      ["username", (digits) => `zo\u00eb${digits}`, (digits) => `Zoe\u0308${digits}`],
      ["account", (digits) => `AC${digits}`, (digits) => ` AC${digits}\t`],
    );
    const digits = fc.string({
      minLength: 2,
      maxLength: 9,
      unit: fc.constantFrom(..."0123456789"),
    });
    fc.assert(
      fc.property(spelt, digits, fc.nat(9), ([type, plain, other], number, last) => {
        expect(placeOf(type, other(number))).toBe(placeOf(type, plain(number)));
        expect(placeOf(type, plain(number.slice(0, -1) + last))).toBe(placeOf(type, plain(number)));
      }),
    );
  });

  it("is 16 bits of an HMAC that no token is made with: of agent, type and all but the last digit", () => {
    const text = "neighbourhood\0ann\0account\0AC4500012";
    const digest = createHmac("sha256", key.bytes).update(text).digest();
    expect(placeOf("account", "AC45000123")).toBe(1 + (digest.readUInt32BE(0) % 65_535));
  });

  it("is another one for another key, agent or type, but for chance", () => {
    const numbers = Array.from({ length: 500 }, (_, n) => `${1_000 + 10 * n}`);
    const keyed = createTokenizer({ bytes: Buffer.alloc(32, 2) });
    const agreeing = (other: (number: string) => number | undefined) =>
      numbers.filter((number) => other(number) === placeOf("account", number)).length;
    expect(agreeing((number) => placeOf("account", number, ann, keyed))).toBeLessThan(3);
    expect(agreeing((number) => placeOf("account", number, agentId("bob")))).toBeLessThan(3);
    expect(agreeing((number) => placeOf("username", number))).toBeLessThan(3);
  });
});
