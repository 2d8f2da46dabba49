/**
 * The time in which a closed window that alerted may still turn out to be misuse, or ordinary work.
 *
 * From the first such window on, an agent keeps its baselines as they were before it and the lessons of every window
 * since. A verdict makes the baselines again from these: without the windows of an alert that was misuse, as if they
 * had never been; with all of the windows of one that was ordinary work, what was clipped and withheld included. A
 * window that nobody has judged is taken for ordinary after `undisposed_days`. An agent without such a window keeps
 * nothing of this.
 *
 * What a window has taught of everybody (peers, calibration, tails) is clipped and stays: one verdict widens or
 * narrows nobody else's baselines.
 */

import type { Counts } from "../evidence/window.ts";
import type { Judgement } from "../verdict.ts";
import type { AgentState, DayWindow, Run, SessionWindow } from "./agent-state.ts";
import {
  type Baselines,
  baselinesOf,
  type LearningDeps,
  type Teaching,
  taught,
} from "./baselines.ts";
import { clearTally } from "./exposure-tally.ts";
import { alertsOfSession, dayLesson, type Lesson, sessionLesson } from "./lesson.ts";

export interface Probation {
  /** As they were before the first of `lessons`. */
  base: Baselines;
  readonly lessons: Lesson[];
  /** By alert; one that is not here is open. */
  readonly verdicts: Map<string, KnownVerdict>;
}

interface KnownVerdict {
  readonly judgement: Judgement;
  /** Newest event time of the agent when it came: a window that began later is another matter, but for misuse. */
  readonly at: number;
}
type Verdicts = Probation["verdicts"];

/** Event time after which a window that nobody has judged is learnt whole. Milliseconds. */
const probationMsOf = ({ parameters }: LearningDeps): number =>
  parameters.learning.undisposed_days * 86_400_000;
/** Windows of one agent on probation; beyond it the oldest one stays as it was learnt. */
export const lessonsMax = 96;

function open(agent: AgentState): Probation {
  agent.probation ??= { base: baselinesOf(agent), lessons: [], verdicts: new Map() };
  return agent.probation;
}

/** To be called before the session is learnt. */
export function doubtSession(agent: AgentState, session: SessionWindow, counts: Counts): void {
  if (agent.probation === undefined && alertsOfSession(agent, session).length === 0) return;
  const lesson = sessionLesson(agent, session, counts);
  const { lessons, verdicts } = open(agent);
  lessons.push(lesson);
  if (teachingOf(lesson, verdicts) === "nothing") estrange(agent, [lesson]);
}

/** To be called before the day is learnt. */
export function doubtDay(agent: AgentState, day: DayWindow): void {
  const lesson = dayLesson(agent, day);
  if (agent.probation !== undefined || lesson.alertIds.length > 0) open(agent).lessons.push(lesson);
}

/** The run of days stands among the rarest: from now on its days are kept. */
export function watch(agent: AgentState): void {
  open(agent);
}

/** The run's alert is about every window since its start, as far as they are kept. */
export function doubtRun(agent: AgentState, alertId: string, start: number): void {
  for (const { last, alertIds } of open(agent).lessons) {
    if (last >= start && !alertIds.includes(alertId)) alertIds.push(alertId);
  }
}

export function noteMove(agent: AgentState, team: number | undefined, at: number): void {
  agent.probation?.lessons.push({ kind: "move", alertIds: [], start: at, last: at, team });
}

/** Makes the baselines again where a verdict says so. O(lessons). */
export function relearn(deps: LearningDeps, agent: AgentState): void {
  const { probation } = agent;
  if (probation !== undefined && probation.verdicts.size > 0) makeAgain(deps, agent, probation);
}

function makeAgain(deps: LearningDeps, agent: AgentState, probation: Probation): void {
  const lessons = probation.lessons.map((lesson) => ({
    lesson,
    teaching: teachingOf(lesson, probation.verdicts),
  }));
  put(agent, taught(deps, agent, probation.base, lessons));
}

function put(agent: AgentState, { slow, slowAt, ...own }: Baselines): void {
  agent.learntAt = own.learntAt;
  agent.histories = own.histories;
  agent.rates = own.rates;
  const { isOnCall, leaveAt, toldAt } = agent.habits;
  agent.habits = { ...own.habits, isOnCall, leaveAt, toldAt };
  if (agent.run === undefined) return;
  agent.run.slow = slow;
  agent.run.slowAt = slowAt;
}

function teachingOf({ kind, alertIds, start }: Lesson, verdicts: Verdicts): Teaching {
  const judgements = alertIds.map((id) => {
    const known = verdicts.get(id);
    return known?.judgement === "ordinary" && start > known.at ? "open" : known?.judgement;
  });
  if (kind === "adopt") return judgements.includes("ordinary") ? "whole" : "nothing";
  if (judgements.includes("misuse")) return "nothing";
  return judgements.includes("ordinary") ? "whole" : "clipped";
}

/** Whether any window of the agent, closed or open, belongs to the alert. */
export function holdsAlert(agent: AgentState, alertId: string): boolean {
  const { alerts, sessions, day, run, probation } = agent;
  return (
    alerts.some(({ id }) => id === alertId) ||
    probation?.lessons.some(({ alertIds }) => alertIds.includes(alertId)) === true ||
    day?.alertId === alertId ||
    run?.alertId === alertId ||
    [...sessions.values()].some((session) => session.alertId === alertId)
  );
}

/** Learns what somebody has found out about an alert that `holdsAlert`; false: it was known. */
export function judge(
  deps: LearningDeps,
  agent: AgentState,
  { alertId, judgement }: { readonly alertId: string; readonly judgement: Judgement },
): boolean {
  const known = agent.probation?.verdicts.get(alertId)?.judgement ?? "open";
  if (known === judgement) return false;
  const probation = open(agent);
  const at = newestOf(agent);
  if (judgement === "open") probation.verdicts.delete(alertId);
  else probation.verdicts.set(alertId, { judgement, at });
  const about = probation.lessons.filter(({ alertIds }) => alertIds.includes(alertId));
  if (judgement === "misuse") estrange(agent, about);
  if (agent.run?.alertId === alertId && judgement !== "open") {
    probation.lessons.push({ kind: "adopt", alertIds: [alertId], start: at, last: at });
    endRun(agent, agent.run);
  }
  makeAgain(deps, agent, probation);
  return true;
}

function newestOf({ sessions, day, run, learntAt }: AgentState): number {
  const open = [...sessions.values()].map(({ last }) => last);
  return Math.max(learntAt.session, day?.last ?? 0, run?.slowAt ?? 0, ...open);
}

/** Somebody has looked at these days: what drifts from now on is another story. */
function endRun(agent: AgentState, run: Run): void {
  agent.run = {
    ...run,
    cause: "",
    drifts: [],
    isInTail: false,
    cited: [],
    alertId: undefined,
  };
  clearTally(run.tally);
}

/** Whom misuse has exposed is not the agent's acquaintance. */
function estrange({ known }: AgentState, lessons: readonly Lesson[]): void {
  for (const lesson of lessons) {
    if (lesson.kind !== "session") continue;
    for (const subject of lesson.met) known.delete(subject);
  }
}

/** Ends the probation of what is old enough by event time `at`; how many lessons went before their time. */
export function settleProbation(deps: LearningDeps, agent: AgentState, at: number): number {
  const { probation } = agent;
  if (probation === undefined) return 0;
  const { lessons, verdicts } = probation;
  const age = { at, probationMs: probationMsOf(deps) };
  const settled = lessons.splice(0, settledAt(agent, lessons, age)).map((lesson) => ({
    lesson,
    teaching: lastTeachingOf(lesson, verdicts, age),
    isYoung: isDoubted(agent, lesson) && at - lesson.last <= age.probationMs,
  }));
  probation.base = taught(deps, agent, probation.base, settled);
  const isNews = settled.some(({ lesson, teaching }) => teaching !== teachingOf(lesson, verdicts));
  if (isNews) makeAgain(deps, agent, probation);
  for (const id of verdicts.keys()) if (!holdsAlert(agent, id)) verdicts.delete(id);
  const isOver = lessons.length === 0 && verdicts.size === 0 && !isWatched(agent);
  if (isOver) agent.probation = undefined;
  return settled.filter(({ isYoung }) => isYoung).length;
}

const isWatched = ({ run }: AgentState): boolean =>
  run?.isInTail === true || run?.alertId !== undefined;

const isDoubted = (agent: AgentState, { alertIds }: Lesson): boolean =>
  alertIds.length > 0 || isWatched(agent);

interface Age {
  readonly at: number;
  readonly probationMs: number;
}

/** How many of the oldest lessons nothing holds any more: no doubt, their age, or their number. */
function settledAt(
  agent: AgentState,
  lessons: readonly Lesson[],
  { at, probationMs }: Age,
): number {
  const surplus = lessons.length - lessonsMax;
  const held = lessons.findIndex(
    (lesson, n) => n >= surplus && isDoubted(agent, lesson) && at - lesson.last <= probationMs,
  );
  return held < 0 ? lessons.length : held;
}

/** What the lesson teaches from now on: nobody has said that it was misuse, and it is long ago. */
function lastTeachingOf(lesson: Lesson, verdicts: Verdicts, { at, probationMs }: Age): Teaching {
  const teaching = teachingOf(lesson, verdicts);
  const isAccused = "isAccused" in lesson && lesson.isAccused;
  const isUnjudged = teaching === "clipped" && isAccused && at - lesson.last > probationMs;
  return isUnjudged ? "whole" : teaching;
}
