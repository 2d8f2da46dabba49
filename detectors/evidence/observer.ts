/** What an engine tells whoever measures its calibration; nothing of detection hangs on it. */
import { calibratedSurprise } from "../stats/calibration.ts";
import { type TailFit, tailSurprise } from "../stats/exceedance-tail.ts";
import { seededUniform } from "../stats/seeded-uniform.ts";
import type { Dimensions, Form, Process } from "./dimension.ts";
import type { Population } from "./population.ts";

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
}

export type Observer = (reading: ClosedReading) => void;

/** The population that tells `observer` of each closed window before it learns from it. */
export function observedPopulation(
  population: Population,
  { byProcess }: Pick<Dimensions, "byProcess">,
  observer: Observer,
): Population {
  let fusedWindows = 0;
  return {
    ...population,
    learn: (lesson) => {
      const { process, dimension: n, count, surprise } = lesson;
      const dimension = byProcess[process][n];
      if (surprise !== undefined && dimension !== undefined) {
        const { detector, unit, form } = dimension;
        const calibrated = calibratedSurprise(surprise, population.calibration(process, n));
        observer({ process, detector, unit, form, observed: count, surprise: calibrated });
      }
      population.learn(lesson);
    },
    learnFused: (process, logEvidence) => {
      fusedWindows += 1;
      const u = seededUniform(`fused|${process}`, fusedWindows);
      const surprise = fusedSurprise(logEvidence, population.fusedTail(process), u);
      const label = { process, detector: "fused", unit: "evidence", form: "total" } as const;
      observer({ ...label, observed: logEvidence, surprise });
      population.learnFused(process, logEvidence);
    },
  };
}

/**
 * −ln of the randomised p of fused evidence ln M. Most windows have ln M at the tail's level or below: they are
 * one atom, spread evenly by `u`, 0 < u < 1, over the p that the tail leaves.
 */
export function fusedSurprise(logEvidence: number, fit: TailFit, u: number): number {
  if (logEvidence > fit.level) return tailSurprise(logEvidence, fit);
  const rate = Math.exp(fit.logRate);
  return -Math.log(rate + u * (1 - rate));
}
