import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { gammaln } from "simple-statistics";
import {
  type CountModel,
  centralInterval,
  logUpperTail,
  upperQuantile,
} from "../../../../detectors/stats/negative-binomial.ts";

/** P(X = count) by its formula: gamma functions, no incomplete beta. */
const mass = (count: number, { mean, size }: CountModel): number =>
  Math.exp(
    gammaln(count + size) -
      gammaln(size) -
      gammaln(count + 1) +
      size * Math.log(size / (mean + size)) +
      count * Math.log(mean / (mean + size)),
  );

interface Tails {
  readonly nb_tail: Readonly<Record<"x" | "mu" | "size" | "log_upper_ge", number[]>>;
  readonly poisson_tail: Readonly<Record<"x" | "mu" | "log_upper_ge", number[]>>;
}

const file = join(import.meta.dirname, "../../../fixtures/count-tails.json");
const tails = JSON.parse(readFileSync(file, "utf8")) as Tails;

/** Relative where the logarithm is large, absolute where it is near 0. */
const distance = (got: number, wanted: number): number =>
  Math.abs(got - wanted) / Math.max(1e-3, Math.abs(wanted));

const model = fc.record({
  mean: fc.double({ min: 0.01, max: 300, noNaN: true }),
  size: fc.double({ min: 0.01, max: 50, noNaN: true }),
});

describe("negative binomial tail", () => {
  it("equals R's pnbinom in log space, down to e^-700 and beyond", () => {
    const { x, mu, size, log_upper_ge } = tails.nb_tail;
    expect(x.length).toBeGreaterThan(90);
    for (const [n, count] of x.entries()) {
      const got = logUpperTail(count, { mean: mu[n] ?? 0, size: size[n] ?? 0 });
      expect(distance(got, log_upper_ge[n] ?? Number.NaN)).toBeLessThan(1e-11);
    }
  });

  it("reaches R's ppois as the size grows without bound", () => {
    const { x, mu, log_upper_ge } = tails.poisson_tail;
    for (const [n, count] of x.entries()) {
      const got = logUpperTail(count, { mean: mu[n] ?? 0, size: Number.POSITIVE_INFINITY });
      expect(distance(got, log_upper_ge[n] ?? Number.NaN)).toBeLessThan(1e-5);
    }
  });

  it("falls as the count grows, by exactly the mass at each count", () => {
    fc.assert(
      fc.property(model, fc.integer({ min: 0, max: 400 }), (given, count) => {
        const here = Math.exp(logUpperTail(count, given));
        const next = Math.exp(logUpperTail(count + 1, given));
        expect(next).toBeLessThanOrEqual(here);
        expect(Math.abs(here - next - mass(count, given))).toBeLessThan(1e-9);
      }),
    );
  });

  it("finds the smallest count beyond which less than the asked share lies", () => {
    fc.assert(
      fc.property(model, fc.double({ min: 1e-6, max: 0.5, noNaN: true }), (given, upper) => {
        const quantile = upperQuantile(upper, given);
        expect(logUpperTail(quantile + 1, given)).toBeLessThanOrEqual(Math.log(upper));
        if (quantile > 0) expect(logUpperTail(quantile, given)).toBeGreaterThan(Math.log(upper));
      }),
    );
  });

  it("gives the 95 % interval of a geometric count: size 1, mean 5, by hand 0 to 20", () => {
    // P(X > x) = (5/6)^(x+1): 0.975 is passed at 0, 0.025 at the first x with x + 1 ≥ 20.2.
    expect(centralInterval(0.95, { mean: 5, size: 1 })).toEqual([0, 20]);
  });
});
