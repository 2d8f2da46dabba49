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

const byKind: Readonly<Record<ExposureKind, number>> = {
  searched: 5,
  displayed: 1,
  exported: 2,
  revealed: 10,
};
const secretWeight = 3;
const sensitiveWeight = 2;
const sensitive: ReadonlySet<FieldClass> = new Set(["payment", "address", "call_log"]);

/** From this harm on. A lone displayed record is low, three revealed secrets or a few pages are high. */
const severityFloors: readonly (readonly [number, Severity])[] = [
  [500, "critical"],
  [80, "high"],
  [15, "medium"],
];

function fieldWeight(fields: readonly FieldClass[]): number {
  let weight = 1;
  for (const field of fields) {
    if (secretFieldClasses.has(field)) return secretWeight;
    if (sensitive.has(field)) weight = sensitiveWeight;
  }
  return weight;
}

/** Harm of `freshInKind` more subjects exposed by this event. */
export function harmOf(
  event: Pick<AccessEvent, "fields">,
  exposure: ExposureKind,
  freshInKind: number,
): number {
  return freshInKind * byKind[exposure] * fieldWeight(event.fields);
}

export function severityOf(harm: number): Severity {
  return severityFloors.find(([floor]) => harm >= floor)?.[1] ?? "low";
}

/** 0 to 100: harm up to 60 (full at 10,000), evidence up to 40 (full at e = 10^10, or a policy fact). */
export function riskOf(harm: number, eValue: number | null): number {
  const byHarm = 15 * Math.log10(1 + harm);
  const byEvidence = eValue === null ? 40 : 4 * Math.log10(1 + eValue);
  return Math.round(10 * (Math.min(60, byHarm) + Math.min(40, byEvidence))) / 10;
}
