/**
 * How bad an alert is: what was exposed, and how sure it is that it was misuse.
 *
 * Harm = Σ over distinct subjects of weight(tenant) × weight(watch list) × Σ over the ways in which the subject was
 * exposed of weight(way) × weight(worst field class so shown). A searched subject was meant, a revealed secret can hand
 * over an account, a page merely came up.
 *
 * Belief = e / (e + odds against): the posterior probability of misuse, the e-value taken for a likelihood ratio; 1 for
 * a fact. With odds of 50 it fits best which of 189 alerts in six simulated organisations were true. Severity goes by
 * harm × belief.
 */
import {
  type AccessEvent,
  type FieldClass,
  secretFieldClasses,
} from "../../ingest/vocabulary/event.ts";
import { exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import type { Severity } from "../alert.ts";
import type { SubjectList } from "../detector.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import {
  type ExposureTally,
  isWatchedIn,
  type Standing,
  type StandingOf,
  sensitivityIn,
} from "./exposure-tally.ts";

type Weights = DetectionParameters["severity"];

const sensitiveFields: ReadonlySet<FieldClass> = new Set(["payment", "address", "call_log"]);

export const sensitivities = { plain: 1, sensitive: 2, secret: 3 } as const;

/** Of the event's worst field. */
export function sensitivityOf({ fields }: Pick<AccessEvent, "fields">): number {
  let worst: number = sensitivities.plain;
  for (const field of fields) {
    if (secretFieldClasses.has(field)) return sensitivities.secret;
    if (sensitiveFields.has(field)) worst = sensitivities.sensitive;
  }
  return worst;
}

export function standings(
  { tenants }: Pick<Weights, "tenants">,
  watchlist: SubjectList,
): StandingOf {
  const tenantWeights = new Map(Object.entries(tenants));
  return (subject) => {
    const isWatched = watchlist.has(subject);
    const tenantWeight = tenantWeights.get(subject.tenant ?? "") ?? 1;
    return isWatched || tenantWeight > 1 ? { isWatched, tenantWeight } : undefined;
  };
}

/** Of a subject by its standing. */
export const standingWeight = (
  { watchlist_factor }: Pick<Weights, "watchlist_factor">,
  standing: Standing | undefined,
): number =>
  standing === undefined ? 1 : standing.tenantWeight * (standing.isWatched ? watchlist_factor : 1);

/** Of subjects beyond those that the tally remembers only the way counts. */
export function harmOf(weights: Weights, { subjects, distinct, tenantWeights }: ExposureTally) {
  const fieldWeights = [0, 1, weights.sensitive_factor, weights.secret_factor];
  const wayWeights = exposureKinds.map((kind) => weights[kind]);
  const unknown = [...distinct];
  let harm = 0;
  for (const [short, marks] of subjects) {
    let own = 0;
    for (const [kind, weight] of wayWeights.entries()) {
      const sensitivity = sensitivityIn(marks, kind);
      if (sensitivity > 0) unknown[kind] = (unknown[kind] ?? 0) - 1;
      own += weight * (fieldWeights[sensitivity] ?? 0);
    }
    const tenantWeight = tenantWeights.get(short) ?? 1;
    harm += own * standingWeight(weights, { isWatched: isWatchedIn(marks), tenantWeight });
  }
  return wayWeights.reduce((sum, weight, kind) => sum + weight * (unknown[kind] ?? 0), harm);
}

/** 0 to 1; `eValue` null: a fact. */
export const beliefOf = (
  { odds_against }: Pick<Weights, "odds_against">,
  eValue: number | null,
): number => (eValue === null ? 1 : eValue / (eValue + odds_against));

/** As they are, a lone displayed record is low, three revealed secrets or a few pages are high. */
export function severityOf(
  { critical_from, high_from, medium_from }: Weights,
  expectedHarm: number,
): Severity {
  if (expectedHarm >= critical_from) return "critical";
  if (expectedHarm >= high_from) return "high";
  return expectedHarm >= medium_from ? "medium" : "low";
}

/** 0 to 100: harm up to 60 (full at 10,000), evidence up to 40 (full at e = 10^10, or a policy fact). */
export function riskOf(harm: number, eValue: number | null): number {
  const byHarm = 15 * Math.log10(1 + harm);
  const byEvidence = eValue === null ? 40 : 4 * Math.log10(1 + eValue);
  return Math.round(10 * (Math.min(60, byHarm) + Math.min(40, byEvidence))) / 10;
}
