import fc from "fast-check";
import {
  newTrial,
  playTrial,
  type TrialModel,
  withdrawTrial,
} from "../../../../detectors/stats/trial-wealth.ts";
import { createRandom, gamma } from "../../../helpers/support-desk.ts";

/** Best ln wealth after the answers, one question each. */
function bestAfter(answers: readonly boolean[], model: TrialModel): number {
  const trial = newTrial();
  for (const isYes of answers) playTrial(trial, { asked: 1, yes: isYes ? 1 : 0 }, model);
  return trial.best;
}

describe("the wealth of a trial", () => {
  it.each([0.02, 0.2, 0.6])(
    "ever reaches c in at most 1/c of ordinary windows at rate %p (Ville), answers of a window alike",
    (rate) => {
      const random = createRandom(5);
      const questions = 9;
      const threshold = 20;
      const windows = 20_000;
      let reached = 0;
      for (let window = 0; window < windows; window += 1) {
        // A window's own rate is beta distributed: two gamma variates.
        const yes = rate * questions * gamma(random, rate * questions);
        const no = (1 - rate) * questions * gamma(random, (1 - rate) * questions);
        const own = yes / (yes + no);
        const answers = Array.from({ length: 40 }, () => random() < own);
        if (bestAfter(answers, { rate, questions }) >= Math.log(threshold)) reached += 1;
      }
      expect(reached / windows).toBeLessThanOrEqual(1 / threshold);
    },
  );

  it("grows without end while every answer is yes and a rare one is expected", () => {
    const model = { rate: 0.05, questions: 10 };
    const answers = (count: number) => new Array<boolean>(count).fill(true);
    expect(bestAfter(answers(10), model)).toBeGreaterThan(Math.log(1_000));
    expect(bestAfter(answers(40), model)).toBeGreaterThan(bestAfter(answers(10), model));
  });

  it("is told nothing by answers that are nearly always yes", () => {
    expect(bestAfter(new Array<boolean>(500).fill(true), { rate: 0.95, questions: 50 })).toBe(0);
  });

  it("loses exactly what is withdrawn", () => {
    const answers = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 });
    const model = { rate: 0.3, questions: 1e9 };
    fc.assert(
      fc.property(answers, answers, (kept, taken) => {
        const whole = newTrial();
        const part = newTrial();
        const rest = newTrial();
        for (const yes of kept.map(Number)) {
          playTrial(whole, { asked: 1, yes }, model);
          playTrial(rest, { asked: 1, yes }, model);
        }
        for (const yes of taken.map(Number)) {
          playTrial(whole, { asked: 1, yes }, model);
          playTrial(part, { asked: 1, yes }, model);
        }
        withdrawTrial(whole, part);
        expect(whole.asked).toBe(rest.asked);
        expect(whole.yes).toBe(rest.yes);
        for (const [n, log] of rest.logWealth.entries()) {
          expect(whole.logWealth[n]).toBeCloseTo(log, 3);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("a day from which its only session is withdrawn", () => {
  it("has won nothing, though the session lost more at its own odds than the day did", () => {
    const answers = { asked: 40, yes: 6 };
    const [day, session] = [newTrial(), newTrial()];
    playTrial(day, answers, { rate: 0.05, questions: 10 });
    playTrial(session, answers, { rate: 0.6, questions: 200 });
    withdrawTrial(day, session);
    expect(day).toEqual(newTrial());
  });

  it("has won no more than before, whatever else was asked on it", () => {
    const [day, session] = [newTrial(), newTrial()];
    playTrial(day, { asked: 40, yes: 6 }, { rate: 0.05, questions: 10 });
    playTrial(day, { asked: 5, yes: 0 }, { rate: 0.05, questions: 10 });
    playTrial(session, { asked: 40, yes: 6 }, { rate: 0.6, questions: 200 });
    const before = day.best;
    withdrawTrial(day, session);
    expect(day.asked).toBe(5);
    expect(day.best).toBeLessThanOrEqual(before);
  });
});
