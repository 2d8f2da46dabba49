/**
 * The p of a discrete count as what it is: not one number but all between P(X > x) and P(X ≥ x), each as likely, so
 * that it is exactly uniform under the model. Geyer and Meeden 2005, fuzzy p-values; one value drawn from it is the
 * randomised p.
 */
export interface FuzzyP {
  /** 0 ≤ `low` ≤ `high` ≤ 1. */
  readonly low: number;
  readonly high: number;
}

/** Relative width below which only one value is left: differences of moments would be noise. */
const narrowest = 1e-9;

/** A p that is one number. */
export const certain = (p: number): FuzzyP => ({ low: p, high: p });

export const isCertain = ({ low, high }: FuzzyP): boolean => high - low <= narrowest * high;

/** Share of its values between `from` and `to`, 0 to 1; `to` itself belongs to them only where it is 1. */
export function shareWithin(p: FuzzyP, from: number, to: number): number {
  const { low, high } = p;
  if (isCertain(p)) return high >= from && (high < to || to >= 1) ? 1 : 0;
  return Math.max(0, Math.min(high, to) - Math.max(low, from)) / (high - low);
}

/** −ln of the randomised p that the lot `u`, 0 < u < 1, draws. Nats. */
export const randomisedSurprise = ({ low, high }: FuzzyP, u: number): number =>
  -Math.log(low + u * (high - low));
