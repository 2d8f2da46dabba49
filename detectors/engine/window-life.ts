/**
 * How windows open and close, and what a closed one teaches.
 *
 * Everything is learnt at the close, so that a window is always scored before it is learnt from; counts are
 * learnt clipped at their predictive 99.9 % quantile, so that an attack moves a baseline little and a lasting
 * change of work moves it within days.
 */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import type { Watched } from "../detector.ts";
import { alertThreshold } from "../evidence/budget.ts";
import type { Dimension, Dimensions, WindowKind } from "../evidence/dimension.ts";
import { fusionOf } from "../evidence/evidence.ts";
import type { CountLane } from "../evidence/open-detector.ts";
import type { Population } from "../evidence/population.ts";
import { type Counts, countOf, openCounts, readWindow, trialOf } from "../evidence/window.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import { type CountHistory, emptyHistory, learnOwn } from "../stats/count-baseline.ts";
import { fuzzyPOf } from "../stats/count-surprise.ts";
import { certain } from "../stats/fuzzy-p.ts";
import { emptyRate, learnRate, lessonOf } from "../stats/trial-rate.ts";
import {
  type AgentState,
  type DayWindow,
  type SessionWindow,
  sessionsPerDayMax,
} from "./agent-state.ts";
import { sessionIdsOf } from "./alert-book.ts";
import { clipped, keepOwn } from "./baselines.ts";
import { cite, citedPerDayMax, excessShares } from "./cited-event.ts";
import type { Template } from "./explained.ts";
import { emptyTally, mergeTallies, type StandingOf } from "./exposure-tally.ts";
import { learnHabits, newTrace } from "./habits.ts";
import type { LocalTime } from "./local-time.ts";
import type { PlaceBook } from "./place-book.ts";
import { doubtDay, doubtSession, relearn } from "./probation.ts";
import type { RobotBook } from "./robot-book.ts";
import type { SubjectTrail } from "./subject-trail.ts";
import type { TicketBook } from "./ticket-book.ts";

export interface ModelDeps {
  readonly over: Watched;
  readonly dimensions: Dimensions;
  readonly counting: readonly { readonly id: string; readonly lane: CountLane }[];
  readonly population: Population;
  readonly tickets: TicketBook;
  readonly trail: SubjectTrail;
  readonly robots: RobotBook;
  readonly places: PlaceBook;
  readonly localTime: LocalTime;
  readonly parameters: DetectionParameters;
  readonly standingOf: StandingOf;
  readonly noteSettledEarly: (lessons: number) => void;
  readonly noteAccess: (template: Template) => void;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Open sessions of one agent; beyond it the one that has been silent longest is closed. */
export const sessionsPerAgentMax = 6;

export function sessionKey(event: AccessEvent): string {
  return event.session?.id === undefined ? `c:${event.console}` : `s:${event.session.id}`;
}

export function openSession(event: AccessEvent): SessionWindow {
  const key = sessionKey(event);
  return {
    key,
    cause: `session|${event.agent.id}|${key}|${event.eventId}`,
    start: event.at,
    last: event.at,
    counts: undefined,
    tally: emptyTally(),
    trace: newTrace(),
    device: 0,
    network: 0,
    hasEnrolled: false,
    cited: [],
    alertId: undefined,
  };
}

export function dayIndex({ localTime }: ModelDeps, event: AccessEvent): number {
  return localTime.day(event.at, event.agent.timeZone);
}

/** So that an agent and a reader of one name have no alert in common. */
export const whose = ({ over }: Pick<ModelDeps, "over">): string =>
  over === "readers" ? "reader" : "agent";

export function openDay(deps: ModelDeps, agent: AgentState, event: AccessEvent): DayWindow {
  const index = dayIndex(deps, event);
  return {
    index,
    cause: `${whose(deps)}-day|${event.agent.id}|${index}`,
    start: event.at,
    last: event.at,
    counts: openModels(deps, agent, "agent-day"),
    tally: emptyTally(),
    sessions: [],
    cited: [],
    alertId: undefined,
  };
}

/** Fixes the models and the threshold of a window that begins now. */
export function openModels(deps: ModelDeps, agent: AgentState, process: WindowKind): Counts {
  const { population, dimensions } = deps;
  const counting = dimensions.byProcess[process].filter(({ form }) => form !== "trial");
  const models = counting.map((_, n) => {
    const own = agent.histories[process][n] ?? emptyHistory;
    const { mean, size, ownShare } = population.predict(process, n, agent.role, own);
    return {
      mean: Math.fround(mean),
      size: Math.fround(size),
      ownShare: Math.fround(ownShare),
    };
  });
  const rates = dimensions.trials.map((_, n) =>
    population.trialModel(n, agent.role, agent.rates[n] ?? emptyRate),
  );
  const threshold = alertThreshold(population.budget(), process, deps.parameters.budget);
  return openCounts(dimensions, { models, rates, threshold, isBlind: population.isBlind(process) });
}

/**
 * Without session id a session ends after a pause, with one after a night off; a longer one than any shift is cut:
 * robots never sign out. Event time.
 */
export function isOver({ parameters }: ModelDeps, session: SessionWindow, at: number): boolean {
  const { silence_minutes, named_silence_hours, session_hours_max } = parameters.windows;
  const isNamed = session.key.startsWith("s:");
  const silence = isNamed ? named_silence_hours * hourMs : silence_minutes * minuteMs;
  return at - session.last > silence || at - session.start > session_hours_max * hourMs;
}

/** Learns the session and hands what it showed to the agent's day, unless it alerted by itself. */
export function closeSession(deps: ModelDeps, agent: AgentState, session: SessionWindow): void {
  agent.sessions.delete(session.key);
  const { counts } = session;
  if (counts === undefined) return;
  const { day } = agent;
  if (day !== undefined && session.alertId === undefined) {
    mergeTallies(day.tally, session.tally);
    if (day.sessions.length < sessionsPerDayMax) day.sessions.push(...sessionIdsOf(session));
    const shares = () => excessShares(day.counts, deps.dimensions.byProcess["agent-day"]);
    for (const event of session.cited) cite(day.cited, event, citedPerDayMax, shares);
  }
  if (!counts.isBlind) {
    const dimensions = deps.dimensions.byProcess.session;
    const fitOf = (n: number) => deps.population.calibration("session", n);
    const readings = readWindow(counts, dimensions, fitOf);
    deps.population.learnFusion("session", fusionOf(dimensions, readings));
  }
  const { start, last } = session;
  doubtSession(agent, session, counts);
  learnRates(deps, agent, counts, last);
  learnWindow(deps, agent, { process: "session", counts, start, last });
  const { learning } = deps.parameters;
  const share = session.alertId === undefined ? 1 : learning.accused_share;
  learnHabits(agent.habits, session.trace, { at: last, share, ...learning });
  relearn(deps, agent);
}

/** Questions of one agent that weigh as much as all its further ones among its peers. */
const loudQuestions = 100;

/** Own questions from which on a window's difference is one of windows rather than of a poor guess. */
const settledQuestions = 30;

function learnRates(deps: ModelDeps, agent: AgentState, counts: Counts, last: number): void {
  const keep = keepOwn(deps, agent.learntAt.session, last);
  agent.rates = counts.trials.map((trial, n) => {
    const own = agent.rates[n] ?? emptyRate;
    const rate = counts.rates[n]?.rate ?? 1;
    const yes = lessonOf(trial.asked, trial.yes, rate);
    if (trial.asked > 0) {
      if (own.asked >= settledQuestions) deps.population.learnSpread(n, { ...trial, yes }, rate);
      const weight = 1 / (1 + own.asked / loudQuestions);
      const answer = { asked: weight * trial.asked, yes: weight * yes };
      deps.population.learnRate(n, agent.role, answer);
    }
    return learnRate(own, trial.asked, yes, keep);
  });
}

/** Learns the day. */
export function closeDay(deps: ModelDeps, agent: AgentState, day: DayWindow): void {
  agent.day = undefined;
  const { counts, start, last } = day;
  if (!counts.isBlind) {
    const dimensions = deps.dimensions.byProcess["agent-day"];
    const fitOf = (n: number) => deps.population.calibration("agent-day", n);
    const readings = readWindow(counts, dimensions, fitOf);
    deps.population.learnFusion("agent-day", fusionOf(dimensions, readings));
  }
  doubtDay(agent, day);
  learnWindow(deps, agent, { process: "agent-day", counts, start, last });
}

interface ClosedWindow {
  readonly process: WindowKind;
  readonly counts: Counts;
  readonly start: number;
  readonly last: number;
}

function learnWindow(deps: ModelDeps, agent: AgentState, window: ClosedWindow): void {
  const { process, counts, last } = window;
  const keep = keepOwn(deps, agent.learntAt[process], last);
  const learnt: CountHistory[] = [];
  const dimensions = deps.dimensions.byProcess[process];
  for (let n = 0; n < dimensions.length; n += 1) {
    const dimension = dimensions[n];
    if (dimension === undefined) continue;
    const own = agent.histories[process][n] ?? emptyHistory;
    const model = counts.models[n];
    if (!counts.isBlind) calibrate(deps.population, window, { n, dimension });
    if (model === undefined) continue;
    const count = countOf(counts, dimension);
    const lesson = clipped(deps, count, model);
    deps.population.learn({
      process,
      dimension: n,
      role: agent.role,
      own,
      count: lesson,
      at: last,
    });
    learnt.push(learnOwn(own, lesson, model.mean, keep));
  }
  agent.histories[process] = learnt;
  agent.learntAt[process] = Math.max(agent.learntAt[process], last);
}

/** Learns how surprising the dimension was; a trial that was not asked says nothing. */
function calibrate(
  population: Population,
  { process, counts, start, last }: ClosedWindow,
  { n, dimension }: { readonly n: number; readonly dimension: Dimension },
): void {
  const model = counts.models[n];
  const trial = trialOf(counts, dimension);
  const observed = countOf(counts, dimension);
  // Of times and not of names, so that other names for the same work change nothing.
  const lot = `${process}|${start}|${last}`;
  if (trial !== undefined && trial.asked > 0) {
    population.calibrate(process, n, { observed, lot, p: certain(Math.exp(-trial.best)) });
  }
  if (model === undefined) return;
  population.calibrate(process, n, { observed, lot, p: fuzzyPOf(observed, model) });
}
