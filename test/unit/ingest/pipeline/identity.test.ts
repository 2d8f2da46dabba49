import { createHmac } from "node:crypto";
import fc from "fast-check";
import { canonicalId } from "../../../../ingest/pipeline/canonical-id.ts";
import { parseKey, parseKeyRing } from "../../../../ingest/pipeline/key.ts";
import { createRecentMap } from "../../../../ingest/pipeline/recent-map.ts";
import { createTokenizer } from "../../../../ingest/pipeline/tokenizer.ts";
import { subjectTypes } from "../../../../ingest/vocabulary/event.ts";

describe("one spelling per identifier", () => {
  it.each([
    {
      type: "phone",
      spellings: ["+44 20 7946 0018", "0044-20-7946-0018", "+44 (0)20 7946.0018", "＋442079460018"],
      canonical: "+442079460018",
    },
    { type: "phone", spellings: ["020 7946 0018"], canonical: "02079460018" },
    { type: "phone", spellings: ["()", " () "], canonical: "()" },
    {
      type: "email",
      spellings: [" Ann@Example.COM", "ann@example.com"],
      canonical: "ann@example.com",
    },
    {
      type: "email",
      spellings: ["zoe\u0308@example.com", "Zo\u00eb@example.com"],
      canonical: "zo\u00eb@example.com",
    },
    { type: "username", spellings: ["DrWho ", "drwho"], canonical: "drwho" },
    { type: "account", spellings: [" AC12 ", "AC12"], canonical: "AC12" },
    { type: "account", spellings: ["ac12"], canonical: "ac12" },
  ] as const)("$type $canonical", ({ type, spellings, canonical }) => {
    for (const spelling of spellings) expect(canonicalId(type, spelling)).toBe(canonical);
  });

  it("is its own spelling", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...subjectTypes),
        fc.string({ minLength: 1, unit: "binary" }),
        (type, id) => {
          const canonical = canonicalId(type, id);
          expect(canonicalId(type, canonical)).toBe(canonical);
        },
      ),
    );
  });
});

describe("a subject's token", () => {
  const key = { bytes: Buffer.alloc(32, 1) };
  it("is the first half of HMAC-SHA256 over type, NUL and canonical id, as UUID text", () => {
    const hex = createHmac("sha256", key.bytes).update("phone\0+15550100").digest("hex");
    const { token } = createTokenizer(key).identify("phone", "001 555 0100");
    expect(token).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(token.replaceAll("-", "")).toBe(hex.slice(0, 32));
  });

  it("depends on key and type", () => {
    const token = createTokenizer(key).identify("phone", "1").token;
    expect(createTokenizer(key).identify("account", "1").token).not.toBe(token);
    expect(createTokenizer({ bytes: Buffer.alloc(32, 2) }).identify("phone", "1").token).not.toBe(
      token,
    );
  });
});

describe("the memory for recent entries", () => {
  it("keeps the newest n and never more than 2 n", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (count) => {
        // Reading refreshes an entry, so every look-up has a map of its own.
        const isKept = (wanted: number) => {
          const map = createRecentMap<number, number>(10);
          for (let n = 0; n < count; n += 1) map.set(n, n);
          return map.get(wanted) === wanted;
        };
        const newest = Array.from({ length: Math.min(10, count) }, (_, n) => count - 1 - n);
        const kept = Array.from({ length: count }, (_, n) => n).filter(isKept);
        expect(kept).toEqual(expect.arrayContaining(newest));
        expect(kept.length).toBeLessThanOrEqual(20);
      }),
    );
  });
});

describe("a key from configuration", () => {
  const good = Buffer.alloc(32, 3).toString("base64");
  it("is a version and 32 bytes", () => {
    expect(parseKey("K", `7:${good}`)).toEqual({ version: 7, bytes: Buffer.alloc(32, 3) });
  });

  it.each([
    { text: good, as: "base64" },
    { text: Buffer.alloc(32, 3).toString("base64url"), as: "base64url" },
    { text: Buffer.alloc(32, 3).toString("hex"), as: "hex" },
  ])("may come as $as, and is version 1 when it names none", ({ text }) => {
    expect(parseKey("K", text)).toEqual({ version: 1, bytes: Buffer.alloc(32, 3) });
    expect(parseKey("K", `2:${text}`)).toEqual({ version: 2, bytes: Buffer.alloc(32, 3) });
  });

  it.each([
    { text: "", why: "absent" },
    { text: `0:${good}`, why: "version 0" },
    { text: `65536:${good}`, why: "version too high" },
    { text: `1:${good.slice(4)}`, why: "too short" },
    { text: "1:hunter2 hunter2", why: "no base64" },
  ])("is refused when $why, and never shown", ({ text }) => {
    const parse = () => parseKey("DESKWATCH_TOKEN_KEY", text);
    expect(parse).toThrow(expect.objectContaining({ code: "keys.invalid" }));
    expect(parse).toThrow(/^DESKWATCH_TOKEN_KEY: /);
    if (text !== "") expect(parse).not.toThrow(text.split(":").at(-1));
  });

  it("may be followed by older ones, each version once", () => {
    expect(parseKeyRing("K", `2:${good},1:${good}`).map(({ version }) => version)).toEqual([2, 1]);
    expect(() => parseKeyRing("K", `2:${good},2:${good}`)).toThrow(/twice/);
  });
});
