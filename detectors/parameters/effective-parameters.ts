/** The parameters that hold: those of the file, but for what the configuration says of budget and shadow. */
import { ConfigError } from "../../ingest/runtime/config.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import type { EngineOptions } from "../engine/engine.ts";
import { openRegistry } from "../registry.ts";
import type { SubjectLists } from "../subject-lists.ts";
import type { DetectionParameters } from "./detection-parameters.ts";
import { readParameterFile } from "./parameter-file.ts";

export type DetectionSettings = Pick<
  Config,
  "detectionFile" | "falseAlertsPer100AgentDays" | "shadowDetectors"
>;

/** Throws `ConfigError`. */
export function effectiveParameters(settings: DetectionSettings): DetectionParameters {
  const { detectionFile, falseAlertsPer100AgentDays: budget, shadowDetectors } = settings;
  refuseUnknownDetectors(shadowDetectors);
  const given = readParameterFile(detectionFile);
  return withBudget(withMode(given, shadowDetectors, "shadow"), budget);
}

export function withBudget(
  parameters: DetectionParameters,
  falseAlerts: number | undefined,
): DetectionParameters {
  if (falseAlerts === undefined) return parameters;
  const budget = { ...parameters.budget, false_alerts_per_100_agents_per_day: falseAlerts };
  return { ...parameters, budget };
}

type Mode = DetectionParameters["detectors"][string]["mode"];

/** One that is disabled does not come back as a shadow. */
export function withMode(
  parameters: DetectionParameters,
  ids: readonly string[],
  mode: Mode,
): DetectionParameters {
  const detectors = Object.entries(parameters.detectors).map(([id, one]) => {
    const isKept = !ids.includes(id) || (mode === "shadow" && one.mode === "disabled");
    return [id, isKept ? one : { ...one, mode }] as const;
  });
  return { ...parameters, detectors: Object.fromEntries(detectors) };
}

/** What an engine under these parameters is made with. */
export function engineOptionsOf(
  parameters: DetectionParameters,
  lists: Pick<SubjectLists, "canaries" | "watchlist" | "disabledDetectors">,
) {
  const inMode = (mode: Mode) =>
    Object.entries(parameters.detectors).flatMap(([id, one]) => (one.mode === mode ? [id] : []));
  return {
    parameters,
    canaries: lists.canaries,
    watchlist: lists.watchlist,
    falseAlertsPer100AgentDays: parameters.budget.false_alerts_per_100_agents_per_day,
    disabledDetectors: [...lists.disabledDetectors, ...inMode("disabled")],
    shadowDetectors: inMode("shadow"),
  } satisfies EngineOptions;
}

/** A misspelt one would go on alerting. */
function refuseUnknownDetectors(ids: readonly string[]): void {
  const known = openRegistry().map(({ meta }) => meta.id);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length === 0) return;
  const told = `there is no ${unknown.join(", ")}; there are ${known.join(", ")}`;
  throw new ConfigError([`DESKWATCH_SHADOW_DETECTORS: ${told}`]);
}
