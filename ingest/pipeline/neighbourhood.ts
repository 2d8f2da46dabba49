/**
 * Which tens of numbers an identifier stands in, as a pseudonym of 16 bits: all that detection learns of how near two
 * identifiers are to each other, made before tokens take their place.
 *
 * HMAC-SHA256(key, "neighbourhood" + NUL + agent + NUL + type + NUL + canonical id without its last digit). The agent
 * is part of it, so that only what one agent opened can be compared; and 16 bits are shared by chance by one pair of
 * subjects in 65,535, so that sharing them proves nothing of either.
 */
import { createHmac } from "node:crypto";
import type { AgentId } from "../vocabulary/brand.ts";
import type { SubjectType } from "../vocabulary/event.ts";
import type { Identity } from "../vocabulary/outcome.ts";
import type { VersionedKey } from "./key.ts";
import { createRecentMap } from "./recent-map.ts";

export interface Neighbourhoods {
  /** From 1 to 65,535; undefined: the identifier ends in no number. */
  readonly of: (agent: AgentId, identity: Omit<Identity, "token">) => number | undefined;
}

/** Pseudonyms kept so that each is computed once; up to twice as many, about 0.2 kB each. */
const neighbourhoodsMax = 25_000;
const places = 65_535;

export function createNeighbourhoods({ bytes }: Pick<VersionedKey, "bytes">): Neighbourhoods {
  const known = createRecentMap<string, number>(neighbourhoodsMax);
  return {
    of: (agent, { type, canonicalId }) => {
      const stem = stemOf(type, canonicalId);
      if (stem === undefined) return undefined;
      const text = `neighbourhood\0${agent}\0${type}\0${stem}`;
      const found = known.get(text);
      if (found !== undefined) return found;
      const digest = createHmac("sha256", bytes).update(text).digest();
      const made = 1 + (digest.readUInt32BE() % places);
      known.set(text, made);
      return made;
    },
  };
}

/** What all ten identifiers have in common; of an address the number that its local part ends in counts. */
function stemOf(type: SubjectType, canonical: string): string | undefined {
  const at = type === "email" ? canonical.lastIndexOf("@") : -1;
  const end = at < 0 ? canonical.length : at;
  if (!isDigit(canonical.charCodeAt(end - 1))) return undefined;
  return canonical.slice(0, end - 1) + canonical.slice(end);
}

const zero = 48;
const nine = 57;
const isDigit = (code: number): boolean => code >= zero && code <= nine;
