import fc from "fast-check";
import { openCheckpoint } from "../../../../ingest/ledger/checkpoint.ts";
import {
  createNoteSigner,
  parseVerifierKey,
  type VerifierKey,
} from "../../../../ingest/ledger/note-key.ts";
import { cosign, noteBytesMax, openNote, signNote } from "../../../../ingest/ledger/signed-note.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";

function keyOf(text: string): VerifierKey {
  const key = parseVerifierKey(text);
  if (key === undefined) throw new Error(`no key: ${text}`);
  return key;
}

/** golang.org/x/mod, sumdb/note/note_test.go. */
const go = {
  seed: Buffer.from("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz", "base64").subarray(1),
  peterKey: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
  enochKey: "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  peter:
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
  enoch:
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n",
};
/** c2sp.org/signed-note, the example of its section on verifier keys. */
const c2sp = {
  key: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
  note: "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
};
/**
 * A checkpoint of a public Certificate Transparency log, cosigned by public witnesses at 1779573024 (0x6a122120).
 * The first line is a signature of a type that we do not know.
 */
const live = {
  logKey:
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f",
  remoraKey: "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
  stagemoleKey: "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
  body: "arche2025h1.staging.ct.transparency.dev\n1432088532\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n",
  signatures: `— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
`,
};

const names = (opened: ReturnType<typeof openNote>): readonly string[] =>
  opened.kind === "verified" ? opened.signatures.map(({ key }) => key.name) : [opened.kind];

describe("a verifier key", () => {
  it.each([go.peterKey, go.enochKey, c2sp.key, live.logKey, live.remoraKey, live.stagemoleKey])(
    "%s is read and written back the same",
    (text) => {
      expect(parseVerifierKey(text)?.text).toBe(text);
    },
  );

  it("comes from its seed as the published one does", () => {
    expect(createNoteSigner("PeterNeumann", go.seed).verifierKey.text).toBe(go.peterKey);
  });

  it("is refused in every cut and with every character changed", () => {
    const length = go.peterKey.length;
    const cuts: string[] = [];
    for (let from = 0; from < length; from += 1) {
      for (let to = from + 1; to <= length; to += 1) cuts.push(go.peterKey.slice(from, to));
    }
    const changed = [...go.peterKey].map(
      (character, at) =>
        go.peterKey.slice(0, at) +
        String.fromCharCode(character.charCodeAt(0) + 1) +
        go.peterKey.slice(at + 1),
    );
    const wrong = [...cuts.filter((cut) => cut !== go.peterKey), ...changed];
    expect(wrong.filter((text) => parseVerifierKey(text) !== undefined)).toEqual([]);
  });

  it.each([
    // The first two are from golang.org/x/mod, with the id that fits the wrong key.
    "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
    "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    `${"x".repeat(5_000)}+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW`,
  ])("%.60s is none", (text) => {
    expect(parseVerifierKey(text)).toBeUndefined();
  });

  it.each(["", "a b", "a+b", "a\u00a0b", "a\nb", "\ud800"])("has no name like %j", (name) => {
    expect(() => createNoteSigner(name, go.seed)).toThrow(RangeError);
  });

  it("has a seed of 32 bytes", () => {
    expect(() => createNoteSigner("x", go.seed.subarray(1))).toThrow(RangeError);
  });
});

describe("a signed note", () => {
  const peter = keyOf(go.peterKey);
  const enoch = keyOf(go.enochKey);

  it("is signed to the byte as the published one is", () => {
    const signer = createNoteSigner("PeterNeumann", go.seed);
    expect(signNote(go.text, signer)).toBe(`${go.text}\n${go.peter}`);
  });

  it("opens with the published keys, and unknown keys are ignored", () => {
    const note = `${go.text}\n${go.peter}${go.enoch}`;
    expect(openNote(note, [peter])).toEqual({
      kind: "verified",
      text: go.text,
      signatures: [{ key: peter, line: go.peter, at: undefined }],
    });
    expect(names(openNote(note, [enoch, peter]))).toEqual(["PeterNeumann", "EnochRoot"]);
    expect(names(openNote(Buffer.from(note), [enoch]))).toEqual(["EnochRoot"]);
    expect(openNote(note, [])).toEqual({ kind: "unverified" });
    expect(openNote(c2sp.note, [keyOf(c2sp.key)])).toMatchObject({
      kind: "verified",
      text: "This is an example message.\n",
    });
  });

  it("counts a key once however often it signed", () => {
    const note = `${go.text}\n${go.peter}${go.peter}${go.enoch}`;
    expect(names(openNote(note, [peter, enoch]))).toEqual(["PeterNeumann", "EnochRoot"]);
  });

  it("is refused as a whole for one wrong signature of a trusted key", () => {
    // As golang.org/x/mod makes one: four characters too many.
    const long = `${go.peter.slice(0, 60)}ABCD${go.peter.slice(60)}`;
    const notes = [
      `${go.text}\n${long}`,
      `${go.text}\n${go.peter}${long}`,
      `${go.text.replace("answer", "answers")}\n${go.peter}`,
      `${go.text}\n${go.enoch}${go.peter.replace("x08goY", "x08goZ").replace("KE6", "KE7")}`,
    ];
    const answers = notes.map((note) => openNote(note, [peter, enoch]));
    expect(answers).toEqual(notes.map(() => ({ kind: "invalid_signature", key: peter })));
  });

  it("may have empty lines of its own", () => {
    const signer = createNoteSigner("x", go.seed);
    for (const text of ["\n", "a\n\nb\n", "a\n\n", "\n\n\n", "— x AAAA\n\n— y\n", "\ufeffa\n"]) {
      const opened = openNote(signNote(text, signer), [signer.verifierKey]);
      expect(opened).toMatchObject({ kind: "verified", text });
    }
  });

  it("opens to the text that was signed, and to nothing once one byte is another", () => {
    const signer = createNoteSigner("x", go.seed);
    const texts = fc
      .string({ unit: "grapheme" })
      // biome-ignore lint/suspicious/noControlCharactersInRegex: no note may carry these.
      .map((text) => `${text.replace(/[\x00-\x09\x0b-\x1f]/g, "")}\n`);
    fc.assert(
      fc.property(texts, fc.nat(), fc.integer({ min: 1, max: 255 }), (text, at, change) => {
        const bytes = Buffer.from(signNote(text, signer));
        expect(openNote(bytes, [signer.verifierKey])).toMatchObject({ kind: "verified", text });
        const spot = at % bytes.length;
        bytes[spot] = (bytes[spot] ?? 0) ^ change;
        expect(openNote(bytes, [signer.verifierKey]).kind).not.toBe("verified");
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    // Those of golang.org/x/mod first.
    { why: "no signatures", note: go.text },
    { why: "an empty line only", note: `${go.text}\n` },
    { why: "no newline at the end", note: `${go.text}\n${go.peter.slice(0, -1)}` },
    { why: "a control character", note: `\x01${go.text}\n${go.peter}` },
    { why: "no UTF-8", note: Buffer.from(`\xff${go.text}\n${go.peter}`, "latin1") },
    { why: "half a character", note: `\ud800${go.text}\n${go.peter}` },
    { why: "a space in a name", note: `${go.text}\n${go.peter.replace("rN", "r N")}` },
    { why: "a line that is no signature", note: `${go.text}\n${go.peter}Unexpected line.\n` },
    { why: "101 signatures", note: `${go.text}\n${go.peter.repeat(101)}` },
    { why: "a tab", note: `a\tb\n\n${go.peter}` },
    { why: "base64 without its padding", note: `${go.text}\n${go.peter.replace("=", "")}` },
    { why: "base64 with loose bits", note: `${go.text}\n${go.peter.replace("AM=", "AN=")}` },
    { why: "a signature without bytes", note: `${go.text}\n— x x08goQ==\n` },
    { why: "a hyphen for the dash", note: `${go.text}\n${go.peter.replace("—", "-")}` },
    { why: "too many bytes", note: `${"é".repeat(noteBytesMax / 2)}\n\n${go.peter}` },
    { why: "nothing", note: "" },
  ])("is malformed with $why", ({ note }) => {
    expect(openNote(note, [peter])).toEqual({ kind: "malformed" });
  });

  it("may have 100 signatures", () => {
    expect(openNote(`${go.text}\n${go.peter.repeat(100)}`, [peter]).kind).toBe("verified");
  });

  it.each(["", "abc", "a\tb\n", "\ud800\n"])("cannot be made of the text %j", (text) => {
    expect(() => signNote(text, createNoteSigner("x", go.seed))).toThrow(RangeError);
    const witness = createNoteSigner("x", go.seed, "cosignature");
    expect(() => cosign(text, witness, epochMs(0))).toThrow(RangeError);
  });
});

describe("a cosignature", () => {
  const witness = createNoteSigner("witness.example/w1", go.seed, "cosignature");
  const log = createNoteSigner("example.com/log", Buffer.alloc(32, 7));
  const note = signNote(live.body, log);

  it("of a public witness over a public log's checkpoint verifies and tells its time", () => {
    const [remora, stagemole] = [keyOf(live.remoraKey), keyOf(live.stagemoleKey)];
    const trusted = {
      origin: "arche2025h1.staging.ct.transparency.dev",
      keys: [keyOf(live.logKey)],
    };
    const liveNote = `${live.body}\n${live.signatures}`;
    const opened = openCheckpoint(liveNote, trusted, [remora, stagemole]);
    expect(opened).toMatchObject({
      kind: "opened",
      checkpoint: { size: 1_432_088_532 },
      signatures: [
        { key: { name: trusted.origin }, at: undefined },
        { key: remora, at: 1_779_573_024_000 },
        { key: stagemole, at: 1_779_573_024_000 },
      ],
    });
    const edited = liveNote.replace("1432088532", "1432088531");
    expect(openNote(edited, [remora])).toEqual({ kind: "invalid_signature", key: remora });
  });

  it("is added to a note and found there with its time, to the second", () => {
    const line = cosign(live.body, witness, epochMs(1_679_315_147_999));
    const opened = openNote(note + line, [log.verifierKey, witness.verifierKey]);
    expect(opened).toMatchObject({
      signatures: [{ key: log.verifierKey }, { line, at: 1_679_315_147_000 }],
    });
  });

  it("does not pass for one of another time, of another text, or for a plain signature", () => {
    const line = cosign(live.body, witness, epochMs(1_679_315_147_000));
    const bytes = Buffer.from(line.split(" ")[2] ?? "", "base64");
    bytes.writeUInt8((bytes[11] ?? 0) ^ 1, 11);
    const otherTime = `— witness.example/w1 ${bytes.toString("base64")}\n`;
    const otherText = cosign(`${live.body}more\n`, witness, epochMs(0));
    const short = `— witness.example/w1 ${bytes.subarray(0, 68).toString("base64")}\n`;
    const wrong = [otherTime, otherText, short].map((one) =>
      openNote(note + one, [log.verifierKey, witness.verifierKey]),
    );
    expect(wrong.map(({ kind }) => kind)).toEqual(wrong.map(() => "invalid_signature"));
    const samePlainKey = createNoteSigner("witness.example/w1", go.seed).verifierKey;
    expect(openNote(note + line, [samePlainKey])).toEqual({ kind: "unverified" });
  });

  it("is made by a witness's key only, a plain signature by a log's only", () => {
    expect(() => cosign(live.body, log, epochMs(0))).toThrow(RangeError);
    expect(() => signNote(live.body, witness)).toThrow(RangeError);
  });

  it("of a checkpoint does not stand in for the log's own signature", () => {
    const cosigned = `${live.body}\n${cosign(live.body, witness, epochMs(0))}`;
    const origin = "arche2025h1.staging.ct.transparency.dev";
    const trusted = { origin, keys: [log.verifierKey] };
    expect(openCheckpoint(cosigned, trusted, [witness.verifierKey])).toEqual({
      kind: "refused",
      reason: "untrusted_signature",
    });
  });
});
