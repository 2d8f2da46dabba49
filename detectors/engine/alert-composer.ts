/** From an alert's record and its open window to the wire shape. */
import { createHash } from "node:crypto";
import { exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import {
  type Alert,
  type AlertExposure,
  type AlertReason,
  evidenceMax,
  type Severity,
  severityRank,
  titleLengthMax,
} from "../alert.ts";
import type { DetectorMeta } from "../detector.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import type { AlertPart, AlertRecord } from "./agent-state.ts";
import { explanationOf } from "./explanation.ts";
import { type ExposureTally, isWatchedIn, sensitivityIn } from "./exposure-tally.ts";
import { beliefOf, harmOf, riskOf, sensitivities, severityOf } from "./harm.ts";
import type { LearningState } from "./learning.ts";

/** 128 bits of SHA-256 over the cause: a replay of the same events gives the same id. */
export function alertIdOf(cause: string): string {
  return createHash("sha256").update(cause).digest("hex").slice(0, 32);
}

/** The incident that begins with the alert. */
export const incidentIdOf = (alertId: string): string => alertIdOf(`incident|${alertId}`);

export interface Composition {
  readonly agentId: string;
  readonly record: AlertRecord;
  /** How far a detector knows the agent; undefined: it compares with no past. */
  readonly learning: (detector: string) => LearningState | undefined;
  readonly metas: ReadonlyMap<string, DetectorMeta>;
  readonly weights: DetectionParameters["severity"];
}

const reasonsMax = 6;
const isoTime = (at: number): string => new Date(at).toISOString();

/** Windows are told strongest first; the first one gives the title. */
function byStrength(parts: readonly AlertPart[]): AlertPart[] {
  return [...parts].sort((a, b) => (b.eValue ?? 0) - (a.eValue ?? 0));
}

/**
 * The windows whose events stand as evidence: the strongest, and those with at least half as much of it in nats.
 * A weaker one of the same story is told of among the reasons; its ordinary events would bury those that matter.
 */
function tellingOf(parts: readonly AlertPart[]): readonly AlertPart[] {
  const strength = ({ eValue }: AlertPart) => Math.log(Math.max(1, eValue ?? 1));
  const strongest = parts[0] === undefined ? 0 : strength(parts[0]);
  return parts.filter((part) => 2 * strength(part) >= strongest);
}

export function composeAlert({ agentId, record, learning, metas, weights }: Composition): Alert {
  const parts = byStrength(record.parts);
  const windows = firstReasons(parts);
  const reasons = windows.flat();
  const detectors = [...new Set(reasons.map(({ detector }) => detector))];
  const lead = metas.get(detectors[0] ?? "");
  if (lead === undefined) throw new Error("an alert needs a reason by a registered detector");
  const cited = tellingOf(parts)
    .flatMap((part) => part.cited)
    .slice(0, evidenceMax);
  const times = cited.map(({ at }) => at);
  const harm = harmOf(weights, record.tally);
  const eValue = record.about === "policy" ? null : Math.max(...parts.map((p) => p.eValue ?? 0));
  return {
    alert_id: record.id,
    time: isoTime(record.time),
    first_event_time: isoTime(Math.min(record.first ?? record.time, record.time, ...times)),
    last_event_time: isoTime(Math.max(record.last, ...times)),
    lane: eValue === null ? "policy" : "statistical",
    severity: worse(
      severityOf(weights, harm * beliefOf(weights, eValue)),
      eValue === null ? lead.severity : "info",
    ),
    risk: riskOf(harm, eValue),
    e_value: eValue,
    detectors,
    agent_id: agentId,
    agent_ids: [agentId],
    session_ids: [...record.sessions],
    title: (parts[0]?.title ?? lead.title).slice(0, titleLengthMax),
    explanation: explanationOf({
      windows,
      lead,
      learning: eValue === null ? undefined : learning(lead.id),
      exposed: exposedInWords(record.tally),
    }),
    reasons,
    exposure: exposureOf(record.tally),
    evidence: [...new Set(cited.map(({ id }) => id))],
    attack: [...new Set(detectors.flatMap((id) => metas.get(id)?.attack ?? []))],
    incident_id: record.incidentId ?? null,
    status: "open",
    disposition: null,
  };
}

/** The reasons that are told, by window; of those that are told nothing of, none. */
function firstReasons(parts: readonly AlertPart[]): AlertReason[][] {
  const windows: AlertReason[][] = [];
  let left = reasonsMax;
  for (const { reasons } of parts) {
    if (left > 0) windows.push(reasons.slice(0, left));
    left -= reasons.length;
  }
  return windows;
}

function worse(a: Severity, b: Severity): Severity {
  return severityRank(a) >= severityRank(b) ? a : b;
}

export function exposureOf({ distinct }: Pick<ExposureTally, "distinct">): AlertExposure {
  const [searched = 0, displayed = 0, revealed = 0, exported = 0] = distinct;
  return { searched, displayed, revealed, exported };
}

/** Empty: nobody. */
export function exposedInWords(tally: ExposureTally): string {
  const ways = exposureKinds
    .map((kind, n) => ({ kind, subjects: tally.distinct[n] ?? 0 }))
    .filter(({ subjects }) => subjects > 0)
    .map(({ kind, subjects }) => `${subjectsInWords(subjects)} ${kind}`);
  const { withSecret, watched } = gravityOf(tally);
  const worse = [
    ...(withSecret > 0 ? [`secret fields of ${subjectsInWords(withSecret)}`] : []),
    ...(watched > 0 ? [`${subjectsInWords(watched)} on the watch list`] : []),
  ];
  return [ways.join(", "), ...worse].join("; ");
}

const subjectsInWords = (subjects: number): string =>
  `${subjects} ${subjects === 1 ? "subject" : "subjects"}`;

/** Distinct subjects of whom a secret field was shown, and those of the watch list. */
function gravityOf({ subjects }: ExposureTally) {
  let withSecret = 0;
  let watched = 0;
  for (const marks of subjects.values()) {
    const isSecret = exposureKinds.some((_, n) => sensitivityIn(marks, n) === sensitivities.secret);
    if (isSecret) withSecret += 1;
    if (isWatchedIn(marks)) watched += 1;
  }
  return { withSecret, watched };
}
