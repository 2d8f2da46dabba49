/** What an engine tells whoever measures its calibration; nothing of detection hangs on it. */
import { calibratedSurprise } from "../stats/calibration.ts";
import { type TailFit, tailSurprise } from "../stats/exceedance-tail.ts";
import { seededUniform } from "../stats/seeded-uniform.ts";
import type { Dimensions, Form, Process } from "./dimension.ts";
import { tailValues } from "./evidence.ts";
import { drawnSurprise, type Population } from "./population.ts";

/** One dimension of one closed window that was not opened blind, or the window's fused evidence. */
export interface ClosedReading {
  readonly process: Process;
  /** Id of the detector, or `fused`. */
  readonly detector: string;
  readonly unit: string;
  readonly form: Form;
  /** The count, or the best surprise of the window. Nats. */
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
    calibrate: (process, n, lesson) => {
      const dimension = byProcess[process][n];
      // A trial's best wealth and a run's drift are evidence, no p-values that could be uniform.
      const isTested = process !== "agent-run" && dimension?.form !== "trial";
      if (dimension !== undefined && isTested) {
        const { detector, unit, form } = dimension;
        const surprise = calibratedSurprise(
          drawnSurprise(lesson, n),
          population.calibration(process, n),
        );
        observer({ process, detector, unit, form, observed: lesson.observed, surprise });
      }
      population.calibrate(process, n, lesson);
    },
    learnFusion: (process, fusion) => {
      fusedWindows += 1;
      const u = seededUniform(`fused|${process}`, fusedWindows);
      const fits = population.fusionTails(process);
      const { best } = tailValues(fusion, fits);
      const label = { process, detector: "fused", unit: "evidence", form: "total" } as const;
      observer({ ...label, observed: best, surprise: fusedSurprise(best, fits.best, u) });
      population.learnFusion(process, fusion);
    },
  };
}

/**
 * −ln of the randomised p of fused evidence. Most windows lie at the tail's level or below: they are one atom,
 * spread evenly by `u`, 0 < u < 1, over the p that the tail leaves.
 */
export function fusedSurprise(value: number, fit: TailFit, u: number): number {
  if (value > fit.level) return tailSurprise(value, fit);
  const rate = Math.exp(fit.logRate);
  return -Math.log(rate + u * (1 - rate));
}
