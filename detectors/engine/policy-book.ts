/**
 * Policy findings → alerts: one per (session, detector), revised by every further finding. Its sentence is that of the
 * newest finding, after how many there are.
 */
import type { AccessEvent, ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { exposureKindOf } from "../../ingest/vocabulary/exposure.ts";
import { evidenceMax } from "../alert.ts";
import type { DetectorMeta, PolicyFinding } from "../detector.ts";
import type { AgentState, AlertRecord, SessionWindow } from "./agent-state.ts";
import { addRecord, newRecord, sessionIdsOf } from "./alert-book.ts";
import { alertIdOf } from "./alert-composer.ts";
import { amountInWords } from "./explanation.ts";
import {
  type ExposureTally,
  type Fresh,
  kindIndex,
  noteSubject,
  type StandingOf,
} from "./exposure-tally.ts";
import { sensitivityOf } from "./harm.ts";

interface Found {
  readonly event: ConsoleEvent;
  readonly meta: DetectorMeta;
  readonly finding: PolicyFinding;
  readonly standingOf: StandingOf;
}

/** The alert's record after `finding`. */
export function notePolicyFinding(
  agent: AgentState,
  session: SessionWindow,
  { event, meta, finding, standingOf }: Found,
): AlertRecord {
  const cause = `policy|${meta.id}|${session.cause}`;
  const record = policyRecord(agent, session, { cause, at: finding.at });
  if (event.kind === "access") noteEvent(record.tally, event, standingOf);
  const former = record.parts[0];
  const observed = (former?.reasons[0]?.observed ?? 0) + finding.observed;
  const told = amountInWords(observed, finding.unit);
  const cited = [...(former?.cited ?? []), { id: finding.eventId, at: finding.at }];
  record.parts[0] = {
    cause,
    eValue: null,
    title: `${meta.title}: ${told}`,
    reasons: [
      {
        detector: meta.id,
        observed,
        expected: 0,
        unit: finding.unit,
        p_value: null,
        baseline: "policy",
        summary: former === undefined ? finding.summary : `${told}. ${finding.summary}`,
      },
    ],
    cited: cited.slice(0, evidenceMax),
  };
  record.last = Math.max(record.last, finding.at);
  record.revision += 1;
  return record;
}

function policyRecord(
  agent: AgentState,
  session: SessionWindow,
  { cause, at }: { cause: string; at: number },
): AlertRecord {
  const id = alertIdOf(cause);
  const known = agent.alerts.find((record) => record.id === id);
  if (known !== undefined) return known;
  const record = newRecord(id, "policy", at);
  record.sessions.push(...sessionIdsOf(session));
  addRecord(agent, record);
  return record;
}

/** Adds the event's exposures to the alert's. */
function noteEvent(tally: ExposureTally, event: AccessEvent, standingOf: StandingOf): void {
  const exposure = exposureKindOf(event);
  if (exposure === undefined) return;
  const fresh: Fresh = { subjects: 0, inKind: 0 };
  const how = { kind: kindIndex(exposure), sensitivity: sensitivityOf(event), standingOf };
  for (const subject of event.subjects) noteSubject(tally, subject, how, fresh);
}
