import fc from "fast-check";
import {
  mixtureEvidence,
  stakedEvidence,
  stakeLevel,
} from "../../../../detectors/stats/evidence-value.ts";

/** ∫₀¹ f(p) dp = ∫₀^∞ f(s) e^(−s) ds, trapezoids on s with a break at `kink`. */
function integral(f: (surprise: number) => number, kink: number): number {
  const piece = (from: number, to: number): number => {
    const steps = 200_000;
    const width = (to - from) / steps;
    let sum = 0;
    for (let n = 0; n < steps; n += 1) {
      const s = from + (n + 0.5) * width;
      sum += f(s) * Math.exp(-s) * width;
    }
    return sum;
  };
  return piece(0, kink) + piece(kink, 400);
}

describe("p to e", () => {
  it("pays at most 1 on average under the null, so that its wealth is a fair bet", () => {
    // The mixture's integral is 1 less the piece beyond e^-400, which is 1/400.
    expect(integral(mixtureEvidence, 3)).toBeGreaterThan(0.996);
    expect(integral(mixtureEvidence, 3)).toBeLessThanOrEqual(1);
    for (const alpha of [0.1, 1e-3, 1e-5]) {
      const total = integral((s) => stakedEvidence(s, alpha), -Math.log(alpha));
      expect(total).toBeLessThanOrEqual(1.000_1);
      expect(total).toBeGreaterThan(0.99);
    }
  });

  it("never falls as the surprise grows", () => {
    const nats = fc.double({ min: 0, max: 600, noNaN: true });
    fc.assert(
      fc.property(nats, nats, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(mixtureEvidence(high)).toBeGreaterThanOrEqual(mixtureEvidence(low) * (1 - 1e-9));
        expect(stakedEvidence(high, 1e-3)).toBeGreaterThanOrEqual(
          stakedEvidence(low, 1e-3) * (1 - 1e-9),
        );
      }),
    );
  });

  it("beats 1/(2√p) from p = 1e-4 on, by the closed form worked out by hand at p = 1e-6", () => {
    const nats = 6 * Math.LN10;
    // (1 − 1e-6 − 1e-6 · 13.8155) / (1e-6 · 13.8155²) = 5,239.2
    expect(mixtureEvidence(nats)).toBeCloseTo(5239.2, 0);
    for (const p of [1e-4, 1e-6, 1e-10]) {
      expect(mixtureEvidence(-Math.log(p))).toBeGreaterThan(1 / (2 * Math.sqrt(p)));
    }
  });

  it("reaches a threshold at nine tenths of its reciprocal", () => {
    const threshold = 500;
    const alpha = stakeLevel(threshold);
    expect(alpha).toBeCloseTo(0.9 / 500, 12);
    expect(stakedEvidence(-Math.log(alpha) + 1e-9, alpha)).toBeGreaterThanOrEqual(threshold);
    expect(stakedEvidence(-Math.log(alpha) - 1e-9, alpha)).toBeLessThan(threshold);
  });
});
