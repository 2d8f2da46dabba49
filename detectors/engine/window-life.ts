/**
 * How windows open and close, and what a closed one teaches.
 *
 * Everything is learnt at the close, so that a window is always scored before it is learnt from; counts are
 * learnt clipped at their predictive 99.9 % quantile, so that an attack moves a baseline little and a lasting
 * change of work moves it within days.
 */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { alertThreshold } from "../evidence/budget.ts";
import type { Dimensions, Process } from "../evidence/dimension.ts";
import { bet, closedEvidence, fuse, logWon } from "../evidence/evidence.ts";
import type { CountLane } from "../evidence/open-detector.ts";
import type { Population } from "../evidence/population.ts";
import { type Counts, countOf, openCounts, readWindow } from "../evidence/window.ts";
import { type CountHistory, emptyHistory, learnOwn } from "../stats/count-baseline.ts";
import { randomisedSurprise } from "../stats/count-surprise.ts";
import { logUpperTail, upperQuantile } from "../stats/negative-binomial.ts";
import { seededUniform } from "../stats/seeded-uniform.ts";
import type { AgentState, SessionWindow, WeekWindow } from "./agent-state.ts";
import { cite, citedPerWeekMax } from "./cited-event.ts";
import { emptyTally, mergeTallies } from "./exposure-tally.ts";
import type { LiveTickets } from "./live-tickets.ts";

export interface ModelDeps {
  readonly dimensions: Dimensions;
  readonly counting: readonly { readonly id: string; readonly lane: CountLane }[];
  readonly population: Population;
  readonly tickets: LiveTickets;
  readonly falseAlertsPer100AgentDays: number;
}

/** Without session id a session ends after this silence, with one after a night off. Event time. */
const silenceMs = 30 * 60_000;
const namedSilenceMs = 8 * 3_600_000;
/** A session longer than this is cut: robots never sign out. */
export const sessionMsMax = 24 * 3_600_000;
/** Open sessions of one agent; beyond it the one that has been silent longest is closed. */
export const sessionsPerAgentMax = 6;
const weekMs = 7 * 86_400_000;
/** 1970-01-01 was a Thursday. */
const mondayOffsetMs = 3 * 86_400_000;
const ownHalfLifeMs = 14 * 86_400_000;
const clipUpper = 0.001;
const logClipUpper = Math.log(clipUpper);

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
    harm: 0,
    cited: [],
    alertId: undefined,
  };
}

export function weekIndex(at: number): number {
  return Math.floor((at + mondayOffsetMs) / weekMs);
}

export function openWeek(deps: ModelDeps, agent: AgentState, event: AccessEvent): WeekWindow {
  const index = weekIndex(event.at);
  return {
    index,
    cause: `agent-week|${event.agent.id}|${index}`,
    start: index * weekMs - mondayOffsetMs,
    last: event.at,
    counts: openModels(deps, agent, "agent-week"),
    logBest: 0,
    wealth: deps.counting.map(() => 1),
    tally: emptyTally(),
    harm: 0,
    cited: [],
    alertId: undefined,
  };
}

/** Fixes the models and the threshold of a window that begins now. */
export function openModels(deps: ModelDeps, agent: AgentState, process: Process): Counts {
  const { population, dimensions } = deps;
  const models = dimensions.byProcess[process].map((_, n) => {
    const own = agent.histories[process][n] ?? emptyHistory;
    const { mean, size, ownShare } = population.predict(process, n, agent.role, own);
    return {
      mean: Math.fround(mean),
      size: Math.fround(size),
      ownShare: Math.fround(ownShare),
    };
  });
  const threshold = alertThreshold(population.budget(), process, deps.falseAlertsPer100AgentDays);
  return openCounts(dimensions, { models, threshold, isBlind: population.isBlind(process) });
}

export function isOver(session: SessionWindow, at: number): boolean {
  const silence = session.key.startsWith("s:") ? namedSilenceMs : silenceMs;
  return at - session.last > silence || at - session.start > sessionMsMax;
}

/** Learns the session and hands what it showed to the agent's week, unless it alerted by itself. */
export function closeSession(deps: ModelDeps, agent: AgentState, session: SessionWindow): void {
  agent.sessions.delete(session.key);
  const { counts } = session;
  if (counts === undefined) return;
  const { week } = agent;
  if (week !== undefined && session.alertId === undefined) {
    for (const [n, evidence] of detectorEvidence(deps, counts).entries()) {
      week.wealth[n] = Math.fround(bet(week.wealth[n] ?? 1, evidence));
    }
    mergeTallies(week.tally, session.tally);
    week.harm += session.harm;
    for (const event of session.cited) cite(week.cited, event, citedPerWeekMax);
  }
  if (!counts.isBlind) {
    const dimensions = deps.dimensions.byProcess.session;
    const fitOf = (n: number) => deps.population.calibration("session", n);
    deps.population.learnFused("session", logWon(fuse(readWindow(counts, dimensions, fitOf))));
  }
  learnWindow(deps, agent, {
    process: "session",
    counts,
    last: session.last,
    cause: session.cause,
  });
}

export function closeWeek(deps: ModelDeps, agent: AgentState, week: WeekWindow): void {
  agent.week = undefined;
  const { counts, last, cause } = week;
  if (!counts.isBlind) deps.population.learnFused("agent-week", week.logBest);
  learnWindow(deps, agent, { process: "agent-week", counts, last, cause });
}

/** The e-value of a closed session by detector: its dimensions averaged by weight. */
function detectorEvidence({ dimensions, counting, population }: ModelDeps, counts: Counts) {
  const session = dimensions.byProcess.session;
  return counting.map(({ id }) => {
    let evidence = 0;
    let weights = 0;
    for (const [n, dimension] of session.entries()) {
      const model = counts.models[n];
      if (dimension.detector !== id || model === undefined) continue;
      const fit = population.calibration("session", n);
      evidence += dimension.weight * closedEvidence(countOf(counts, dimension), model, fit);
      weights += dimension.weight;
    }
    return weights === 0 ? 1 : evidence / weights;
  });
}

interface ClosedWindow {
  readonly process: Process;
  readonly counts: Counts;
  readonly last: number;
  readonly cause: string;
}

function learnWindow(deps: ModelDeps, agent: AgentState, window: ClosedWindow): void {
  const { process, counts, last, cause } = window;
  const keep = 2 ** (-Math.max(0, last - (agent.historyAt || last)) / ownHalfLifeMs);
  const learnt: CountHistory[] = [];
  for (const [n, dimension] of deps.dimensions.byProcess[process].entries()) {
    const own = agent.histories[process][n] ?? emptyHistory;
    const model = counts.models[n];
    if (model === undefined) continue;
    const count = countOf(counts, dimension);
    const lesson =
      logUpperTail(count, model) < logClipUpper
        ? Math.min(count, upperQuantile(clipUpper, model))
        : count;
    deps.population.learn({
      process,
      dimension: n,
      role: agent.role,
      own,
      count: lesson,
      surprise: counts.isBlind
        ? undefined
        : randomisedSurprise(count, model, seededUniform(cause, n)),
      at: last,
    });
    learnt.push(learnOwn(own, lesson, model.mean, keep));
  }
  agent.histories[process] = learnt;
  if (process === "session") agent.historyAt = Math.max(agent.historyAt, last);
}
