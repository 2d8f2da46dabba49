/**
 * From an Authorization header to who is asking.
 *
 * All keys are held in memory for `keyCacheMsMax`, so a request costs one SHA-256 and a guess costs the store
 * nothing. A revocation or a new key therefore takes effect within that time in every process, and at once in the
 * one that made it.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../ingest/runtime/clock.ts";
import { hashSecret, type StoredKey, splitKey } from "./keys.ts";
import type { Principal } from "./role.ts";

/** Longest that a change of a key stays unnoticed. */
export const keyCacheMsMax = 2_000;

export type Authentication =
  | { readonly kind: "principal"; readonly principal: Principal }
  /** No bearer credentials at all. */
  | { readonly kind: "missing" }
  /** Credentials that are malformed, unknown, expired or revoked: which of these is not told. */
  | { readonly kind: "refused" };

export interface AuthenticatorDeps {
  readonly loadKeys: () => Promise<readonly StoredKey[]>;
  readonly clock: Clock;
  /** An admin key of any shape that needs no store; empty: none. */
  readonly bootstrapApiKey: string;
}

/** Rejects only when the keys cannot be read; the bootstrap key works even then. */
export type Authenticate = (header: string | undefined) => Promise<Authentication>;

export interface Authenticator {
  readonly authenticate: Authenticate;
  /** A key was made or revoked: whoever asks from now on is judged by what is stored then. */
  readonly keysChanged: () => void;
}

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const { keyOf, keysChanged } = createKeyCache(deps);
  const authenticate: Authenticate = async (header) => {
    if (header === undefined || header === "") return { kind: "missing" };
    const [, presented] = /^Bearer +([\x21-\x7e]{1,512}) *$/i.exec(header) ?? [];
    if (presented === undefined) return { kind: "refused" };
    if (isBootstrap(presented, deps.bootstrapApiKey)) {
      return { kind: "principal", principal: { id: "bootstrap", role: "admin" } };
    }
    const parts = splitKey(presented);
    if (parts === undefined) return { kind: "refused" };
    return judge(await keyOf(parts.keyId), parts.secret, deps.clock.now());
  };
  return { authenticate, keysChanged };
}

const isBootstrap = (presented: string, bootstrapApiKey: string): boolean =>
  bootstrapApiKey !== "" && sameText(presented, bootstrapApiKey);

/** Hashing first makes the lengths equal, so that the comparison takes the same time for every text. */
function sameText(presented: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(presented), digest(expected));
}

function judge(key: StoredKey | undefined, secret: string, now: number): Authentication {
  const presented = hashSecret(secret);
  const expected = Buffer.from(key?.secretHash ?? "0".repeat(64), "hex");
  const matches = timingSafeEqual(presented, expected);
  if (key === undefined || !matches || key.revokedAt !== null) return { kind: "refused" };
  if (key.expiresAt !== null && key.expiresAt <= now) return { kind: "refused" };
  return { kind: "principal", principal: { id: `key:${key.keyId}`, role: key.role } };
}

/** At most one load of the same state runs at a time; requests that arrive meanwhile wait for it. */
function createKeyCache({ loadKeys, clock }: Pick<AuthenticatorDeps, "loadKeys" | "clock">) {
  let changes = 0;
  let loaded = { changes, at: Number.NEGATIVE_INFINITY };
  let keys: ReadonlyMap<string, StoredKey> = new Map();
  let loading: Promise<void> | undefined;
  const load = async (): Promise<void> => {
    const begun = { changes, at: clock.now() };
    const found = await loadKeys();
    // A load that began before a change must not undo one that began after it.
    if (begun.changes < loaded.changes) return;
    keys = new Map(found.map((key) => [key.keyId, key]));
    loaded = begun;
  };
  const begin = (): Promise<void> => {
    const begun = load().finally(() => {
      if (loading === begun) loading = undefined;
    });
    return begun;
  };
  // A clock that was set back must not keep old keys alive.
  const isOld = (): boolean =>
    loaded.changes < changes || Math.abs(clock.now() - loaded.at) >= keyCacheMsMax;
  return {
    keysChanged: (): void => {
      changes += 1;
      loading = undefined;
    },
    keyOf: async (keyId: string): Promise<StoredKey | undefined> => {
      if (isOld()) {
        loading ??= begin();
        await loading;
      }
      return keys.get(keyId);
    },
  };
}
