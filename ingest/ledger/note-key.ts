/**
 * Keys of signed notes (c2sp.org/signed-note): Ed25519 under a name, either for plain signatures or for the
 * timestamped cosignatures of witnesses (c2sp.org/tlog-cosignature).
 *
 * The id of a key is short and only finds the key in a list; what protects is that the list is trusted.
 */
import { createPrivateKey, createPublicKey, hash, type KeyObject } from "node:crypto";

/** What a key's signatures are: over the text itself, or over the text and the time of signing. */
export type NoteKeyKind = "signature" | "cosignature";

/** The public half. */
export interface VerifierKey {
  readonly name: string;
  /** 8 hex digits: the first four bytes of SHA-256(name ‖ "\n" ‖ type ‖ public key). */
  readonly id: string;
  readonly kind: NoteKeyKind;
  readonly publicKey: KeyObject;
  /** `name+id+base64(type ‖ public key)`: how the key is handed to others. */
  readonly text: string;
}

/** Both halves; the private one stays inside node:crypto. */
export interface NoteSigner {
  readonly verifierKey: VerifierKey;
  readonly privateKey: KeyObject;
}

const keyBytes = 32;
const idBytes = 4;
/** Longer than any URL that a person would take for a name. */
const keyTextLengthMax = 2_048;
/** The algorithm's fixed DER before the 32 key bytes, RFC 8410 §10.1 and §10.3. */
const publicPrefix = Buffer.from("302a300506032b6570032100", "hex");
const privatePrefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** Throws a RangeError for a name that no note may carry or a seed that is not 32 bytes. */
export function createNoteSigner(
  name: string,
  seed: Uint8Array,
  kind: NoteKeyKind = "signature",
): NoteSigner {
  if (!isKeyName(name))
    throw new RangeError("a key name is not empty and has no space and no plus");
  if (seed.length !== keyBytes) throw new RangeError("the seed of a key has 32 bytes");
  const key = Buffer.concat([privatePrefix, seed]);
  const privateKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, verifierKey: verifierKeyOf(name, kind, spki.subarray(publicPrefix.length)) };
}

/** Undefined for anything but a key in its one right spelling whose id fits. */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  if (text.length > keyTextLengthMax) return undefined;
  // The base64 may hold a plus of its own; the name cannot.
  const [, name = "", encoded = ""] = /^([^+]+)\+[0-9a-f]{8}\+(.+)$/su.exec(text) ?? [];
  const bytes = decodeBase64(encoded);
  const kind = kindOf(bytes?.[0]);
  if (!isKeyName(name) || kind === undefined || bytes?.length !== 1 + keyBytes) return undefined;
  const key = verifierKeyOf(name, kind, bytes.subarray(1));
  return key.text === text ? key : undefined;
}

/** Not empty, no Unicode space, no plus, no control character. */
export const isKeyName = (name: string): boolean =>
  /^[^\p{White_Space}\p{Cc}\p{Cs}+]+$/u.test(name);

/** Undefined for anything but the one right spelling of RFC 4648 §4, padding included. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

function verifierKeyOf(name: string, kind: NoteKeyKind, key: Buffer): VerifierKey {
  const typed = Buffer.concat([Buffer.of(typeOf(kind)), key]);
  const digest = hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), typed]), "buffer");
  const id = digest.subarray(0, idBytes).toString("hex");
  const spki = Buffer.concat([publicPrefix, key]);
  const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
  return { name, id, kind, publicKey, text: `${name}+${id}+${typed.toString("base64")}` };
}

/** The signature type identifier byte. */
function typeOf(kind: NoteKeyKind): number {
  switch (kind) {
    case "signature":
      return 0x01;
    case "cosignature":
      return 0x04;
  }
}

function kindOf(type: number | undefined): NoteKeyKind | undefined {
  if (type === 0x01) return "signature";
  return type === 0x04 ? "cosignature" : undefined;
}
