/**
 * The synthetic identifier of subject number `index`: a function, not a table, so that millions of
 * subjects cost no memory.
 *
 * Phone numbers lie in the North American exchange 555 (first the lines 0100 to 0199, which are reserved
 * for fiction, then its other lines, which reach no subscriber), e-mail addresses under the reserved
 * `.example` and example.com, example.net, example.org.
 */
import type { SubjectType } from "../vocabulary/event.ts";
import { scatter32 } from "./random.ts";

/** Subjects that have distinct identifiers. */
export const identitiesMax = 6_000_000;

const areaCodes = 640;
const reservedLines = 100;
const otherLines = 9_800;
const syllables = ["ba", "ve", "lo", "mi", "ran", "tis", "kor", "un", "fel", "dor", "ja", "sel"];
const domains = ["mail.example", "post.example", "inbox.example", "example.com", "example.net"];

export interface Identifier {
  readonly type: SubjectType;
  readonly id: string;
}

/** `index` on [0, identitiesMax); two indices never share an identifier. */
export function identifierOf(index: number): Identifier {
  const bits = scatter32(index);
  const share = bits % 100;
  if (share < 55) return { type: "phone", id: phoneOf(index) };
  if (share < 80) return { type: "email", id: emailOf(index, bits) };
  if (share < 92) return { type: "account", id: `AC${45_000_000 + index}` };
  return { type: "username", id: `${nameOf(bits >>> 3)}${index}` };
}

/**
 * The identifier with something mistyped, as happens in a hurry. What comes out is nobody's: area codes
 * N9X, accounts from 90,000,000 on, and another name with the same number belong to no subject.
 */
export function mistyped({ type, id }: Identifier, bits: number): Identifier {
  if (type === "phone") return { type, id: `${id.slice(0, 3)}9${id.slice(4)}` };
  if (type === "account") return { type, id: `AC9${id.slice(3)}` };
  return { type, id: `${nameOf(bits)}x${id.slice(id.search(/\d/))}` };
}

/** Multiplying by a prime that divides neither range spreads neighbours over the whole range. */
const spreadPrime = 48_271;

function phoneOf(index: number): string {
  const reserved = areaCodes * reservedLines;
  if (index < reserved) {
    const place = (index * spreadPrime) % reserved;
    return phoneText(Math.floor(place / reservedLines), 100 + (place % reservedLines));
  }
  const place = ((index - reserved) * spreadPrime) % (areaCodes * otherLines);
  return phoneText(Math.floor(place / otherLines), 200 + (place % otherLines));
}

/** Area codes 2XX to 9XX without N1X (service codes) and N9X (reserved for growth). */
function phoneText(area: number, line: number): string {
  const first = 2 + Math.floor(area / 80);
  const second = Math.floor((area % 80) / 10);
  return `+1${first}${second === 0 ? 0 : second + 1}${area % 10}555${String(line).padStart(4, "0")}`;
}

function emailOf(index: number, bits: number): string {
  const name = nameOf(bits >>> 5);
  const written = bits % 53 === 0 ? `${name.slice(0, 1).toUpperCase()}${name.slice(1)}` : name;
  return `${written}${index}@${domains[(bits >>> 9) % domains.length]}`;
}

function nameOf(bits: number): string {
  const part = (shift: number) => syllables[(bits >>> shift) % syllables.length];
  return `${part(0)}${part(4)}${part(9)}`;
}
