/**
 * How much harm an alert stands for: what was exposed, not how improbable it is.
 *
 * Harm = Σ over distinct (subject, way of exposure) of weight(way) × weight(worst field class of the event).
 * A searched subject was meant, a revealed secret can hand over an account, a page merely came up.
 */
import {
  type AccessEvent,
  type FieldClass,
  secretFieldClasses,
} from "../../ingest/vocabulary/event.ts";
import type { ExposureKind } from "../../ingest/vocabulary/exposure.ts";
import type { Severity } from "../alert.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";

type Weights = DetectionParameters["severity"];

const sensitive: ReadonlySet<FieldClass> = new Set(["payment", "address", "call_log"]);

function fieldWeight(
  { secret_factor, sensitive_factor }: Weights,
  fields: readonly FieldClass[],
): number {
  let weight = 1;
  for (const field of fields) {
    if (secretFieldClasses.has(field)) return secret_factor;
    if (sensitive.has(field)) weight = sensitive_factor;
  }
  return weight;
}

/** Harm of `freshInKind` more subjects exposed by this event. */
export function harmOf(
  weights: Weights,
  event: Pick<AccessEvent, "fields">,
  exposure: ExposureKind,
  freshInKind: number,
): number {
  return freshInKind * weights[exposure] * fieldWeight(weights, event.fields);
}

/** As they are, a lone displayed record is low, three revealed secrets or a few pages are high. */
export function severityOf(
  { critical_from, high_from, medium_from }: Weights,
  harm: number,
): Severity {
  if (harm >= critical_from) return "critical";
  if (harm >= high_from) return "high";
  return harm >= medium_from ? "medium" : "low";
}

/** 0 to 100: harm up to 60 (full at 10,000), evidence up to 40 (full at e = 10^10, or a policy fact). */
export function riskOf(harm: number, eValue: number | null): number {
  const byHarm = 15 * Math.log10(1 + harm);
  const byEvidence = eValue === null ? 40 : 4 * Math.log10(1 + eValue);
  return Math.round(10 * (Math.min(60, byHarm) + Math.min(40, byEvidence))) / 10;
}
