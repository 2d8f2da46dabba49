/** The keys that come from configuration: `<version>:<base64 of 32 bytes>`. */

/** A key that cannot be used. The message names the setting and what is wrong, never the key. */
export class KeyError extends Error {
  readonly code = "keys.invalid";
  constructor(setting: string, problem: string) {
    super(
      `${setting}: ${problem}; expected <version>:<base64 of 32 random bytes>, e.g. made by` +
        ` \`echo "1:$(openssl rand -base64 32)"\``,
    );
    this.name = "KeyError";
  }
}

export interface VersionedKey {
  /** 1 to 65,535. */
  readonly version: number;
  readonly bytes: Buffer;
}

const keyBytes = 32;
const versionMax = 65_535;

/** `setting` is the name of the variable, for the error. Throws `KeyError`. */
export function parseKey(setting: string, text: string): VersionedKey {
  if (text === "") throw new KeyError(setting, "is not set");
  const colon = text.indexOf(":");
  const version = Number(text.slice(0, colon));
  if (colon < 1 || !/^\d+$/.test(text.slice(0, colon)) || version < 1 || version > versionMax) {
    throw new KeyError(setting, `needs a version from 1 to ${versionMax} before the colon`);
  }
  const encoded = text.slice(colon + 1).trim();
  const bytes = Buffer.from(encoded, "base64");
  if (!/^[A-Za-z0-9+/]+=*$/.test(encoded) || bytes.length !== keyBytes) {
    throw new KeyError(setting, `needs ${keyBytes} bytes in base64 after the colon`);
  }
  return { version, bytes };
}

/** The current key and, after commas, older ones that only open what they once sealed. */
export function parseKeyRing(setting: string, text: string): readonly VersionedKey[] {
  const keys = text.split(",").map((part) => parseKey(setting, part.trim()));
  if (new Set(keys.map(({ version }) => version)).size < keys.length) {
    throw new KeyError(setting, "has a version twice");
  }
  return keys;
}
