/**
 * What detection runs with: the parameters of the file, but for what the configuration says of budget and shadow, and
 * analysts' own rules.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { ConfigError } from "../../ingest/runtime/config.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import type { EngineOptions } from "../engine/engine.ts";
import { openRegistry } from "../registry.ts";
import { compileSigma, type RuleSource } from "../sigma/sigma-file.ts";
import { isSigmaId, type SigmaRule } from "../sigma/sigma-rule.ts";
import { readSigmaSources } from "../sigma/sigma-source.ts";
import type { SubjectLists } from "../subject-lists.ts";
import {
  type DetectionParameters,
  type DetectorMode,
  detectionParametersSchema,
  detectorModes,
} from "./detection-parameters.ts";
import { readParameterFile } from "./parameter-file.ts";
import { printParameters } from "./parameter-print.ts";

export type DetectionSettings = Pick<
  Config,
  "detectionFile" | "falseAlertsPer100AgentDays" | "shadowDetectors" | "sigmaRules"
>;

export interface DetectionPlan {
  readonly parameters: DetectionParameters;
  readonly rules: readonly SigmaRule[];
  /** What the rules were made of. */
  readonly sources: readonly RuleSource[];
  /** Of each rule that does not alert. */
  readonly ruleModes: Readonly<Record<string, DetectorMode>>;
}

/** Throws `ConfigError`. */
export function detectionPlan(settings: DetectionSettings): DetectionPlan {
  const { detectionFile, falseAlertsPer100AgentDays: budget, shadowDetectors } = settings;
  const parameters = readParameterFile(detectionFile);
  const sources = readSigmaSources(settings.sigmaRules);
  const plan = { parameters, rules: compileSigma(sources), sources, ruleModes: {} };
  refuseUnknownIn(plan, "DESKWATCH_SHADOW_DETECTORS", shadowDetectors);
  return withBudget(withMode(plan, shadowDetectors, "shadow"), budget);
}

/** What is wrong with the ids of detectors and rules; undefined: nothing. A misspelt one would go on alerting. */
export function unknownIn({ rules }: DetectionPlan, ids: readonly string[]): string | undefined {
  const known = [...openRegistry(), ...rules].map(({ meta }) => meta.id);
  const unknown = ids.filter((id) => !known.includes(id));
  return unknown.length === 0
    ? undefined
    : `there is no ${unknown.join(", ")}; there are ${known.join(", ")}`;
}

/** `parameter` is where the ids were given. Throws `ConfigError`. */
function refuseUnknownIn(plan: DetectionPlan, parameter: string, ids: readonly string[]): void {
  const unknown = unknownIn(plan, ids);
  if (unknown !== undefined) throw new ConfigError([`${parameter}: ${unknown}`]);
}

/** How the file of the lists was named. */
export type ListsParameter = "DESKWATCH_SUBJECT_LISTS_FILE" | "--lists" | "--config";

/** Throws `ConfigError`. */
export const refuseUnknownDisabled = (
  plan: DetectionPlan,
  parameter: ListsParameter,
  { disabledDetectors }: Pick<SubjectLists, "disabledDetectors">,
): void => refuseUnknownIn(plan, `${parameter}: disabled_detectors`, disabledDetectors);

export function withBudget(plan: DetectionPlan, falseAlerts: number | undefined): DetectionPlan {
  if (falseAlerts === undefined) return plan;
  const { parameters } = plan;
  const budget = { ...parameters.budget, false_alerts_per_100_agents_per_day: falseAlerts };
  return { ...plan, parameters: { ...parameters, budget } };
}

/** One that is disabled does not come back as a shadow. */
export function withMode(
  plan: DetectionPlan,
  ids: readonly string[],
  mode: DetectorMode,
): DetectionPlan {
  const detectors = Object.entries(plan.parameters.detectors).map(([id, one]) => {
    const isKept = !ids.includes(id) || (mode === "shadow" && one.mode === "disabled");
    return [id, isKept ? one : { ...one, mode }] as const;
  });
  const changed = ids.filter(isSigmaId).map((id) => [id, mode] as const);
  return {
    ...plan,
    parameters: { ...plan.parameters, detectors: Object.fromEntries(detectors) },
    ruleModes: { ...plan.ruleModes, ...Object.fromEntries(changed) },
  };
}

/** What an engine under this plan is made with. */
export function engineOptionsOf(
  { parameters, rules, ruleModes }: DetectionPlan,
  lists: Pick<SubjectLists, "canaries" | "watchlist" | "disabledDetectors">,
) {
  const modes = [
    ...Object.entries(parameters.detectors).map(([id, { mode }]) => ({ id, mode })),
    ...Object.entries(ruleModes).map(([id, mode]) => ({ id, mode })),
  ];
  const inMode = (wanted: DetectorMode) =>
    modes.flatMap(({ id, mode }) => (mode === wanted ? [id] : []));
  return {
    parameters,
    sigmaRules: rules,
    canaries: lists.canaries,
    watchlist: lists.watchlist,
    falseAlertsPer100AgentDays: parameters.budget.false_alerts_per_100_agents_per_day,
    disabledDetectors: [...lists.disabledDetectors, ...inMode("disabled")],
    shadowDetectors: inMode("shadow"),
  } satisfies EngineOptions;
}

/** Detectors and rules as they are listed to a person: what has which lane. */
export const listedIn = ({ rules }: DetectionPlan) => [
  ...openRegistry(),
  ...rules.map((rule) => ({ meta: rule.meta, policy: rule, counting: undefined })),
];

const savedPlan = z.object({
  parameters: detectionParametersSchema,
  sources: z.array(z.object({ file: z.string(), text: z.string() })),
  ruleModes: z.record(z.string(), z.enum(detectorModes)),
});

export const printPlan = ({ parameters, sources, ruleModes }: DetectionPlan): string =>
  JSON.stringify({ parameters, sources, ruleModes });

/** undefined: what an earlier version has printed can be none of this one. */
export function parsePlan(printed: string): DetectionPlan | undefined {
  try {
    const saved = savedPlan.parse(JSON.parse(printed));
    return { ...saved, rules: compileSigma(saved.sources) };
  } catch {
    return undefined;
  }
}

/** What the plan is known by, wherever its files are: 64 bits of SHA-256. */
export function digestOfPlan({ parameters, sources, ruleModes }: DetectionPlan): string {
  const texts = sources.map(({ text }) => text);
  return createHash("sha256")
    .update(JSON.stringify([printParameters(parameters), texts, Object.entries(ruleModes)]))
    .digest("hex")
    .slice(0, 16);
}
