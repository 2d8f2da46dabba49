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

const everything = "all";
const fused = "fused";

/** First all dimensions of all detectors together, then each dimension and the fused evidence. */
export function calibrationOf(readings: readonly ClosedReading[]): CalibrationRow[] {
  const groups = new Map<string, { label: Omit<CalibrationRow, Measured>; ps: number[] }>();
  const note = (label: Omit<CalibrationRow, Measured>, p: number): void => {
    const key = `${label.process}|${label.detector}|${label.unit}|${label.form}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { label, ps: [p] });
    else known.ps.push(p);
  };
  for (const { process, detector, unit, form, surprise } of readings) {
    const p = Math.exp(-surprise);
    if (detector !== fused) note(pooled, p);
    note({ process, detector, unit, form }, p);
  }
  return [...groups.values()]
    .map(({ label, ps }) => ({
      ...label,
      windows: ps.length,
      ks: ksDistance(ps),
      rate: ps.filter((p) => p <= rareP).length / ps.length,
    }))
    .sort((a, b) => orderOf(a) - orderOf(b));
}

type Measured = "windows" | "ks" | "rate";

const pooled = { process: everything, detector: everything, unit: "all dimensions", form: "" };

function orderOf({ process, detector }: CalibrationRow): number {
  if (process === everything) return 0;
  return detector === fused ? 1 : 2;
}
