/**
 * Sealing of what must stay readable only on purpose: raw identifiers and the bytes of dead letters.
 *
 * Each subject has a random key of its own, wrapped by a key derived from the master key: dropping the wrapped
 * key erases the identifier for good and leaves every token as it was. What a sealed text belongs to is
 * authenticated with it, so that one cannot be passed off as another's.
 *
 * An identifier is sealed by AES-128-GCM. As its key seals nothing else, the nonce is a constant and not stored.
 * The key, 16 random bytes, is wrapped as one block of AES-256: to whoever lacks the master key, a permutation of
 * random values tells nothing of them, and an altered one shows when the identifier does not open. Together they
 * take half of what a nonce and a tag of their own would make of them, and most subjects are seen only a few
 * times. Dead letters are sealed by AES-256-GCM with a key derived from the master key.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from "node:crypto";
import type { SubjectToken } from "../vocabulary/brand.ts";
import type { Position } from "../vocabulary/outcome.ts";
import { deriveKey, KeyError, type VersionedKey } from "./key.ts";

export interface SealedIdentity {
  /** Base64, like `wrappedKey`. */
  readonly sealedId: string;
  readonly wrappedKey: string;
  readonly masterKeyVersion: number;
}

export interface Sealer {
  readonly sealIdentity: (token: SubjectToken, canonicalId: string) => SealedIdentity;
  /** Throws `SealError` when anything was altered, `KeyError` when the master key's version is absent. */
  readonly openIdentity: (token: SubjectToken, sealed: SealedIdentity) => string;
  /** `<master key version>:<base64>`. */
  readonly sealBytes: (position: Position, bytes: Buffer) => string;
  /** As `openIdentity`. */
  readonly openBytes: (position: Position, sealed: string) => Buffer;
}

/** A sealed text that does not open: altered, cut, or sealed for something else. */
export class SealError extends Error {
  readonly code = "seal.broken";
  constructor() {
    super("a sealed value does not open: it was altered or belongs elsewhere");
    this.name = "SealError";
  }
}

const cipher = "aes-256-gcm";
const subjectCipher = "aes-128-gcm";
const subjectKeyBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
/** For keys that seal one text and no other. */
const onlyNonce = Buffer.alloc(nonceBytes);

/** `keys`: the current master key first, older ones after it. */
export function createSealer(keys: readonly VersionedKey[]): Sealer {
  const [current] = keys;
  if (current === undefined) throw new KeyError("DESKWATCH_MASTER_KEY", "is not set");
  const random = createRandomPool();
  const byVersion = new Map(keys.map(({ version, bytes }) => [version, keysFrom(bytes)]));
  const sealing = keysFrom(current.bytes);
  const keysOf = (version: number) => {
    const found = byVersion.get(version);
    if (found !== undefined) return found;
    throw new KeyError("DESKWATCH_MASTER_KEY", `version ${version} is needed and not given`);
  };
  return {
    sealIdentity: (token, canonicalId) => {
      const key = random(subjectKeyBytes);
      const plain = Buffer.from(canonicalId, "utf8");
      const sealedId = seal({ cipher: subjectCipher, key, nonce: onlyNonce }, plain, `id:${token}`);
      return {
        sealedId: sealedId.toString("base64"),
        wrappedKey: sealing.wrap(key).toString("base64"),
        masterKeyVersion: current.version,
      };
    },
    openIdentity: (token, { sealedId, wrappedKey, masterKeyVersion }) => {
      const keys = keysOf(masterKeyVersion);
      const sealed = Buffer.from(sealedId, "base64");
      const wrapped = Buffer.from(wrappedKey, "base64");
      const plain =
        wrapped.length === subjectKeyBytes
          ? open(
              { cipher: subjectCipher, key: keys.unwrap(wrapped), nonce: onlyNonce },
              sealed,
              `id:${token}`,
            )
          : openEarlier(keys.wrapping, { token, sealed, wrapped });
      return plain.toString("utf8");
    },
    sealBytes: (position, bytes) => {
      const nonce = random(nonceBytes);
      const sealed = seal({ cipher, key: sealing.letters, nonce }, bytes, placeOf(position));
      return `${current.version}:${Buffer.concat([nonce, sealed]).toString("base64")}`;
    },
    openBytes: (position, sealed) => {
      const colon = sealed.indexOf(":");
      const { letters } = keysOf(Number(sealed.slice(0, colon)));
      const bytes = Buffer.from(sealed.slice(colon + 1), "base64");
      return openWithNonce(letters, bytes, placeOf(position));
    },
  };
}

function keysFrom(master: Buffer) {
  const wrapping = deriveKey(master, "subject keys");
  // Without padding and chaining, each call is one block, and the same object serves for all of them.
  const wrap = createCipheriv("aes-256-ecb", wrapping, null).setAutoPadding(false);
  const unwrap = createDecipheriv("aes-256-ecb", wrapping, null).setAutoPadding(false);
  return {
    wrapping,
    letters: deriveKey(master, "dead letters"),
    wrap: (key: Buffer) => wrap.update(key),
    unwrap: (wrapped: Buffer) => unwrap.update(wrapped),
  };
}

interface Earlier {
  readonly token: SubjectToken;
  readonly sealed: Buffer;
  readonly wrapped: Buffer;
}

/** As earlier versions sealed: AES-256-GCM for the identifier and for its key, each behind its nonce. */
function openEarlier(wrapping: Buffer, { token, sealed, wrapped }: Earlier): Buffer {
  const key = openWithNonce(wrapping, wrapped, `key:${token}`);
  return openWithNonce(key, sealed, `id:${token}`);
}

const openWithNonce = (key: Buffer, bytes: Buffer, context: string): Buffer =>
  open({ cipher, key, nonce: bytes.subarray(0, nonceBytes) }, bytes.subarray(nonceBytes), context);

const poolBytes = 16 * 1024;

/**
 * Random bytes drawn in bulk: a call for 12 bytes costs 3 µs, drawn from a pool a tenth of that. What was
 * given out is never given again.
 */
function createRandomPool(): (bytes: number) => Buffer {
  let pool = Buffer.alloc(0);
  return (bytes) => {
    if (pool.length < bytes) pool = randomFillSync(Buffer.alloc(poolBytes));
    const drawn = pool.subarray(0, bytes);
    pool = pool.subarray(bytes);
    return drawn;
  };
}

const placeOf = ({ source, partition, offset }: Position): string =>
  `letter:${source}:${partition}:${offset}`;

interface Lock {
  readonly cipher: typeof cipher | typeof subjectCipher;
  readonly key: Buffer;
  /** Random: 2^32 uses of one key stay safe. Or constant, and the key is used once. */
  readonly nonce: Buffer;
}

/** Ciphertext and tag. */
function seal({ cipher, key, nonce }: Lock, plain: Buffer, context: string): Buffer {
  const sealing = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(context, "utf8"));
  return Buffer.concat([sealing.update(plain), sealing.final(), sealing.getAuthTag()]);
}

function open({ cipher, key, nonce }: Lock, sealed: Buffer, context: string): Buffer {
  try {
    const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
    opening.setAAD(Buffer.from(context, "utf8"));
    opening.setAuthTag(sealed.subarray(sealed.length - tagBytes));
    return Buffer.concat([opening.update(sealed.subarray(0, -tagBytes)), opening.final()]);
  } catch (cause) {
    throw Object.assign(new SealError(), { cause });
  }
}
