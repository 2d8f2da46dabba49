/** How surprising a count is: s = −ln p, in nats. Two readings of one tail for two uses. */
import type { FuzzyP } from "./fuzzy-p.ts";
import { type CountModel, logUpperTail } from "./negative-binomial.ts";

/** −ln P(X ≥ count): conservative, the only one fit for a threshold. */
export function surprise(count: number, model: CountModel): number {
  return -logUpperTail(count, model);
}

/** Exactly uniform under the model although counts are discrete, so the right one to measure calibration on. */
export const fuzzyPOf = (count: number, model: CountModel): FuzzyP => ({
  low: Math.exp(logUpperTail(count + 1, model)),
  high: Math.exp(logUpperTail(count, model)),
});
