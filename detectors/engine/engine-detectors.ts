/** The detectors of an engine, with the stakes, the severities and the voices that its options give them. */
import { type Dimensions, dimensionsOf } from "../evidence/dimension.ts";
import { observedPopulation } from "../evidence/observer.ts";
import { type OpenDetector, silenced } from "../evidence/open-detector.ts";
import { createPopulation, type Population } from "../evidence/population.ts";
import { shadowed, shadowedPopulation } from "../evidence/shadow.ts";
import {
  type DetectionParameters,
  type DetectorMode,
  defaultParameters,
} from "../parameters/detection-parameters.ts";
import { openRegistry } from "../registry.ts";
import type { EngineOptions } from "./engine.ts";

export function openDetectors(options: EngineOptions) {
  const parameters = parametersOf(options);
  const { over = "agents" } = options;
  const all = openRegistry(parameters.detectors)
    .filter((one) => one.over === over)
    .map((one) => tuned(one, parameters));
  const detectors = all.map((one) => voiceOf(one, options));
  const dimensions = dimensionsOf(detectors);
  const population = openPopulation(dimensions, parameters, options);
  return { parameters, all, detectors, dimensions, population };
}

export function parametersOf({
  falseAlertsPer100AgentDays,
  parameters = defaultParameters,
}: EngineOptions): DetectionParameters {
  const budget = {
    ...parameters.budget,
    false_alerts_per_100_agents_per_day: falseAlertsPer100AgentDays,
  };
  return { ...parameters, budget };
}

/** The detector with the stake and the severity that the parameters give it. */
function tuned(one: OpenDetector, { detectors }: DetectionParameters): OpenDetector {
  const { stake, severity } = detectors[one.meta.id] ?? {};
  const { meta, counting } = one;
  return {
    ...one,
    meta: { ...meta, severity: severity ?? meta.severity },
    counting: counting && { ...counting, stake: stake ?? counting.stake },
  };
}

export function modeOf(id: string, options: EngineOptions): DetectorMode {
  const { disabledDetectors = [], shadowDetectors = [] } = options;
  if (disabledDetectors.includes(id)) return "disabled";
  return shadowDetectors.includes(id) ? "shadow" : "alert";
}

export const voiceless = ({ disabledDetectors = [], shadowDetectors = [] }: EngineOptions) =>
  new Set([...disabledDetectors, ...shadowDetectors]);

/** What the options say of the detector; one that is switched off is no shadow either. */
function voiceOf(one: OpenDetector, options: EngineOptions): OpenDetector {
  const mode = modeOf(one.meta.id, options);
  if (mode === "disabled") return silenced(one);
  return mode === "shadow" ? shadowed(one, options.metrics) : one;
}

function openPopulation(
  dimensions: Dimensions,
  parameters: DetectionParameters,
  { observer, shadowDetectors = [], metrics }: EngineOptions,
): Population {
  const bare = createPopulation(dimensions, parameters);
  const seen = observer === undefined ? bare : observedPopulation(bare, dimensions, observer);
  return shadowedPopulation(seen, dimensions, new Set(shadowDetectors), metrics);
}
