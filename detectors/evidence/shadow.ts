/**
 * Detectors on trial: they run, learn and are scored, but stake nothing and raise no alert. What they would say is
 * counted, so that somebody can see whether it is rare before it pages.
 */
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import { calibratedSurprise } from "../stats/calibration.ts";
import { boundedSurprise } from "../stats/evidence-value.ts";
import type { Dimensions } from "./dimension.ts";
import { type OpenDetector, silenced } from "./open-detector.ts";
import { drawnSurprise, type Population } from "./population.ts";

type Meter = Pick<Metrics, "count"> | undefined;

/** How rare a score is where the detector is calibrated: each a tenth of the one before. */
const rarities = ["usual", "one_in_10", "one_in_100", "one_in_1000", "one_in_10000"] as const;
type Rarity = (typeof rarities)[number];

/** Of a surprise, −ln p. */
export function rarityOf(nats: number): Rarity {
  const tenths = Math.floor(nats / Math.LN10);
  return rarities[Math.min(Math.max(tenths, 0), rarities.length - 1)] ?? "usual";
}

/** The detector without a voice; the facts that it finds are counted. */
export function shadowed(detector: OpenDetector, metrics: Meter): OpenDetector {
  const { meta, policy } = detector;
  const silent = silenced(detector);
  return {
    ...silent,
    policy: policy && {
      ...policy,
      step: (agent, event, lists) => {
        for (const _ of policy.step(agent, event, lists)) {
          metrics?.count("deskwatch_detect_shadow_findings_total", { detector: meta.id });
        }
        return [];
      },
    },
  };
}

/** The population that tells how surprising closed windows are to shadow detectors, before it learns from them. */
export function shadowedPopulation(
  population: Population,
  { byProcess }: Pick<Dimensions, "byProcess">,
  shadow: ReadonlySet<string>,
  metrics: Meter,
): Population {
  if (shadow.size === 0) return population;
  return {
    ...population,
    calibrate: (process, n, lesson) => {
      const detector = byProcess[process][n]?.detector ?? "";
      if (shadow.has(detector)) {
        const fit = population.calibration(process, n);
        const nats = boundedSurprise(calibratedSurprise(drawnSurprise(lesson, n), fit));
        const rarity = rarityOf(nats);
        metrics?.count("deskwatch_detect_shadow_scores_total", { detector, rarity });
      }
      population.calibrate(process, n, lesson);
    },
  };
}
