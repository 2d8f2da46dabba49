/**
 * A lasting change of a share, as a drift: every day's answers are played against the long-term rate, between 0 and 1,
 * as a trial is, and the ln of what its gamblers win or lose that day is what the day adds. The CUSUMs are those of
 * `drift.ts` (Page 1954), the odds and their beta-binomial rate those of `trial-wealth.ts`.
 */
import { type Drift, driftOn, newDrift } from "./drift.ts";
import {
  isTelling,
  newTrial,
  playTrial,
  type TrialModel,
  type TrialState,
} from "./trial-wealth.ts";

type Answers = Pick<TrialState, "asked" | "yes">;

/** Steps in which a day is played, so that its answers depend on each other as they do within a window. */
const daySteps = 24;

/** Carries a day's answers into the drift; by how much its surprise grew. Nats. O(1). */
export function driftOnAnswers(drift: Drift, { asked, yes }: Answers, model: TrialModel): number {
  if (asked === 0 && yes === 0) return 0;
  if (!isTelling(model)) {
    // It could neither win nor lose any more: what it has won would stand for ever.
    Object.assign(drift, newDrift());
    return 0;
  }
  const { rate, questions } = model;
  const expected = rate * asked;
  const variance = expected * (1 - rate) * (1 + Math.max(0, asked - 1) / (questions + 1));
  return driftOn(drift, winningsOf({ asked, yes }, model), {
    observed: yes,
    expected,
    variance,
    asked,
  });
}

/** ln of what each gambler's wealth is multiplied by in the day. */
function winningsOf({ asked, yes }: Answers, model: TrialModel): readonly number[] {
  const trial = newTrial();
  const steps = Math.max(1, Math.min(daySteps, Math.round(asked)));
  for (let n = 0; n < steps; n += 1)
    playTrial(trial, { asked: asked / steps, yes: yes / steps }, model);
  return trial.logWealth;
}
