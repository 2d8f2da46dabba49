import { driftSurprise, newDrift } from "../../../../detectors/stats/drift.ts";
import { driftOnAnswers } from "../../../../detectors/stats/trial-drift.ts";

const usual = { rate: 0.1, questions: 50 };

/** After `days` days with `yes` of ten questions answered so. */
function drifted(yes: number, days: number, model = usual) {
  const drift = newDrift();
  for (let day = 0; day < days; day += 1) driftOnAnswers(drift, { asked: 10, yes }, model);
  return drift;
}

describe("a drift of a share", () => {
  it("wins by days that are above the usual rate and by none that is at it", () => {
    expect(driftSurprise(drifted(5, 5))).toBeGreaterThan(5);
    expect(driftSurprise(drifted(1, 40))).toBe(0);
  });

  it("tells what was seen and expected since it began", () => {
    const { days, asked, observed, expected } = drifted(5, 3);
    expect({ days, asked, observed, expected }).toEqual({
      days: 3,
      asked: 30,
      observed: 15,
      expected: 3,
    });
  });

  it("stands no longer once the answer is nearly always yes, for then nothing could take it away", () => {
    const drift = drifted(5, 5);
    driftOnAnswers(drift, { asked: 10, yes: 10 }, { rate: 0.95, questions: 50 });
    expect(drift).toEqual(newDrift());
  });

  it("stays as it is on a day without questions", () => {
    const drift = drifted(5, 5);
    const before = structuredClone(drift);
    driftOnAnswers(drift, { asked: 0, yes: 0 }, usual);
    expect(drift).toEqual(before);
  });
});
