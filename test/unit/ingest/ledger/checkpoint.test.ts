import fc from "fast-check";
import {
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
} from "../../../../ingest/ledger/checkpoint.ts";
import { leafHash } from "../../../../ingest/ledger/merkle.ts";
import { createNoteSigner } from "../../../../ingest/ledger/note-key.ts";
import { signNote } from "../../../../ingest/ledger/signed-note.ts";

/** The example of c2sp.org/tlog-checkpoint. */
const example =
  "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
const root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

describe("a checkpoint", () => {
  it("is read as the specification's example has it, and written back the same", () => {
    const checkpoint: Checkpoint = {
      origin: "example.com/behind-the-sofa",
      size: 20_852_163,
      root: Buffer.from("0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62", "hex"),
      extensions: [],
    };
    expect(parseCheckpoint(example)).toEqual(checkpoint);
    expect(formatCheckpoint(checkpoint)).toBe(example);
  });

  it("is the same after writing and reading", () => {
    const line = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !/\n/.test(text));
    const checkpoints = fc.record({
      origin: line,
      size: fc.maxSafeNat(),
      root: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
      extensions: fc.array(line),
    });
    fc.assert(
      fc.property(checkpoints, (checkpoint) => {
        expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
      }),
    );
  });

  it.each([
    { why: "no origin", text: `\n5\n${root}\n` },
    { why: "a leading zero", text: `o\n05\n${root}\n` },
    { why: "a sign", text: `o\n+5\n${root}\n` },
    { why: "no number", text: `o\n5e3\n${root}\n` },
    { why: "a size past 2^53 - 1", text: `o\n9007199254740992\n${root}\n` },
    { why: "a size of 17 digits", text: `o\n10000000000000000\n${root}\n` },
    { why: "a root of 31 bytes", text: `o\n5\n${Buffer.alloc(31).toString("base64")}\n` },
    { why: "a root of 33 bytes", text: `o\n5\n${Buffer.alloc(33).toString("base64")}\n` },
    { why: "a root without padding", text: `o\n5\n${root.slice(0, -1)}\n` },
    { why: "a root with loose bits", text: `o\n5\n${root.replace("2I=", "2J=")}\n` },
    { why: "a root in base64url", text: `o\n5\n${root.replace("/", "_")}\n` },
    { why: "an empty extension", text: `o\n5\n${root}\n\n` },
    { why: "an empty extension inside", text: `o\n5\n${root}\n\nx\n` },
    { why: "no newline at the end", text: `o\n5\n${root}` },
    { why: "two lines", text: "o\n5\n" },
    { why: "nothing", text: "" },
  ])("is none with $why", ({ text }) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });

  it.each([
    { why: "no origin", change: { origin: "" } },
    { why: "a broken origin", change: { origin: "a\nb" } },
    { why: "a broken extension", change: { extensions: ["a\nb"] } },
    { why: "a size below 0", change: { size: -1 } },
    { why: "half a leaf", change: { size: 0.5 } },
    { why: "a short root", change: { root: Buffer.alloc(31) } },
  ])("is not written with $why", ({ change }) => {
    const right = { origin: "o", size: 1, root: leafHash("x"), extensions: [] };
    expect(() => formatCheckpoint({ ...right, ...change })).toThrow(RangeError);
  });
});

describe("opening a checkpoint", () => {
  const signer = createNoteSigner("example.com/log", Buffer.alloc(32, 1));
  const log = { origin: "example.com/log", keys: [signer.verifierKey] };
  const body = `example.com/log\n5\n${root}\n`;

  it("takes what a key of the log has signed", () => {
    const opened = openCheckpoint(signNote(body, signer), log);
    expect(opened).toMatchObject({ kind: "opened", checkpoint: { size: 5 }, text: body });
  });

  it("takes either key while one is being replaced", () => {
    const next = createNoteSigner("example.com/log", Buffer.alloc(32, 2));
    const both = { ...log, keys: [signer.verifierKey, next.verifierKey] };
    const kinds = [signer, next].map((one) => openCheckpoint(signNote(body, one), both).kind);
    expect(kinds).toEqual(["opened", "opened"]);
  });

  it.each([
    { note: body, reason: "malformed" },
    { note: signNote("example.com/log\n5\n", signer), reason: "malformed" },
    { note: signNote(body.replace("log", "other"), signer), reason: "unknown_origin" },
    {
      note: signNote(body, createNoteSigner("example.com/log", Buffer.alloc(32, 9))),
      reason: "untrusted_signature",
    },
    {
      note: signNote(body, signer).replace("\n5\n", "\n6\n"),
      reason: "untrusted_signature",
    },
  ])("refuses another as $reason", ({ note, reason }) => {
    expect(openCheckpoint(note, log)).toEqual({ kind: "refused", reason });
  });
});
