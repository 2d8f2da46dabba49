import {
  countedSurpriseMin,
  truncatedSumSurprise,
} from "../../../../detectors/stats/truncated-sum.ts";
import { createRandom } from "../../../helpers/support-desk.ts";

describe("the truncated product of p-values", () => {
  it("is −ln p where only one can count: P(S ≥ s) = P(surprise ≥ s)", () => {
    for (const sum of [2.5, 5, 20]) expect(truncatedSumSurprise(sum, 1)).toBeCloseTo(sum, 9);
  });

  it("says nothing where none counts", () => {
    expect(truncatedSumSurprise(0, 5)).toBe(0);
  });

  it.each([2, 3, 6])("matches 200,000 simulated sums of %p exponential surprises", (of) => {
    const random = createRandom(of);
    const sums = Array.from({ length: 200_000 }, () => {
      let sum = 0;
      for (let n = 0; n < of; n += 1) {
        const surprise = -Math.log(1 - random());
        if (surprise >= countedSurpriseMin) sum += surprise;
      }
      return sum;
    });
    for (const at of [2.5, 4, 6, 8]) {
      const share = sums.filter((sum) => sum >= at).length / sums.length;
      const error = Math.sqrt((share * (1 - share)) / sums.length);
      expect(Math.abs(Math.exp(-truncatedSumSurprise(at, of)) - share)).toBeLessThan(4 * error);
    }
  });
});
