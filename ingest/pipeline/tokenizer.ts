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
import { createNeighbourhoods, type Neighbourhoods } from "./neighbourhood.ts";
import { createRecentMap } from "./recent-map.ts";

export interface Tokenizer {
  /** The identity behind a raw identifier as the wire wrote it. */
  readonly identify: (type: SubjectType, id: string) => Identity;
  /** Which tens of numbers the identity stands in for this agent; undefined: its identifier ends in no number. */
  readonly neighbourhood: Neighbourhoods["of"];
}

/** Identities kept so that a token is computed once; up to twice as many, about 0.3 kB each. */
const identitiesMax = 50_000;

export function createTokenizer(key: Pick<VersionedKey, "bytes">): Tokenizer {
  const known = createRecentMap<string, Identity>(identitiesMax);
  return {
    neighbourhood: createNeighbourhoods(key).of,
    identify: (type, id) => {
      const found = known.get(id);
      if (found?.type === type) return found;
      const canonical = canonicalId(type, id);
      const identity = { token: tokenOf(key.bytes, type, canonical), type, canonicalId: canonical };
      // An id that is of two types is computed anew whenever the type changes.
      known.set(id, identity);
      return identity;
    },
  };
}

/** Of the digest, as a UUID groups its bytes. */
const parts = [
  [0, 4],
  [4, 6],
  [6, 8],
  [8, 10],
  [10, 16],
] as const;
const tokenLength = 36;

function tokenOf(key: Buffer, type: SubjectType, canonical: string): SubjectToken {
  const digest = createHmac("sha256", key).update(`${type}\0${canonical}`).digest();
  // Written into one text: one that was put together or cut out would keep its parts alive.
  const text = Buffer.allocUnsafe(tokenLength);
  let at = 0;
  for (const [from, to] of parts) {
    at += text.write(digest.toString("hex", from, to), at, "latin1");
    if (at < text.length) at += text.write("-", at, "latin1");
  }
  return subjectToken(text.toString("latin1"));
}
