/**
 * Signed notes (c2sp.org/signed-note): a text, an empty line, and a line for each key that signed it.
 *
 * Of a text that no trusted key has signed nothing is told, so that nobody can use it by mistake. A cosignature
 * (c2sp.org/tlog-cosignature) is a signature line too: it covers the time of signing and then the text.
 */
import { sign, verify } from "node:crypto";
import { type EpochMs, epochMs } from "../vocabulary/brand.ts";
import { decodeBase64, isKeyName, type NoteSigner, type VerifierKey } from "./note-key.ts";

/** One line that verified. */
export interface NoteSignature {
  readonly key: VerifierKey;
  /** As it stands in the note, newline included. */
  readonly line: string;
  /** When a witness signed, to the second; undefined for a plain signature. */
  readonly at: EpochMs | undefined;
}

export type OpenedNote =
  | {
      readonly kind: "verified";
      readonly text: string;
      /** At least one, at most one of each key. */
      readonly signatures: readonly NoteSignature[];
    }
  | { readonly kind: "malformed" }
  /** A trusted key's name and id stand beside a signature that is not its own. */
  | { readonly kind: "invalid_signature"; readonly key: VerifierKey }
  | { readonly kind: "unverified" };

/** Notes are read from files, answers and topics of others. */
export const noteBytesMax = 1024 * 1024;
/** As golang.org/x/mod/sumdb/note has it; the specification asks for at least 16. */
const signaturesMax = 100;
const linePrefix = "— ";
const signatureBytes = 64;
const timeBytes = 8;

/** Throws a RangeError for a text that no note can carry. */
export function signNote(text: string, signer: NoteSigner): string {
  const { kind } = signer.verifierKey;
  if (kind !== "signature") throw new RangeError("a cosignature needs a time: use cosign");
  if (!isNoteText(text)) throw new RangeError("not a text that can be signed");
  return `${text}\n${signatureLine(signer, sign(null, Buffer.from(text), signer.privateKey))}`;
}

/** The line with which a witness states that at this time it held no later tree than the checkpoint in `text`. */
export function cosign(text: string, signer: NoteSigner, at: EpochMs): string {
  const { kind } = signer.verifierKey;
  if (kind !== "cosignature") throw new RangeError("not the key of a witness");
  if (!isNoteText(text)) throw new RangeError("not a text that can be signed");
  const seconds = BigInt(Math.floor(at / 1_000));
  const time = Buffer.alloc(timeBytes);
  time.writeBigUInt64BE(seconds);
  const signature = sign(null, cosignedMessage(text, seconds), signer.privateKey);
  return signatureLine(signer, Buffer.concat([time, signature]));
}

/** Lines of keys that are not among `trusted` are ignored, as the specification asks. */
export function openNote(note: string | Uint8Array, trusted: readonly VerifierKey[]): OpenedNote {
  const parsed = parseNote(note);
  if (parsed === undefined) return { kind: "malformed" };
  const { text, lines } = parsed;
  const signatures = new Map<VerifierKey, NoteSignature>();
  for (const line of lines) {
    const key = trusted.find(({ name, id }) => name === line.name && id === line.keyId);
    if (key === undefined) continue;
    const verified = verifyLine(text, key, line);
    if (verified === undefined) return { kind: "invalid_signature", key };
    if (!signatures.has(key)) signatures.set(key, verified);
  }
  if (signatures.size === 0) return { kind: "unverified" };
  return { kind: "verified", text, signatures: [...signatures.values()] };
}

interface SignatureLine {
  readonly line: string;
  readonly name: string;
  readonly keyId: string;
  readonly signature: Buffer;
}

interface ParsedNote {
  readonly text: string;
  readonly lines: readonly SignatureLine[];
}

function parseNote(bytesOrText: string | Uint8Array): ParsedNote | undefined {
  const note = decodeUtf8(bytesOrText);
  // The text may have empty lines of its own: the last one divides.
  const end = note?.lastIndexOf("\n\n") ?? -1;
  if (note === undefined || end < 0 || hasControl(note) || !note.endsWith("\n")) return undefined;
  const block = note.slice(end + 2, -1).split("\n", signaturesMax + 1);
  const lines = block.map(parseLine).filter((line) => line !== undefined);
  if (block.length > signaturesMax || lines.length !== block.length) return undefined;
  return { text: note.slice(0, end + 1), lines };
}

function parseLine(line: string): SignatureLine | undefined {
  const [name = "", encoded = "", ...rest] = line.slice(linePrefix.length).split(" ");
  const bytes = decodeBase64(encoded);
  if (!line.startsWith(linePrefix) || !isKeyName(name) || rest.length > 0) return undefined;
  if (bytes === undefined || bytes.length <= 4) return undefined;
  const keyId = bytes.toString("hex", 0, 4);
  return { line: `${line}\n`, name, keyId, signature: bytes.subarray(4) };
}

function verifyLine(
  text: string,
  key: VerifierKey,
  { line, signature }: SignatureLine,
): NoteSignature | undefined {
  switch (key.kind) {
    case "signature":
      return isSignature(Buffer.from(text), key, signature)
        ? { key, line, at: undefined }
        : undefined;
    case "cosignature": {
      if (signature.length !== timeBytes + signatureBytes) return undefined;
      const seconds = signature.readBigUInt64BE();
      const at = Number(seconds) * 1_000;
      const isRight = isSignature(
        cosignedMessage(text, seconds),
        key,
        signature.subarray(timeBytes),
      );
      return isRight && Number.isSafeInteger(at) ? { key, line, at: epochMs(at) } : undefined;
    }
  }
}

const isSignature = (message: Buffer, { publicKey }: VerifierKey, signature: Buffer): boolean =>
  signature.length === signatureBytes && verify(null, message, publicKey, signature);

const cosignedMessage = (text: string, seconds: bigint): Buffer =>
  Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);

function signatureLine({ verifierKey: { name, id } }: NoteSigner, signature: Buffer): string {
  const bytes = Buffer.concat([Buffer.from(id, "hex"), signature]);
  return `${linePrefix}${name} ${bytes.toString("base64")}\n`;
}

const isNoteText = (text: string): boolean =>
  text.endsWith("\n") && !hasControl(text) && decodeUtf8(text) !== undefined;

/** ASCII control characters but the newline. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the specification forbids.
const hasControl = (text: string): boolean => /[\x00-\x09\x0b-\x1f]/.test(text);

/** Undefined for what is too long or has no UTF-8. */
function decodeUtf8(text: string | Uint8Array): string | undefined {
  if (text.length > noteBytesMax) return undefined;
  const bytes = Buffer.from(text);
  const decoded = bytes.toString("utf8");
  // What cannot be decoded or encoded became U+FFFD on the way.
  const isExact = typeof text === "string" ? decoded === text : Buffer.from(decoded).equals(bytes);
  return isExact && bytes.length <= noteBytesMax ? decoded : undefined;
}
