import {
  fitSizes,
  learnSize,
  type Sizes,
  sizeSurprise,
} from "../../../../detectors/stats/size-tail.ts";
import { createRandom, poisson } from "../../../helpers/support-desk.ts";

/** Worth next to nothing, with a geometric share of one half. */
const prior = { least: 1, windows: 1e-9, more: 0.5 };

/** Sizes of pairs who share their work: piled up around `mean`. */
function pile(seed: number, mean: number): () => number {
  const random = createRandom(seed);
  return () => Math.max(1, poisson(random, mean));
}

function learnt(draw: () => number, count: number): Sizes {
  let sizes: Sizes = [];
  for (let n = 0; n < count; n += 1) sizes = learnSize(sizes, draw(), fitSizes(sizes, prior));
  return sizes;
}

describe("the tail of sizes", () => {
  // By hand: 4 of 100 exceed 2, none of them 3; the prior's five have one more on average.
  const fit = fitSizes([0, 80, 16, 4], prior);

  it("begins beyond the lowest size that at most one in twenty exceeds", () => {
    expect(fit.level).toBe(2);
    expect(sizeSurprise(2, fit)).toBe(0);
    expect(sizeSurprise(3, fit)).toBeCloseTo(-Math.log(0.04), 6);
    expect(fit.mean).toBeCloseTo(1.24, 6);
  });

  it("falls off as in an urn: of those at its begin 5 in 14 would be larger, of these 6 in 15", () => {
    expect(sizeSurprise(4, fit)).toBeCloseTo(-Math.log((0.04 * 5) / 14), 6);
    expect(sizeSurprise(5, fit)).toBeCloseTo(-Math.log((0.04 * 5 * 6) / (14 * 15)), 6);
  });

  it.each([2, 7, 15])("calls of further sizes around %d about as few rare as it says", (mean) => {
    const known = fitSizes(learnt(pile(mean, mean), 4_000), prior);
    const further = pile(mean + 100, mean);
    const draws = 40_000;
    for (const oneIn of [50, 200, 1_000]) {
      let rare = 0;
      for (let n = 0; n < draws; n += 1) {
        if (sizeSurprise(further(), known) >= Math.log(oneIn)) rare += 1;
      }
      // 4,000 sizes leave 100 to 200 in the tail: its rate and its falling off are each known to a tenth or so.
      const promised = (1.5 * draws) / oneIn;
      expect(rare).toBeLessThanOrEqual(promised + 4 * Math.sqrt(promised));
    }
  });

  it("is widened little by one that grows and grows", () => {
    const usual = learnt(pile(3, 7), 4_000);
    let sizes = usual;
    for (let size = 1; size <= 48; size += 1) {
      sizes = learnSize(sizes, size, fitSizes(sizes, prior));
    }
    const before = sizeSurprise(25, fitSizes(usual, prior));
    const after = sizeSurprise(25, fitSizes(sizes, prior));
    expect(after).toBeLessThan(before);
    expect(after).toBeGreaterThan(before / 2);
  });
});
