import fc from "fast-check";
import { createSealer } from "../../../../ingest/pipeline/seal.ts";
import { subjectToken } from "../../../../ingest/vocabulary/brand.ts";

const key = (version: number) => ({ version, bytes: Buffer.alloc(32, version) });
const token = subjectToken("00000000-0000-0000-0000-000000000001");
const position = { source: "kafka:x", partition: 1, offset: 2 };

describe("sealing", () => {
  it("gives back what was sealed, and nothing readable before", () => {
    const sealer = createSealer([key(1)]);
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: "grapheme" }), (id) => {
        const sealed = sealer.sealIdentity(token, id);
        expect(Buffer.from(sealed.sealedId, "base64").includes(id)).toBe(false);
        expect(sealer.openIdentity(token, sealed)).toBe(id);
        const letter = sealer.sealBytes(position, Buffer.from(id));
        expect(sealer.openBytes(position, letter)).toEqual(Buffer.from(id));
      }),
    );
  });

  it("never looks the same twice", () => {
    const sealer = createSealer([key(1)]);
    const texts = Array.from({ length: 2_000 }, () => sealer.sealIdentity(token, "x"));
    expect(new Set(texts.map(({ wrappedKey }) => wrappedKey.slice(0, 16))).size).toBe(2_000);
    expect(new Set(texts.map(({ sealedId }) => sealedId)).size).toBe(2_000);
  });

  it("opens only for the subject and the position that it was made for", () => {
    const sealer = createSealer([key(1)]);
    const other = subjectToken("00000000-0000-0000-0000-000000000002");
    const broken = expect.objectContaining({ code: "seal.broken" });
    expect(() => sealer.openIdentity(other, sealer.sealIdentity(token, "x"))).toThrow(broken);
    const letter = sealer.sealBytes(position, Buffer.from("x"));
    expect(() => sealer.openBytes({ ...position, offset: 3 }, letter)).toThrow(broken);
  });

  it("opens what the first version sealed", () => {
    const sealed = {
      sealedId: "iKSjooatEuGvahzfcxJcpix7AluOB2rnl3uJsOsVdf0czIHBIg==",
      wrappedKey:
        "+uO8Mj04c14KqMJjsU+ofnUqQXKAd0WZjU7xOm0szpLpVDVisbdo7jxmgCEeC9dAIuw57Jhs1yDYzD4e",
      masterKeyVersion: 1,
    };
    expect(createSealer([key(1)]).openIdentity(token, sealed)).toBe("+15550100");
  });

  it.each(["sealedId", "wrappedKey"] as const)(
    "shows every altered byte of an identity's %s",
    (part) => {
      const sealer = createSealer([key(1)]);
      const identity = sealer.sealIdentity(token, "content");
      const sealed = Buffer.from(identity[part], "base64");
      for (let at = 0; at < sealed.length; at += 1) {
        const altered = Buffer.from(sealed);
        altered[at] = (altered[at] ?? 0) ^ 1;
        const changed = { ...identity, [part]: altered.toString("base64") };
        expect(() => sealer.openIdentity(token, changed)).toThrow(
          expect.objectContaining({ code: "seal.broken" }),
        );
      }
    },
  );

  it("shows every altered byte of a letter", () => {
    const sealer = createSealer([key(1)]);
    const sealed = Buffer.from(
      sealer.sealBytes(position, Buffer.from("content")).slice(2),
      "base64",
    );
    for (let at = 0; at < sealed.length; at += 1) {
      const altered = Buffer.from(sealed);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(() => sealer.openBytes(position, `1:${altered.toString("base64")}`)).toThrow(
        expect.objectContaining({ code: "seal.broken" }),
      );
    }
  });

  it("after a rotation opens old and new; without the old key it names the version", () => {
    const old = createSealer([key(1)]).sealIdentity(token, "x");
    const rotated = createSealer([key(2), key(1)]);
    expect(rotated.openIdentity(token, old)).toBe("x");
    expect(rotated.sealIdentity(token, "x").masterKeyVersion).toBe(2);
    expect(() => createSealer([key(2)]).openIdentity(token, old)).toThrow(/version 1 is needed/);
  });

  it("is gone for good once the subject's wrapped key is dropped", () => {
    const sealer = createSealer([key(1)]);
    const erased = { ...sealer.sealIdentity(token, "x"), wrappedKey: "" };
    expect(() => sealer.openIdentity(token, erased)).toThrow(
      expect.objectContaining({ code: "seal.broken" }),
    );
  });
});
