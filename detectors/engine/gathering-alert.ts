/** From a gathering of agents over subjects to the wire shape. */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { exposureKinds } from "../../ingest/vocabulary/exposure.ts";
import { type Alert, evidenceMax } from "../alert.ts";
import type { DetectorMeta } from "../detector.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import type { SizeFit } from "../stats/size-tail.ts";
import { alertIdOf, exposureOf } from "./alert-composer.ts";
import { counselOf, rarityOf, rounded } from "./explanation.ts";
import type { Standing, StandingOf } from "./exposure-tally.ts";
import type { GatheringKind } from "./gathering-kinds.ts";
import type { Gathering } from "./gatherings.ts";
import { beliefOf, riskOf, severityOf, standingWeight } from "./harm.ts";

const daySeconds = 86_400;

/** What an alert about a kind of gathering is made with. */
export interface GatheringTelling {
  readonly kind: GatheringKind;
  readonly meta: DetectorMeta;
  readonly parameters: DetectionParameters;
  readonly standingOf: StandingOf;
  /** The incident of a new alert. */
  readonly incidentOf: (alertId: string, agents: readonly string[], at: number) => string;
}

export interface Told {
  readonly event: AccessEvent;
  readonly gathering: Gathering;
  readonly nats: number;
  readonly evidence: number;
  readonly fit: SizeFit;
  readonly known: Alert | undefined;
}

export function gatheringAlert(options: GatheringTelling, told: Told): Alert {
  const { kind, meta, parameters } = options;
  const { event, gathering, known } = told;
  const { members, size } = gathering;
  const times = members.map(({ at }) => at);
  const id = known?.alert_id ?? alertIdOf(`${kind.id}|${gathering.key}|${event.eventId}`);
  const reason = reasonOf(kind, meta, told);
  const weights = parameters.severity;
  const standing = standingIn(options, event);
  const isWatched = standing?.isWatched === true;
  const harm = weights.gathered * members.length * standingWeight(weights, standing);
  const evidence = Math.max(told.evidence, known?.e_value ?? 0);
  const agents = [...new Set([...(known?.agent_ids ?? []), ...members.map(({ agent }) => agent)])];
  return {
    alert_id: id,
    time: known?.time ?? new Date(event.at).toISOString(),
    first_event_time: known?.first_event_time ?? new Date(Math.min(...times)).toISOString(),
    last_event_time: new Date(Math.max(...times)).toISOString(),
    lane: "statistical",
    severity: severityOf(weights, harm * beliefOf(weights, evidence)),
    risk: riskOf(harm, evidence),
    e_value: Number(evidence.toPrecision(4)),
    detectors: [meta.id],
    agent_id: null,
    agent_ids: agents.toSorted(),
    session_ids: [],
    title: kind.title(size),
    explanation: `${reason.summary} ${isWatched ? "The subject is on the watch list. " : ""}${counselOf(meta)}`,
    reasons: [reason],
    exposure: exposedBy(gathering, known),
    evidence: [...new Set([...members.map((one) => one.id), ...(known?.evidence ?? [])])].slice(
      0,
      evidenceMax,
    ),
    attack: [...meta.attack],
    incident_id: known?.incident_id ?? options.incidentOf(id, agents, event.at),
    status: "open",
    disposition: null,
  };
}

/** Its size when it was last told. */
export const observedIn = ({ reasons }: Alert): number => reasons[0]?.observed ?? 0;

/** Of the gathering's subject; undefined: it has none of its own, or nothing makes its exposure worse. */
export function standingIn(
  { kind, standingOf }: Pick<GatheringTelling, "kind" | "standingOf">,
  { subjects: [only] }: AccessEvent,
): Standing | undefined {
  return kind.hasOneSubject && only !== undefined ? standingOf(only) : undefined;
}

/** Distinct subjects by the ways in which they were exposed; as many as were told before, though some are long ago. */
function exposedBy({ ways }: Gathering, known: Alert | undefined): Alert["exposure"] {
  const distinct = exposureKinds.map((kind, n) =>
    Math.max(ways.filter((own) => (own & (1 << n)) !== 0).length, known?.exposure?.[kind] ?? 0),
  );
  return exposureOf({ distinct });
}

function reasonOf(
  kind: GatheringKind,
  meta: DetectorMeta,
  { gathering: { size, days }, nats, fit, known }: Told,
) {
  // What was expected when it alarmed: what it grows by itself is not to raise that.
  const expected = known?.reasons[0]?.expected ?? rounded(fit.mean);
  const p = rounded(Math.exp(-nats));
  return {
    detector: meta.id,
    observed: size,
    expected,
    unit: kind.unit,
    window_seconds: days * daySeconds,
    p_value: p,
    baseline: "global" as const,
    summary: `${kind.seen(size, days)}; ${kind.usual({ mean: expected, level: fit.level, rarity: rarityOf(p) })}.`,
  };
}
