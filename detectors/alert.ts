/**
 * An alert in its wire shape (`alert.schema.json`): the one representation in the engine, in the store, over
 * HTTP and in the hooks, so that nothing is translated on the way to a person.
 */
import { z } from "zod";

/** From harmless to worst; the position is the rank. */
export const severities = ["info", "low", "medium", "high", "critical"] as const;
export type Severity = (typeof severities)[number];

/** policy: wrong whatever the base rate. statistical: improbable under the baseline. */
export const alertLanes = ["policy", "statistical"] as const;
export type AlertLane = (typeof alertLanes)[number];

export const alertStatuses = ["open", "acknowledged", "resolved"] as const;
export type AlertStatus = (typeof alertStatuses)[number];

/** An analyst's verdict. */
export const dispositions = [
  "undetermined",
  "malicious",
  "policy_violation",
  "legitimate",
  "false_positive",
] as const;
export type Disposition = (typeof dispositions)[number];

/** Against what an observation was compared. */
const alertBaselines = ["own", "peers", "subject", "global", "policy"] as const;

/** Limits of the wire format. */
export const titleLengthMax = 200;
export const evidenceMax = 100;

const count = z.int().min(0);

export const alertReasonSchema = z.object({
  detector: z.string(),
  /** In `unit`. */
  observed: z.number(),
  /** In `unit`; null where nothing at all is expected to be compared with. */
  expected: z.number().nullable(),
  /** Central 95 % of what the baseline predicts, in `unit`. */
  interval: z
    .tuple([z.number(), z.number()])
    .meta({ type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 })
    .optional(),
  unit: z.string(),
  window_seconds: z.number().optional(),
  p_value: z.number().nullable().optional(),
  baseline: z.enum(alertBaselines).optional(),
  summary: z.string().optional(),
});
export type AlertReason = z.infer<typeof alertReasonSchema>;

/** Distinct subjects by the way in which they were exposed, within the alert's events. */
export const alertExposureSchema = z.object({
  searched: count.optional(),
  displayed: count.optional(),
  revealed: count.optional(),
  exported: count.optional(),
});
export type AlertExposure = z.infer<typeof alertExposureSchema>;

export const alertSchema = z.object({
  /** Derived from its cause: a replay of the same events gives the same id. */
  alert_id: z.string(),
  /** Event time of the event that tipped it. */
  time: z.iso.datetime({ offset: true }),
  first_event_time: z.iso.datetime({ offset: true }),
  last_event_time: z.iso.datetime({ offset: true }),
  lane: z.enum(alertLanes),
  severity: z.enum(severities),
  /** 0 to 100, for sorting a queue. */
  risk: z.number().min(0).max(100),
  /** Evidence against ordinary work; null in the policy lane. */
  e_value: z.number().nullable().optional(),
  /** Contributing detectors, strongest first. */
  detectors: z.array(z.string()).min(1),
  agent_id: z.string().nullable(),
  agent_ids: z.array(z.string()).optional(),
  session_ids: z.array(z.string()).optional(),
  title: z.string().max(titleLengthMax),
  explanation: z.string(),
  reasons: z.array(alertReasonSchema).min(1),
  exposure: alertExposureSchema.optional(),
  /** Event ids, most telling first. */
  evidence: z.array(z.string()).max(evidenceMax),
  /** MITRE ATT&CK techniques. */
  attack: z.array(z.string().regex(/^T\d{4}(\.\d{3})?$/)),
  incident_id: z.string().nullable().optional(),
  status: z.enum(alertStatuses),
  disposition: z.enum(dispositions).nullable().optional(),
});
export type Alert = z.infer<typeof alertSchema>;

/** One alert in its new state. */
export interface AlertChange {
  readonly alert: Alert;
  /** Grows with every change of any alert; the newest state of an alert has its highest. */
  readonly revision: number;
  readonly isNew: boolean;
}

/** 0 (info) to 4 (critical). */
export function severityRank(severity: Severity): number {
  return severities.indexOf(severity);
}
