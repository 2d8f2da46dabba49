/**
 * The keys that come from configuration: `<version>:<32 bytes in base64 or hex>`; without a version it is 1.
 */

import { hkdfSync } from "node:crypto";

/** A key that cannot be used. The message names the setting and what is wrong, never the key. */
export class KeyError extends Error {
  readonly code = "keys.invalid";
  constructor(setting: string, problem: string) {
    super(
      `${setting}: ${problem}; expected <version>:<32 random bytes in base64 or hex>, e.g. made by` +
        ` \`echo "1:$(openssl rand -base64 32)"\``,
    );
    this.name = "KeyError";
  }
}

/** A fit key, but not the one by which the store was begun. */
export class OtherKeyError extends Error {
  readonly code = "keys.other";
  constructor(problems: readonly string[]) {
    super(problems.join("; "));
    this.name = "OtherKeyError";
  }
}

const keyBytes = 32;

/** An independent key for one use of a master key (HKDF-SHA256, RFC 5869). */
export const deriveKey = (master: Buffer, use: string): Buffer =>
  Buffer.from(hkdfSync("sha256", master, "", `deskwatch ${use}`, keyBytes));

/** Tells two keys apart and nothing of either: 64 hex digits. */
export const fingerprintOf = ({ bytes }: Pick<VersionedKey, "bytes">): string =>
  deriveKey(bytes, "key fingerprint").toString("hex");

export interface VersionedKey {
  /** 1 to 65,535. */
  readonly version: number;
  readonly bytes: Buffer;
}

const versionMax = 65_535;

/** `setting` is the name of the variable, for the error. Throws `KeyError`. */
export function parseKey(setting: string, text: string): VersionedKey {
  if (text === "") throw new KeyError(setting, "is not set");
  const colon = text.indexOf(":");
  const version = colon === -1 ? "1" : text.slice(0, colon);
  if (!/^\d+$/.test(version) || Number(version) < 1 || Number(version) > versionMax) {
    throw new KeyError(setting, `needs a version from 1 to ${versionMax} before the colon`);
  }
  const bytes = decoded(text.slice(colon + 1).trim());
  if (bytes.length !== keyBytes) {
    throw new KeyError(setting, `needs ${keyBytes} bytes in base64 or hex`);
  }
  return { version: Number(version), bytes };
}

/** Empty when it is neither; 64 hex digits are hex, although base64 could spell them, too. */
function decoded(text: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  return Buffer.from(/^[A-Za-z0-9+/_-]+=*$/.test(text) ? text : "", "base64");
}

/** The current key first. */
export type KeyRing = readonly [VersionedKey, ...VersionedKey[]];

/** The current key and, after commas, older ones that only open what they once sealed. */
export function parseKeyRing(setting: string, text: string): KeyRing {
  const [current = "", ...older] = text.split(",");
  const parse = (part: string): VersionedKey => parseKey(setting, part.trim());
  const keys: KeyRing = [parse(current), ...older.map(parse)];
  if (new Set(keys.map(({ version }) => version)).size < keys.length) {
    throw new KeyError(setting, "has a version twice");
  }
  return keys;
}
