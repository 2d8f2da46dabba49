import {
  type Calibration,
  calibratedSurprise,
  emptyCalibration,
  fitCalibration,
  fitCalibrationTail,
  learnCalibration,
} from "../../../../detectors/stats/calibration.ts";
import { fuzzyPOf, surprise } from "../../../../detectors/stats/count-surprise.ts";
import { certain, randomisedSurprise } from "../../../../detectors/stats/fuzzy-p.ts";
import { seededUniform } from "../../../../detectors/stats/seeded-uniform.ts";
import { createRandom, gamma, poisson } from "../../../helpers/support-desk.ts";

/** Kolmogorov–Smirnov distance of `p` from uniform. */
function uniformDistance(p: readonly number[]): number {
  const sorted = [...p].sort((a, b) => a - b);
  return Math.max(...sorted.map((value, n) => Math.abs(value - (n + 0.5) / sorted.length)));
}

/** After a window of which the surprise is known. */
const learnt = (calibration: Calibration, nats: number): Calibration =>
  learnCalibration(calibration, certain(Math.exp(-nats)), fitCalibrationTail(calibration));

/** Learns `draws` and reads them again: −ln of calibrated p. */
function recalibrated(draws: readonly number[]): number[] {
  let calibration = emptyCalibration;
  for (const nats of draws) {
    calibration = learnt(calibration, nats);
  }
  const fit = fitCalibration(calibration);
  return draws.map((nats) => calibratedSurprise(nats, fit));
}

const windows = 6_000;

describe("surprise of a count", () => {
  const random = createRandom(11);
  const counts = Array.from({ length: windows }, () => poisson(random, 3 * gamma(random, 0.8)));
  const model = { mean: 3, size: 0.8 };

  it("has a uniform randomised p under its own model: distance below 0.02", () => {
    const p = counts.map((count, n) =>
      Math.exp(-randomisedSurprise(fuzzyPOf(count, model), seededUniform(`event-${n}`))),
    );
    expect(uniformDistance(p)).toBeLessThan(0.02);
  });

  it("orders its readings: no value of the fuzzy p is above the conservative one", () => {
    for (const count of [0, 1, 2, 10, 100]) {
      for (const u of [0.01, 0.5, 0.99]) {
        expect(randomisedSurprise(fuzzyPOf(count, model), u)).toBeGreaterThanOrEqual(
          surprise(count, model),
        );
      }
    }
  });

  it("is reproducible from the event's id", () => {
    expect(seededUniform("e-1")).toBe(seededUniform("e-1"));
    expect(seededUniform("e-1")).not.toBe(seededUniform("e-2"));
  });
});

describe("calibration by the population", () => {
  it("leaves a right model alone: nominal 1 in 100 stays within a quarter of it", () => {
    const random = createRandom(5);
    const draws = Array.from({ length: windows }, () => -Math.log(1 - random()));
    const share = recalibrated(draws).filter((nats) => nats > Math.log(100)).length / windows;
    expect(share).toBeGreaterThan(0.0075);
    expect(share).toBeLessThan(0.0125);
  });

  it("takes back the surprise of a model whose tail is too light: p^(1/3) instead of p", () => {
    const random = createRandom(6);
    const draws = Array.from({ length: windows }, () => -3 * Math.log(1 - random()));
    const rawShare = draws.filter((nats) => nats > Math.log(1000)).length / windows;
    expect(rawShare).toBeGreaterThan(0.08);
    const p = recalibrated(draws).map((nats) => Math.exp(-nats));
    expect(uniformDistance(p)).toBeLessThan(0.05);
    expect(p.filter((value) => value < 1e-3).length / windows).toBeLessThan(0.003);
  });

  it("never turns more surprise into less: calibrated p falls with p", () => {
    const random = createRandom(7);
    let calibration = emptyCalibration;
    for (let n = 0; n < 500; n += 1) {
      const nats = -2 * Math.log(1 - random());
      calibration = learnt(calibration, nats);
    }
    const fit = fitCalibration(calibration);
    let last = -1;
    for (let nats = 0; nats < 100; nats += 0.05) {
      const calibrated = calibratedSurprise(nats, fit);
      expect(calibrated).toBeGreaterThanOrEqual(last - 1e-9);
      last = calibrated;
    }
  });

  it("learns a single enormous window clipped: it moves the tail by less than a tenth", () => {
    const random = createRandom(8);
    let calibration = emptyCalibration;
    for (let n = 0; n < 2_000; n += 1) {
      const nats = -Math.log(1 - random());
      calibration = learnt(calibration, nats);
    }
    const before = fitCalibration(calibration);
    const after = fitCalibration(learnt(calibration, 600));
    const at = (fit: typeof before) => calibratedSurprise(8, fit);
    expect(Math.abs(at(after) - at(before))).toBeLessThan(0.1 * at(before));
  });

  it("learns of a count what all its randomised p together would have taught", () => {
    const random = createRandom(9);
    const model = { mean: 0.4, size: 0.5 };
    let mean = emptyCalibration;
    for (let n = 0; n < 100; n += 1) {
      const count = poisson(random, 0.4 * gamma(random, 0.5));
      const fit = fitCalibrationTail(mean);
      const lots = 500;
      const after = Array.from({ length: lots }, (_, lot) => {
        const nats = randomisedSurprise(fuzzyPOf(count, model), (lot + 0.5) / lots);
        return learnCalibration(mean, certain(Math.exp(-nats)), fit);
      });
      const fuzzy = learnCalibration(mean, fuzzyPOf(count, model), fit);
      const averaged = (of: (one: Calibration) => number) =>
        after.reduce((sum, one) => sum + of(one), 0) / lots;
      expect(fuzzy.tail.windows).toBe(averaged(({ tail }) => tail.windows));
      // A lot in 500 may lie on the other side of the lesson's bound, where a square is some tens.
      for (const [sum, digits] of [
        ["exceeding", 2],
        ["excess", 2],
        ["excessSquare", 1],
      ] as const) {
        expect(fuzzy.tail[sum]).toBeCloseTo(
          averaged(({ tail }) => tail[sum]),
          digits,
        );
      }
      fuzzy.body.forEach((windows, bin) => {
        expect(windows).toBeCloseTo(
          averaged(({ body }) => body[bin] ?? 0),
          2,
        );
      });
      mean = fuzzy;
    }
  });

  it("keeps every window: what a count teaches of tail and body adds up to one window", () => {
    const model = { mean: 0.02, size: 0.1 };
    for (const count of [0, 1, 2]) {
      const before = emptyCalibration;
      const { tail, body } = learnCalibration(
        before,
        fuzzyPOf(count, model),
        fitCalibrationTail(before),
      );
      const counted = tail.exceeding + body.reduce((sum, windows) => sum + windows, 0);
      // What is rarer than the lesson's bound counts as a window and teaches the tail nothing.
      expect(counted).toBeLessThanOrEqual(1 + 1e-12);
      expect(counted).toBeGreaterThan(0.998);
    }
  });
});
