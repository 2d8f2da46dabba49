/**
 * Whether p means what it says: under ordinary work the randomised p of closed windows is uniform. Measured by
 * the Kolmogorov–Smirnov distance and by the realised rate at p ≤ 0.001.
 */
import type { ClosedReading } from "../evidence/observer.ts";

export interface CalibrationRow {
  readonly process: string;
  readonly detector: string;
  readonly unit: string;
  readonly form: string;
  readonly windows: number;
  /** Share of windows that counted anything; where it is small, p is mostly the lot that is drawn. */
  readonly aboveZero: number;
  /** 0 to 1; about 1.36 / √windows is exceeded in 5 % of perfectly calibrated samples. */
  readonly ks: number;
  /** Share of windows with p ≤ 0.001. */
  readonly rate: number;
}

const rareP = 0.001;

/** sup |F(p) − p| over the empirical distribution of `ps`; 0 without any. */
export function ksDistance(ps: readonly number[]): number {
  const sorted = [...ps].sort((a, b) => a - b);
  let distance = 0;
  for (const [n, p] of sorted.entries()) {
    distance = Math.max(distance, (n + 1) / sorted.length - p, p - n / sorted.length);
  }
  return distance;
}

type Label = Pick<CalibrationRow, "process" | "detector" | "unit" | "form">;

interface Group {
  readonly label: Label;
  readonly ps: number[];
  aboveZero: number;
}

/**
 * First all dimensions together, then those that are above 0 in at least 5 % of windows, then the fused
 * evidence, then each dimension.
 */
export function calibrationOf(readings: readonly ClosedReading[]): CalibrationRow[] {
  const groups = new Map<string, Group>();
  for (const { process, detector, unit, form, surprise, observed } of readings) {
    const key = `${process}|${detector}|${unit}|${form}`;
    const group = groups.get(key) ?? newGroup({ process, detector, unit, form });
    groups.set(key, group);
    group.ps.push(Math.exp(-surprise));
    if (observed > 0) group.aboveZero += 1;
  }
  const all = [...groups.values()];
  const dimensions = all.filter(({ label }) => label.detector !== fused);
  const busy = dimensions.filter(({ ps, aboveZero }) => aboveZero / ps.length >= busyShare);
  return [
    pool("all dimensions", dimensions),
    pool("dimensions that are often above 0", busy),
    ...all.filter(({ label }) => label.detector === fused),
    ...dimensions,
  ]
    .filter(({ ps }) => ps.length > 0)
    .map(rowOf);
}

const fused = "fused";
const busyShare = 0.05;

const newGroup = (label: Label): Group => ({ label, ps: [], aboveZero: 0 });

function pool(unit: string, groups: readonly Group[]): Group {
  return {
    label: { process: "all", detector: "all", unit, form: "" },
    ps: groups.flatMap(({ ps }) => ps),
    aboveZero: groups.reduce((sum, { aboveZero }) => sum + aboveZero, 0),
  };
}

const rowOf = ({ label, ps, aboveZero }: Group): CalibrationRow => ({
  ...label,
  windows: ps.length,
  aboveZero: aboveZero / ps.length,
  ks: ksDistance(ps),
  rate: ps.filter((p) => p <= rareP).length / ps.length,
});
