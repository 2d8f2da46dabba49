/**
 * One spelling per identifier: the same person must get the same token whoever wrote the number down.
 *
 * What cannot be known is not guessed: a national number without a country code stays as it is.
 */
import { assertNever } from "../vocabulary/assert-never.ts";
import type { SubjectType } from "../vocabulary/event.ts";

/** Blanks, dots, dashes of all kinds, brackets and slashes that people put into numbers. */
const phoneSeparators = /[\s.\-\u2010-\u2015()/\u200e\u200f\u202a-\u202e]/g;
/** The national trunk zero that is not dialled after a country code: +44 (0)20 … */
const trunkZero = /^(\s*(?:\+|00)\s*\d{1,3}\s*)\(0\)/;
const beyondAscii = /[^\0-\x7f]/;

export function canonicalId(type: SubjectType, id: string): string {
  switch (type) {
    case "phone":
      return canonicalPhone(id);
    case "email":
    case "username":
      return composed(id).trim().toLowerCase();
    case "account":
      return composed(id).trim();
    default:
      return assertNever(type);
  }
}

/** E.164 where the country code is given: no separators, a leading 00 as +. */
function canonicalPhone(id: string): string {
  const plain = (beyondAscii.test(id) ? id.normalize("NFKC") : id).replace(trunkZero, "$1");
  const digits = plain.replace(phoneSeparators, "");
  if (digits === "") return id.trim();
  return digits.startsWith("00") ? `+${digits.slice(2)}` : digits;
}

const composed = (id: string): string => (beyondAscii.test(id) ? id.normalize("NFC") : id);
