/**
 * A test martingale for "yes is no more frequent than its ordinary rate": the wealth of three gamblers who
 * each bet that the odds of a yes are larger by a fixed factor, averaged. Each factor
 * (q'/q)^yes · ((1 − q')/(1 − q))^no has mean 1 (at most 1 if the true rate is below q), so by Ville
 * P(sup wealth ≥ c) ≤ 1/c however often one looks. Robbins 1970; Ramdas et al. 2023, "Game-theoretic
 * statistics", 3.1.
 *
 * Windows differ in their share of yes by more than chance: the answers of one window are beta–binomial, and q
 * is their predictive rate (κ q₀ + yes so far)/(κ + asked so far), so a window with many questions does not
 * turn a harmless difference into certainty. q₀ and κ are fixed when the window opens.
 */

/** The ordinary rate of a yes and how far windows of ordinary work keep to it. */
export interface TrialModel {
  /** Between 0 and 1, both excluded. */
  readonly rate: number;
  /** Questions that the rate is worth within a window, κ > 0; large = every window alike. */
  readonly questions: number;
}

/** By which the odds are larger, one for each gambler. */
const oddsFactors = [3, 10, 40] as const;
export const gamblers = oddsFactors.length;

export interface TrialState {
  asked: number;
  yes: number;
  /** ln of each gambler's wealth. */
  readonly logWealth: number[];
  /** Highest ln of the mean wealth so far, at least 0: nothing won is no evidence. */
  best: number;
}

export const newTrial = (): TrialState => ({
  asked: 0,
  yes: 0,
  logWealth: new Array<number>(gamblers).fill(0),
  best: 0,
});

/** A question that is nearly always answered yes tells nothing when it is answered so again. */
const tellingRateMax = 0.9;

/** Whether a further yes would win anything. */
export const isTelling = ({ rate }: TrialModel): boolean => rate <= tellingRateMax;

/** Plays `asked` questions, `yes` of them answered yes. */
export function playTrial(
  trial: TrialState,
  { asked, yes }: Pick<TrialState, "asked" | "yes">,
  model: TrialModel,
): void {
  const { rate, questions } = model;
  const q = (questions * rate + trial.yes) / (questions + Math.max(trial.asked, trial.yes));
  trial.asked += asked;
  trial.yes += yes;
  if (!isTelling(model)) return;
  for (let n = 0; n < gamblers; n += 1) {
    const factor = oddsFactors[n] ?? 1;
    // (1 − q')/(1 − q) = 1/(1 − q + q·factor); a yes multiplies by `factor` on top.
    const no = -Math.log(1 - q + q * factor);
    const before = trial.logWealth[n] ?? 0;
    trial.logWealth[n] = Math.fround(before + asked * no + yes * Math.log(factor));
  }
  trial.best = Math.max(trial.best, Math.fround(logMeanWealth(trial.logWealth)));
}

/**
 * Takes the wealth that `part` won out of `whole`. Both have played the same answers, but at odds of their own: where
 * `part` lost more than `whole` did, what is left would be wealth that nothing has won. So it is never more than it
 * was, and none where nothing was asked beside.
 */
export function withdrawTrial(whole: TrialState, part: TrialState): void {
  const before = whole.best;
  const isAll = whole.asked <= part.asked && whole.yes <= part.yes;
  whole.asked = Math.max(0, whole.asked - part.asked);
  whole.yes = Math.max(0, whole.yes - part.yes);
  for (let n = 0; n < gamblers; n += 1) {
    const left = isAll ? 0 : (whole.logWealth[n] ?? 0) - (part.logWealth[n] ?? 0);
    whole.logWealth[n] = Math.fround(left);
  }
  whole.best = Math.max(0, Math.min(before, Math.fround(logMeanWealth(whole.logWealth))));
}

function logMeanWealth(logWealth: readonly number[]): number {
  const high = Math.max(...logWealth);
  let sum = 0;
  for (const one of logWealth) sum += Math.exp(one - high);
  return high + Math.log(sum / gamblers);
}
