/** The tails of fused evidence as the population shows them: what is expected before, and how they are learnt. */

import {
  type ExceedanceTail,
  emptyTail,
  fitTail,
  learnTail,
  type TailPrior,
} from "../stats/exceedance-tail.ts";
import { priorSpell } from "./budget.ts";
import type { Process } from "./dimension.ts";
import { type Fusion, type FusionFits, type Tail, tailValues } from "./evidence.ts";

/**
 * A surprise whose p-value is expected to be a little too small. What is −ln of a valid p, or of several taken
 * together, falls off as e^-s or slower; a sample that seems to fall off faster has only seen few, or has more of its
 * tail beyond what it learns.
 */
const surprisePrior = (level: number, rate: number, excess: number): TailPrior => ({
  level,
  windows: 100,
  rate,
  excess,
  square: 2.3 * excess * excess,
  isExponential: true,
  scaleMin: 1,
});
/**
 * Fused evidence above 1 wins; by Markov few windows do, and ln M falls off about exponentially. The better of
 * two p-values at worst doubles.
 */
const tailPriors: Readonly<Record<Tail, TailPrior>> = {
  fused: {
    level: 0,
    windows: 100,
    rate: 0.03,
    excess: 1.2,
    square: 2.6 * 1.2 * 1.2,
    isExponential: true,
  },
  presence: surprisePrior(Math.LN10, 0.1, 1.3),
  amount: surprisePrior(Math.LN10, 0.1, 1.3),
  reason: surprisePrior(Math.LN10, 0.1, 1.3),
  conduct: surprisePrior(Math.LN10, 0.1, 1.3),
  joint: surprisePrior(3, 0.05, 1.2),
  best: surprisePrior(3, 0.08, 1.1),
};

export type FusionTails = Readonly<Record<Tail, ExceedanceTail>>;

function perTail<Value>(of: (tail: Tail) => Value): Record<Tail, Value> {
  return {
    fused: of("fused"),
    presence: of("presence"),
    amount: of("amount"),
    reason: of("reason"),
    conduct: of("conduct"),
    joint: of("joint"),
    best: of("best"),
  };
}

export const noFusions: FusionTails = perTail(() => emptyTail);

/**
 * Windows of a kind that tell as much as one that stands alone. Days of one run hang together: a run that is high
 * today is high tomorrow, so of the days of a spell one is news.
 */
const windowsPerLesson: Readonly<Record<Process, number>> = {
  session: 1,
  "agent-day": 1,
  "agent-run": priorSpell,
};

export const fitFusions = (seen: FusionTails, process: Process): FusionFits =>
  perTail((tail) => {
    const prior = tailPriors[tail];
    return fitTail(seen[tail], { ...prior, windows: prior.windows * windowsPerLesson[process] });
  });

/** The tails after one closed window. */
export function learnFusions(before: FusionTails, fusion: Fusion, fits: FusionFits): FusionTails {
  const values = tailValues(fusion, fits);
  return perTail((tail) => learnTail(before[tail], values[tail], fits[tail]));
}
