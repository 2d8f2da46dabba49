/** Whether the measure of calibration is right; expected distances by hand. */
import { calibrationOf, ksDistance } from "../../../../detectors/evaluation/calibration.ts";
import { type ClosedReading, fusedSurprise } from "../../../../detectors/evidence/observer.ts";

describe("the Kolmogorov–Smirnov distance", () => {
  it.each([
    { ps: [0.25, 0.75], distance: 0.25 },
    { ps: [0.5], distance: 0.5 },
    { ps: [0.1, 0.2, 0.3, 0.4], distance: 0.6 },
    { ps: [0.9, 0.9], distance: 0.9 },
    { ps: [], distance: 0 },
  ])("of $ps from uniform is $distance", ({ ps, distance }) => {
    expect(ksDistance(ps)).toBeCloseTo(distance, 12);
  });
});

it("the randomised p of fused evidence is uniform where most windows have won nothing", () => {
  // An exponential tail of rate 1 above 0 with P(above 0) = 0.2: shape 0 in the limit.
  const fit = { level: 0, logRate: Math.log(0.2), scale: 1, shape: 1e-9 };
  const windows = Array.from({ length: 1_000 }, (_, n) => (n + 0.5) / 1_000);
  const ps = windows.map((u) =>
    Math.exp(
      -(u < 0.2
        ? fusedSurprise(-Math.log(u / 0.2), fit, 0.5)
        : fusedSurprise(0, fit, (u - 0.2) / 0.8)),
    ),
  );
  expect(ksDistance(ps)).toBeLessThan(0.001);
});

describe("the calibration of readings", () => {
  const reading = (given: Partial<ClosedReading>): ClosedReading => ({
    process: "session",
    detector: "breadth",
    unit: "pages",
    form: "total",
    observed: 1,
    surprise: -Math.log(0.5),
    ...given,
  });
  const rows = calibrationOf([
    ...Array.from({ length: 39 }, () => reading({ observed: 0 })),
    reading({ surprise: -Math.log(0.0009) }),
    ...Array.from({ length: 9 }, () => reading({ form: "peak" })),
    reading({ form: "peak", surprise: -Math.log(0.0002) }),
    reading({ detector: "fused", unit: "evidence" }),
  ]);

  it("pools all dimensions, then those that count often; fused evidence stands apart", () => {
    expect(rows.map(({ unit, form, windows }) => [unit, form, windows])).toEqual([
      ["all dimensions", "", 50],
      ["dimensions that are often above 0", "", 10],
      ["evidence", "total", 1],
      ["pages", "total", 40],
      ["pages", "peak", 10],
    ]);
  });

  it("counts the share of windows at p ≤ 0.001 and of those above 0", () => {
    expect(rows[0]?.rate).toBeCloseTo(2 / 50, 12);
    expect(rows[3]?.rate).toBeCloseTo(1 / 40, 12);
    expect(rows[3]?.aboveZero).toBeCloseTo(1 / 40, 12);
  });

  it("has nothing to say of nothing", () => {
    expect(calibrationOf([])).toEqual([]);
  });
});
