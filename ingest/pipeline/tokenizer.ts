/**
 * Subjects by pseudonym: token = HMAC-SHA256(key, type + NUL + canonical id), cut to 128 bits, as UUID text.
 *
 * The tenant is not part of it: one person is one token whichever organisation asks.
 */
import { createHmac } from "node:crypto";
import { type SubjectToken, subjectToken } from "../vocabulary/brand.ts";
import type { SubjectType } from "../vocabulary/event.ts";
import type { Identity } from "../vocabulary/outcome.ts";
import { canonicalId } from "./canonical-id.ts";
import type { VersionedKey } from "./key.ts";
import { createRecentMap } from "./recent-map.ts";

export interface Tokenizer {
  /** The identity behind a raw identifier as the wire wrote it. */
  readonly identify: (type: SubjectType, id: string) => Identity;
}

/** Identities kept per type so that a token is computed once; up to twice as many, about 0.4 kB each. */
const identitiesMax = 50_000;

export function createTokenizer(key: Pick<VersionedKey, "bytes">): Tokenizer {
  const knownBy = {
    phone: createRecentMap<string, Identity>(identitiesMax),
    email: createRecentMap<string, Identity>(identitiesMax),
    username: createRecentMap<string, Identity>(identitiesMax),
    account: createRecentMap<string, Identity>(identitiesMax),
  } as const satisfies Readonly<Record<SubjectType, unknown>>;
  return {
    identify: (type, id) => {
      const known = knownBy[type];
      const found = known.get(id);
      if (found !== undefined) return found;
      const canonical = canonicalId(type, id);
      const identity = { token: tokenOf(key.bytes, type, canonical), type, canonicalId: canonical };
      known.set(id, identity);
      return identity;
    },
  };
}

function tokenOf(key: Buffer, type: SubjectType, canonical: string): SubjectToken {
  const hex = createHmac("sha256", key).update(`${type}\0${canonical}`).digest("hex");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return subjectToken(`${parts.join("-")}-${hex.slice(20, 32)}`);
}
