/** The alert of a rule's group: a fact of the policy lane, as somebody has set the threshold. */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { type Alert, evidenceMax, type Severity, titleLengthMax } from "../alert.ts";
import { alertIdOf, exposedInWords, exposureOf, incidentIdOf } from "../engine/alert-composer.ts";
import { amountInWords, explanationOf } from "../engine/explanation.ts";
import type { ExposureTally } from "../engine/exposure-tally.ts";
import type { SigmaRule } from "./sigma-rule.ts";
import type { Entry } from "./sigma-window.ts";

/** Nothing is known of the harm but what the rule's author says of it. */
const risks: Readonly<Record<Severity, number>> = {
  info: 10,
  low: 25,
  medium: 45,
  high: 70,
  critical: 90,
};

const isoTime = (at: number): string => new Date(at).toISOString();

export interface Met {
  readonly rule: SigmaRule;
  /** Names the group; no value of an event. */
  readonly group: string;
  readonly event: AccessEvent;
  readonly count: number;
  /** Those that were counted, oldest first. */
  readonly counted: readonly Entry[];
  /** By those that this alert has counted, earlier ones included. */
  readonly exposed: ExposureTally;
  readonly known: Alert | undefined;
}

export function sigmaAlertOf(met: Met): Alert {
  const { rule, event, counted, known } = met;
  const { meta, groupBy } = rule;
  const id = known?.alert_id ?? alertIdOf(`sigma|${rule.id}|${met.group}|${event.eventId}`);
  const observed = Math.max(met.count, known?.reasons[0]?.observed ?? 0);
  const reason = reasonOf(rule, observed);
  const times = [...counted.map(({ at }) => at), event.at];
  const earlier = known === undefined ? [] : [Date.parse(known.first_event_time)];
  const later = known === undefined ? [] : [Date.parse(known.last_event_time)];
  const agents = new Set([...(known?.agent_ids ?? []), ...counted.map(({ agent }) => agent)]);
  const evidence = new Set([
    ...counted.toReversed().map((entry) => entry.id),
    ...(known?.evidence ?? []),
  ]);
  return {
    alert_id: id,
    time: known?.time ?? isoTime(event.at),
    first_event_time: isoTime(Math.min(...times, ...earlier)),
    last_event_time: isoTime(Math.max(...times, ...later)),
    lane: "policy",
    severity: meta.severity,
    risk: risks[meta.severity],
    e_value: null,
    detectors: [rule.id],
    agent_id: groupBy.some(({ name }) => name === "agent.id") ? event.agent.id : null,
    agent_ids: [...agents].toSorted(),
    session_ids: sessionsOf(met),
    title: `${meta.title}: ${amountInWords(observed, reason.unit)}`.slice(0, titleLengthMax),
    explanation: explanationOf({
      windows: [[reason]],
      lead: meta,
      learning: undefined,
      exposed: exposedInWords(met.exposed),
    }),
    reasons: [reason],
    exposure: exposureOf(met.exposed),
    evidence: [...evidence].slice(0, evidenceMax),
    attack: [...meta.attack],
    incident_id: known?.incident_id ?? incidentIdOf(id),
    status: "open",
    disposition: null,
  };
}

const sessionsOf = ({ rule, event, known }: Met): string[] => {
  const isOne = rule.groupBy.some(({ name }) => name === "session.id");
  const own = isOne && event.session?.id !== undefined ? [event.session.id] : [];
  return [...new Set([...(known?.session_ids ?? []), ...own])];
};

function reasonOf({ id, groupBy, counted, timespan, expected }: SigmaRule, observed: number) {
  const unit = counted === undefined ? "matching accesses" : `distinct ${counted.name}`;
  const groups = groupBy.map(({ name }) => name).join(", ");
  return {
    detector: id,
    observed,
    // A threshold is not what is expected.
    expected: null,
    unit,
    window_seconds: timespan.ms / 1_000,
    p_value: null,
    baseline: "policy" as const,
    summary: `${amountInWords(observed, unit)} within ${timespan.text} for the same ${groups}; the rule ${id} asks for ${expected}.`,
  };
}
