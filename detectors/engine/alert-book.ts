/**
 * Which evidence becomes an alert, and which alert it belongs to.
 *
 * A window alerts once, when its evidence reaches the threshold that was fixed when it opened, and from then
 * on every event that adds to it revises the same alert. Windows of one agent close in time join one alert:
 * an episode that is spread over sign-ins is one story for the person who reads it.
 */

import type { AlertReason } from "../alert.ts";
import type { Dimension, WindowKind } from "../evidence/dimension.ts";
import type { Reading } from "../evidence/evidence.ts";
import { type Counts, countOf, trialOf } from "../evidence/window.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import type { AgentState, AlertPart, AlertRecord, SessionWindow } from "./agent-state.ts";
import { alertPartsMax } from "./agent-state.ts";
import { alertIdOf } from "./alert-composer.ts";
import { type CitedEvent, citations, citedClaims } from "./cited-event.ts";
import { amountInWords, reasonOf, trialReasonOf } from "./explanation.ts";
import { type ExposureTally, emptyTally, mergeTallies } from "./exposure-tally.ts";

const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** Records kept per agent, but for those of open windows; beyond it the oldest can no longer grow. */
const recordsPerAgentMax = 6;
const claimsMax = 4;
/** Dimensions below p = 0.1 are not worth a sentence. */
const claimSurpriseMin = 2.3;

/** A window as the alert sees it. */
export interface Accused {
  readonly process: WindowKind;
  readonly cause: string;
  readonly start: number;
  readonly counts: Counts;
  readonly dimensions: readonly Dimension[];
  readonly readings: readonly Reading[];
  readonly evidence: number;
  readonly cited: readonly CitedEvent[];
  readonly tallies: readonly ExposureTally[];
  readonly sessionIds: readonly string[];
}

interface Joining {
  readonly knownId: string | undefined;
  readonly at: number;
  readonly alerts: DetectionParameters["alerts"];
}

/** The record that the window's alert lives in: its own, a recent one that it joins, or a new one. */
export function recordFor(
  agent: AgentState,
  accused: Pick<Accused, "process" | "cause" | "dimensions" | "readings">,
  { knownId, at, alerts }: Joining,
): AlertRecord {
  const lead = leadOf(accused);
  const known = agent.alerts.find(
    (record) =>
      isWindow(record) &&
      (knownId === undefined ? goesOn(record, lead, { at, alerts }) : record.id === knownId),
  );
  if (known !== undefined) return known;
  const record = newRecord(knownId ?? alertIdOf(accused.cause), accused.process, at);
  addRecord(agent, record);
  return record;
}

const isWindow = ({ about }: AlertRecord): boolean => about !== "policy" && about !== "agent-run";

/**
 * A window that alerts soon after the agent's last alert joins it; later, too, if the same behaviour leads: the same
 * story goes on. Event time.
 */
function goesOn(
  { last, parts }: AlertRecord,
  lead: string | undefined,
  { at, alerts }: Pick<Joining, "at" | "alerts">,
): boolean {
  if (at - last <= alerts.join_hours * hourMs) return true;
  return (
    at - last <= alerts.same_story_days * dayMs &&
    parts.some(({ reasons }) => reasons[0]?.detector === lead)
  );
}

/** The detector of the strongest dimension. */
function leadOf({ dimensions, readings }: Pick<Accused, "dimensions" | "readings">) {
  const [n] = claimedDimensions(dimensions, readings, () => 0);
  return n === undefined ? undefined : dimensions[n]?.detector;
}

/** Forgets alerts that nothing can revise any more: no open window has them, and none may join. */
export function dropSettled(
  agent: AgentState,
  at: number,
  { alerts, windows }: DetectionParameters,
): void {
  const joinMs = Math.max(alerts.same_story_days * dayMs, alerts.join_hours * hourMs);
  const open = openAlerts(agent);
  for (let n = agent.alerts.length - 1; n >= 0; n -= 1) {
    const record = agent.alerts[n];
    if (record === undefined || open.has(record.id)) continue;
    const canGrow =
      record.about === "policy"
        ? at - record.time <= windows.session_hours_max * hourMs
        : at - record.last <= joinMs;
    if (!canGrow) agent.alerts.splice(n, 1);
  }
}

/** Ids of the alerts of open windows; a window without one is undefined among them. */
function openAlerts({ sessions, day, run }: AgentState): ReadonlySet<string | undefined> {
  const open = new Set([day?.alertId, run?.alertId]);
  for (const { alertId } of sessions.values()) open.add(alertId);
  return open;
}

export function newRecord(id: string, about: AlertRecord["about"], at: number): AlertRecord {
  return {
    id,
    about,
    time: at,
    revision: 0,
    last: at,
    sessions: [],
    incidentId: undefined,
    parts: [],
    tally: emptyTally(),
  };
}

/** An alert of an open window would be raised once more if it were forgotten: at most some for each open session. */
export function addRecord(agent: AgentState, record: AlertRecord): void {
  const { alerts } = agent;
  if (alerts.length >= recordsPerAgentMax) {
    const open = openAlerts(agent);
    const settled = alerts.findIndex((one) => !(open.has(one.id) || isOfSession(agent, one)));
    if (settled >= 0) alerts.splice(settled, 1);
  }
  alerts.push(record);
}

/** Whether it tells a policy fact of an open session. */
const isOfSession = ({ sessions }: AgentState, { about, parts }: AlertRecord): boolean =>
  about === "policy" &&
  [...sessions.values()].some(({ cause }) => parts[0]?.cause.endsWith(cause) === true);

interface Put {
  readonly part: AlertPart;
  /** When the window began. */
  readonly start: number;
  readonly tallies: readonly ExposureTally[];
}

/**
 * Puts the window's present state into the record, in the place of its former one. Evidence that was reached stays: what
 * a window may ever reach under ordinary work is what the budget bounds.
 */
export function putPart(record: AlertRecord, { part, start, tallies }: Put): void {
  record.first = Math.min(record.first ?? start, start);
  const place = record.parts.findIndex(({ cause }) => cause === part.cause);
  const former = record.parts[place];
  if (former === undefined) record.parts.push(part);
  else record.parts[place] = { ...part, eValue: strongest(former.eValue, part.eValue) };
  if (record.parts.length > alertPartsMax) record.parts.splice(weakest(record.parts), 1);
  for (const tally of tallies) mergeTallies(record.tally, tally);
}

const strongest = (former: number | null, now: number | null): number | null =>
  former === null || now === null ? now : Math.max(former, now);

function weakest(parts: readonly AlertPart[]): number {
  let place = 0;
  for (const [n, { eValue }] of parts.entries()) {
    if ((eValue ?? 0) < (parts[place]?.eValue ?? 0)) place = n;
  }
  return place;
}

export function partOf(accused: Accused, at: number): AlertPart {
  const { counts, dimensions } = accused;
  const claimed = claimedDimensions(dimensions, accused.readings, (n) =>
    excessRatio(counts, dimensions[n], n),
  );
  const reasons = claimed.map((n) => reasonAt(accused, n, at));
  const total = accused.readings.reduce((sum, { evidence }) => sum + evidence, 0) || 1;
  const claims = citedClaims(
    claimed.map((n, rank) => {
      const { count, form } = accused.dimensions[n] ?? { count: 0, form: "total" };
      const { observed = 0, expected = 0 } = reasons[rank] ?? {};
      return {
        count,
        peakSlice: form === "peak" ? accused.counts.peaks[count]?.bestSlice : undefined,
        excess: Math.max(1, observed - (expected ?? 0)),
        weight: (accused.readings[n]?.evidence ?? 0) / total + 1e-6,
        surprise: accused.readings[n]?.surprise ?? 0,
      };
    }),
  );
  const [first] = reasons;
  const isPeak = accused.dimensions[claimed[0] ?? 0]?.form === "peak";
  const span = isPeak ? "" : ` ${accused.process === "session" ? "in one session" : "in one day"}`;
  return {
    cause: accused.cause,
    eValue: Number(accused.evidence.toPrecision(4)),
    title: titleOf(first, accused.dimensions[claimed[0] ?? 0]?.form === "trial" ? "" : span),
    reasons,
    cited: citations(accused.cited, claims).map(({ id, at: time }) => ({ id, at: time })),
  };
}

function titleOf(first: AlertReason | undefined, span: string): string {
  const seen = amountInWords(first?.observed ?? 0, first?.unit ?? "");
  return `${seen}${span}, ${first?.expected} expected`;
}

/** Positions of the dimensions that carry the evidence, strongest first; one form of each count. */
export function claimedDimensions(
  dimensions: readonly Dimension[],
  readings: readonly Reading[],
  ratioAt: (n: number) => number,
): number[] {
  const order = dimensions
    .flatMap(({ weight }, n) => (weight > 0 ? [n] : []))
    .sort(
      (a, b) =>
        (readings[b]?.evidence ?? 0) - (readings[a]?.evidence ?? 0) || ratioAt(b) - ratioAt(a),
    );
  const seen = new Set<number>();
  const claimed = order.filter((n, rank) => {
    const count = dimensions[n]?.count ?? 0;
    if (seen.has(count)) return false;
    seen.add(count);
    return rank === 0 || (readings[n]?.surprise ?? 0) >= claimSurpriseMin;
  });
  return claimed.slice(0, claimsMax);
}

function excessRatio(counts: Counts, dimension: Dimension | undefined, n: number): number {
  const mean = counts.models[n]?.mean;
  return dimension === undefined || mean === undefined ? 0 : countOf(counts, dimension) / mean;
}

function reasonAt({ counts, dimensions, ...accused }: Accused, n: number, at: number) {
  const dimension = dimensions[n];
  const model = counts.models[n];
  if (dimension === undefined) throw new RangeError("no such dimension");
  const given = {
    dimension,
    surprise: accused.readings[n]?.surprise ?? 0,
    elapsedMs: at - accused.start,
    process: accused.process,
  };
  const trial = trialOf(counts, dimension);
  if (trial !== undefined) {
    const trialModel = counts.rates[dimension.count - counts.totals.length];
    if (trialModel === undefined) throw new RangeError("no such dimension");
    return trialReasonOf({ ...given, trial, model: trialModel });
  }
  if (model === undefined) throw new RangeError("no such dimension");
  return reasonOf({ ...given, model, observed: countOf(counts, dimension) });
}

/** The id of the producer's session, if the window has one. */
export function sessionIdsOf({ key }: SessionWindow): string[] {
  return key.startsWith("s:") ? [key.slice(2)] : [];
}
