/** One event of one agent through its windows and the policy rules: the heart of the engine. */
import type { AgentId } from "../../ingest/vocabulary/brand.ts";
import type {
  AccessEvent,
  AgentEvent,
  ConsoleEvent,
  SubjectEvent,
} from "../../ingest/vocabulary/event.ts";
import { exposureKindOf } from "../../ingest/vocabulary/exposure.ts";
import type { AlertChange } from "../alert.ts";
import type { DetectorMeta, Lists, PolicyFinding, Watched } from "../detector.ts";
import { dimensionsOf } from "../evidence/dimension.ts";
import type { OpenDetector } from "../evidence/open-detector.ts";
import type { Population } from "../evidence/population.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import { judgementOf, type Verdict, type VerdictResult } from "../verdict.ts";
import { judgeSubject } from "./aftermath.ts";
import type { AgentBook } from "./agent-book.ts";
import { type AgentState, type AlertRecord, type SessionWindow, straysMax } from "./agent-state.ts";
import { newestSession, rollOver, sessionFor } from "./agent-windows.ts";
import { composeAlert } from "./alert-composer.ts";
import type { StandingOf } from "./exposure-tally.ts";
import type { GatheringBook } from "./gathering-book.ts";
import { crowdJoined, pairAround, strayOf } from "./gatherings.ts";
import { type Habits, moveTo } from "./habits.ts";
import type { IncidentBook } from "./incident-book.ts";
import { learningOf } from "./learning.ts";
import type { LocalTime } from "./local-time.ts";
import type { PlaceBook } from "./place-book.ts";
import { notePolicyFinding } from "./policy-book.ts";
import { holdsAlert, judge, noteMove } from "./probation.ts";
import { noteHour } from "./rhythm.ts";
import type { RobotBook } from "./robot-book.ts";
import { countEvent, judgeDay, judgeSession, openWindows } from "./session-scoring.ts";
import { markOf, utcDayOf } from "./sighting.ts";
import type { SubjectTrail } from "./subject-trail.ts";
import type { TicketBook } from "./ticket-book.ts";
import type { Totals } from "./totals.ts";
import type { ModelDeps } from "./window-life.ts";

interface ScoringOptions {
  readonly over: Watched;
  readonly detectors: readonly OpenDetector[];
  readonly population: Population;
  readonly book: AgentBook;
  readonly tickets: TicketBook;
  readonly trail: SubjectTrail;
  readonly robots: RobotBook;
  readonly places: PlaceBook;
  readonly localTime: LocalTime;
  readonly incidents: IncidentBook;
  /** undefined: such gatherings are not looked for. */
  readonly crowds: GatheringBook | undefined;
  readonly pairs: GatheringBook | undefined;
  readonly totals: Totals;
  readonly lists: Lists;
  readonly standingOf: StandingOf;
  readonly parameters: DetectionParameters;
}

export interface AgentScoring {
  readonly score: (event: ConsoleEvent) => readonly AlertChange[];
  /** Learns what somebody has found out about an alert. */
  readonly learn: (verdict: Verdict) => void;
}

/** Shared, so that the usual event allocates no answer. */
const nothing: readonly AlertChange[] = [];

export function createAgentScoring(options: ScoringOptions): AgentScoring {
  const { detectors, book, incidents, totals, standingOf } = options;
  const weights = options.parameters.severity;
  const metas = new Map(detectors.map(({ meta }) => [meta.id, meta]));
  const deps = modelDepsOf(options);

  const changeOf = (agentId: string, agent: AgentState, record: AlertRecord): AlertChange => {
    record.incidentId = incidents.assign(agentId, agent, record);
    const learning = (id: string) =>
      learningOf(deps.dimensions, deps.population, agent)?.detectors.find(
        ({ detector }) => detector === id,
      )?.state;
    const alert = composeAlert({ agentId, record, learning, metas, weights });
    return { alert, revision: totals.events(), isNew: record.revision === 1 };
  };

  const judgePolicies = (
    agent: AgentState,
    session: SessionWindow | undefined,
    about: { event: ConsoleEvent; agentId: AgentId },
  ): AlertRecord[] =>
    findingsOf(options, about).flatMap(({ meta, finding }) =>
      session === undefined
        ? []
        : [notePolicyFinding(agent, session, { event: about.event, meta, finding, standingOf })],
    );

  const scoreAccess = (event: AccessEvent): readonly AlertChange[] => {
    const agent = book.touch(event.agent.id);
    agent.role = event.agent.role ?? agent.role;
    const before = rollOver(deps, agent, event);
    const session = sessionFor(deps, agent, event);
    session.last = Math.max(session.last, event.at);
    if (event.action === "factor_enroll" && event.outcome === "success") session.hasEnrolled = true;
    const dayBefore = agent.activeDay;
    const counted = judgeCounts(deps, agent, session, event);
    const found = judgePolicies(agent, session, { event, agentId: event.agent.id });
    if (agent.activeDay !== dayBefore) totals.noteAgentDay(event.at);
    const gathered = judgeGatherings(options, agent, event);
    if (before.length + counted.length + found.length === 0) return gathered;
    const raised = new Set([...before, ...counted, ...found]);
    const own = [...raised].map((record) => changeOf(event.agent.id, agent, record));
    return [...own, ...gathered];
  };

  /** A roster event can turn what was done before it into a finding; it joins the agent's newest session. */
  const scoreRoster = (event: AgentEvent): readonly AlertChange[] => {
    const { agentId } = event;
    const agent = book.touch(agentId);
    learnRoster(agent, event, options.parameters.habits);
    const records = judgePolicies(agent, newestSession(agent), { event, agentId });
    return records.map((record) => changeOf(agentId, agent, record));
  };

  const scoreSubject = (event: SubjectEvent): readonly AlertChange[] =>
    judgeSubject(deps, book, event).map((told) => changeOf(told.agentId, told.agent, told.record));

  return {
    score: (event) => {
      if (event.kind === "access") return scoreAccess(event);
      if (event.kind === "agent") return scoreRoster(event);
      if (event.kind === "subject") return scoreSubject(event);
      options.tickets.report(event);
      return nothing;
    },
    learn: (verdict) => totals.noteVerdict(learnVerdict(options, deps, verdict)),
  };
}

function modelDepsOf(options: ScoringOptions): ModelDeps {
  return {
    over: options.over,
    dimensions: dimensionsOf(options.detectors),
    population: options.population,
    tickets: options.tickets,
    trail: options.trail,
    robots: options.robots,
    places: options.places,
    localTime: options.localTime,
    parameters: options.parameters,
    standingOf: options.standingOf,
    noteSettledEarly: options.totals.noteSettledEarly,
    noteAccess: options.totals.noteAccess,
    counting: options.detectors.flatMap(({ meta, counting }) =>
      counting === undefined ? [] : [{ id: meta.id, lane: counting }],
    ),
  };
}

function learnVerdict(
  { book, crowds, pairs }: ScoringOptions,
  deps: ModelDeps,
  { alertId, disposition }: Verdict,
): VerdictResult {
  const judgement = judgementOf(disposition);
  const agent = book.holding(alertId, (one) => holdsAlert(one, alertId));
  if (agent === undefined) {
    const ofCrowd = crowds?.learn(alertId, judgement);
    return ofCrowd ?? pairs?.learn(alertId, judgement) ?? "unknown";
  }
  return judge(deps, agent, { alertId, judgement }) ? judgement : "unchanged";
}

/** Counts the access; the alerts of its session, or else of its agent's day, as they then stand. */
function judgeCounts(
  deps: ModelDeps,
  agent: AgentState,
  session: SessionWindow,
  event: AccessEvent,
): AlertRecord[] {
  const exposure = exposureKindOf(event);
  if (exposure === undefined || event.subjects.length === 0) return [];
  const day = openWindows(deps, agent, session, event);
  day.last = Math.max(day.last, event.at);
  noteHour(agent.rhythm, event.at, deps.parameters);
  deps.robots.note(event.agent.id, agent.rhythm.isRobot);
  if (!countEvent(deps, agent, session, { event, exposure })) return [];
  const own = judgeSession(deps, agent, session, event.at);
  if (session.alertId !== undefined) return own === undefined ? [] : [own];
  const byDay = judgeDay(deps, agent, event.at);
  return byDay === undefined ? [] : [byDay];
}

function learnRoster(
  agent: AgentState,
  { type, team, at }: AgentEvent,
  rarity: DetectionParameters["habits"],
): void {
  const { habits } = agent;
  const kind = rosterKinds[type];
  if (kind === undefined || at < habits.toldAt[kind]) return;
  habits.toldAt[kind] = at;
  if (kind === "onCall") habits.isOnCall = type === "on_call_started";
  if (kind === "leave") habits.leaveAt = type === "leave_started" ? at : 0;
  if (kind !== "team") return;
  const mark = team === undefined ? undefined : markOf(team);
  noteMove(agent, mark, at);
  moveTo(habits, mark, rarity);
}

/** What of the agent's habits the roster's event is about. */
const rosterKinds: Readonly<Partial<Record<AgentEvent["type"], keyof Habits["toldAt"]>>> = {
  on_call_started: "onCall",
  on_call_ended: "onCall",
  leave_started: "leave",
  leave_ended: "leave",
  hired: "leave",
  team_changed: "team",
};

/** A gathering is nobody's in particular: its alert names everyone in it, not the agent who came last. */
function judgeGatherings(
  { trail, crowds, pairs, population, totals, parameters }: ScoringOptions,
  { strays }: AgentState,
  event: AccessEvent,
): readonly AlertChange[] {
  const looks = trail.looksAt(event);
  const mark = strayOf(looks, event);
  if (mark === undefined) return nothing;
  const crowd = crowdJoined(looks, event, parameters.gatherings);
  const { agentDays } = population.budget();
  const told = [crowd && crowds?.judge(event, crowd, agentDays)];
  if (!strays.some((stray) => stray.mark === mark)) {
    const pair = pairAround(trail, event, { strays, ...parameters.gatherings });
    told.push(pair && pairs?.judge(event, pair, agentDays));
    strays.push({ mark, place: event.neighbourhood ?? 0, day: utcDayOf(event.at) });
    if (strays.length > straysMax) strays.shift();
  }
  return told.flatMap((one) => (one === undefined ? [] : [{ ...one, revision: totals.events() }]));
}

/** What the policy rules say of the event, counted. */
function findingsOf(
  { detectors, lists, totals }: ScoringOptions,
  { event, agentId }: { readonly event: ConsoleEvent; readonly agentId: AgentId },
) {
  const found: { readonly meta: DetectorMeta; readonly finding: PolicyFinding }[] = [];
  for (const { meta, policy } of detectors) {
    if (policy === undefined) continue;
    for (const finding of policy.step(agentId, event, lists)) {
      totals.noteFinding(meta.id);
      found.push({ meta, finding });
    }
  }
  return found;
}
