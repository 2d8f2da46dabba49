/** What an engine tells whoever measures its calibration; nothing of detection hangs on it. */
import type { TailFit } from "../stats/exceedance-tail.ts";
import { tailSurprise } from "../stats/exceedance-tail.ts";
import type { Form, Process } from "./dimension.ts";

/** One dimension of one closed window that was not opened blind, or the window's fused evidence. */
export interface ClosedReading {
  readonly process: Process;
  /** Id of the detector, or `fused`. */
  readonly detector: string;
  readonly unit: string;
  readonly form: Form;
  /** The count, or ln M. */
  readonly observed: number;
  /** −ln of the randomised p, calibrated by what was known before the window was learnt; nats. */
  readonly surprise: number;
  /** Event time of the window's last event. */
  readonly at: number;
}

export type Observer = (reading: ClosedReading) => void;

/**
 * −ln of the randomised p of fused evidence ln M. Most windows have ln M at the tail's level or below: they are
 * one atom, spread evenly by `u`, 0 < u < 1, over the p that the tail leaves.
 */
export function fusedSurprise(logEvidence: number, fit: TailFit, u: number): number {
  if (logEvidence > fit.level) return tailSurprise(logEvidence, fit);
  const rate = Math.exp(fit.logRate);
  return -Math.log(rate + u * (1 - rate));
}
