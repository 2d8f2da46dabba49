/**
 * From an Authorization header to who is asking.
 *
 * All keys are held in memory for `keyCacheMsMax`, so a request costs one SHA-256 and a guess costs the store
 * nothing. A revocation or a new key therefore takes effect within that time in every process.
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

export function createAuthenticator(deps: AuthenticatorDeps): Authenticate {
  const keyOf = createKeyCache(deps);
  return async (header) => {
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

/** At most one load runs at a time; requests that arrive meanwhile wait for it. */
function createKeyCache({ loadKeys, clock }: Pick<AuthenticatorDeps, "loadKeys" | "clock">) {
  let loadedAt = Number.NEGATIVE_INFINITY;
  let keys: ReadonlyMap<string, StoredKey> = new Map();
  let loading: Promise<void> | undefined;
  const load = async (): Promise<void> => {
    const startedAt = clock.now();
    const found = await loadKeys();
    keys = new Map(found.map((key) => [key.keyId, key]));
    loadedAt = startedAt;
  };
  return async (keyId: string): Promise<StoredKey | undefined> => {
    // A clock that was set back must not keep old keys alive.
    if (Math.abs(clock.now() - loadedAt) >= keyCacheMsMax) {
      loading ??= load().finally(() => {
        loading = undefined;
      });
      await loading;
    }
    return keys.get(keyId);
  };
}
