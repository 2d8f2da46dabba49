import { countGains, driftOn, driftSurprise, newDrift } from "../../../../detectors/stats/drift.ts";
import { createRandom, gamma, poisson } from "../../../helpers/support-desk.ts";

const model = { mean: 4, size: 2 };
const variance = model.mean + model.mean ** 2 / model.size;

/** Days until the drift stands at `level`, with counts of `mean`; at most `daysMax`. */
function daysUntil(level: number, mean: number, { seed, daysMax }: Record<string, number>): number {
  const random = createRandom(seed ?? 1);
  const drift = newDrift();
  for (let day = 1; day <= (daysMax ?? 1); day += 1) {
    const observed = poisson(random, mean * gamma(random, model.size));
    driftOn(drift, countGains(observed, model), {
      observed,
      expected: model.mean,
      variance,
      asked: 0,
    });
    if (driftSurprise(drift) >= level) return day;
  }
  return daysMax ?? 1;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe("a drift", () => {
  it("has by ln c a mean time to a false alarm of at least c days", () => {
    const level = Math.log(100);
    const days = Array.from({ length: 200 }, (_, seed) =>
      daysUntil(level, model.mean, { seed, daysMax: 400 }),
    );
    expect(mean(days)).toBeGreaterThan(100);
  });

  it("finds a mean that has trebled within two working weeks", () => {
    const days = Array.from({ length: 100 }, (_, seed) =>
      daysUntil(Math.log(100), 3 * model.mean, { seed, daysMax: 100 }),
    );
    expect(mean(days)).toBeLessThan(10);
  });

  it("starts anew when it has nothing left", () => {
    const drift = newDrift();
    const quiet = { observed: 0, expected: 4, variance, asked: 0 };
    driftOn(drift, countGains(30, model), { ...quiet, observed: 30 });
    expect(drift.observed).toBe(30);
    for (let day = 0; day < 40; day += 1) driftOn(drift, countGains(0, model), quiet);
    expect(drift).toEqual(newDrift());
  });
});
