/**
 * One exposing access → counts of its session and its agent's week → evidence → alerts.
 */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import type { ExposureKind } from "../../ingest/vocabulary/exposure.ts";
import type { Answer, Sighting } from "../detector.ts";
import { fuse, jointSurprise, logWon, quiet, windowEvidence } from "../evidence/evidence.ts";
import { addAmounts, addAnswers, readWindow } from "../evidence/window.ts";
import { withdrawTrial } from "../stats/trial-wealth.ts";
import type { AgentState, AlertRecord, SessionWindow, WeekWindow } from "./agent-state.ts";
import { type Accused, partOf, putPart, recordFor, sessionIdsOf } from "./alert-book.ts";
import { cite, citedPerSessionMax } from "./cited-event.ts";
import { harmOf } from "./harm.ts";
import { exposureSighting, signInSighting } from "./sighting.ts";
import { type ModelDeps, openModels, openWeek } from "./window-life.ts";

const dayMs = 86_400_000;

/** Opens what the first exposing event of a session or a week opens; notes the starts for the budget. */
export function openWindows(
  deps: ModelDeps,
  agent: AgentState,
  session: SessionWindow,
  event: AccessEvent,
): WeekWindow {
  const { population } = deps;
  const day = Math.floor(event.at / dayMs);
  if (day > agent.activeDay) {
    agent.activeDay = day;
    population.noteStarts(event.at, { agentDays: 1 });
  }
  if (session.counts === undefined) {
    session.counts = openModels(deps, agent, "session");
    population.noteStarts(event.at, { process: "session" });
  }
  if (agent.week === undefined) {
    agent.week = openWeek(deps, agent, event);
    population.noteStarts(event.at, { process: "agent-week" });
  }
  return agent.week;
}

/** Counts the event into session and week; whether anything was counted or asked. */
export function countEvent(
  deps: ModelDeps,
  agent: AgentState,
  session: SessionWindow,
  { event, exposure }: { event: AccessEvent; exposure: ExposureKind },
): boolean {
  const { counts } = session;
  if (counts === undefined) return false;
  const sighting = exposureSighting(deps, agent, session, { event, exposure });
  session.harm += harmOf(event, exposure, sighting.freshInKind);
  const amounts: number[] = [];
  for (const { lane } of deps.counting) amounts.push(...lane.tally(sighting));
  addAmounts(counts, amounts, event.at);
  const week = session.alertId === undefined ? agent.week : undefined;
  if (week !== undefined) addAmounts(week.counts, amounts, event.at);
  const signIn = signInSighting(agent, session, event);
  const answers = [
    ...(signIn === undefined ? [] : askAll(deps, signIn)),
    ...askAll(deps, sighting),
  ];
  for (const answer of answers) {
    addAnswers(counts, answer);
    if (week !== undefined) addAnswers(week.counts, answer);
  }
  const told = [...amounts, ...yesOf(deps, answers)];
  if (told.some((amount) => amount > 0)) {
    cite(session.cited, { id: event.eventId, at: event.at, amounts: told }, citedPerSessionMax);
  }
  return true;
}

/** Answers of all detectors, aligned with the trials. */
export function askAll({ counting }: ModelDeps, sighting: Sighting): (Answer | undefined)[][] {
  let isAsked = false;
  const answers: (Answer | undefined)[] = [];
  for (const { lane } of counting) {
    const own = lane.ask(sighting);
    for (let n = 0; n < lane.trials.length; n += 1) answers.push(own?.[n]);
    isAsked ||= own !== undefined;
  }
  return isAsked ? [answers] : [];
}

export function yesOf({ dimensions }: ModelDeps, answers: (Answer | undefined)[][]): number[] {
  return dimensions.trials.map((_, n) =>
    answers.reduce((sum, answer) => sum + (answer[n]?.yes ?? 0), 0),
  );
}

/** The session's alert as it now stands; undefined: no alert. */
export function judgeSession(
  deps: ModelDeps,
  agent: AgentState,
  session: SessionWindow,
  at: number,
): AlertRecord | undefined {
  const { counts } = session;
  if (counts === undefined) return undefined;
  const dimensions = deps.dimensions.byProcess.session;
  const readings = readWindow(counts, dimensions, (n) => deps.population.calibration("session", n));
  const fusion = { fused: logWon(fuse(readings)), joint: jointSurprise(dimensions, readings) };
  const tails = deps.population.fusionTails("session");
  const evidence = windowEvidence(fusion, tails, counts.threshold);
  if (session.alertId === undefined && evidence < counts.threshold) return undefined;
  const accused: Accused = {
    ...session,
    process: "session",
    counts,
    dimensions,
    readings,
    evidence,
    tallies: [session.tally],
    sessionIds: sessionIdsOf(session),
  };
  const record = accuse(agent, accused, session, at);
  return record;
}

/** The week's alert as it now stands; undefined: no alert. */
export function judgeWeek(deps: ModelDeps, agent: AgentState, at: number): AlertRecord | undefined {
  const { week } = agent;
  if (week === undefined) return undefined;
  const dimensions = deps.dimensions.byProcess["agent-week"];
  const { counts } = week;
  // Until some weeks have closed their models are guesses; the sessions' are not, and are bet on below.
  const readings = counts.isBlind
    ? dimensions.map(() => quiet)
    : readWindow(counts, dimensions, (n) => deps.population.calibration("agent-week", n));
  week.logBest = Math.max(week.logBest, logWon(fuse(readings) + wonOnSessions(deps, week)));
  week.jointBest = Math.max(week.jointBest, jointSurprise(dimensions, readings));
  const tails = deps.population.fusionTails("agent-week");
  const fusion = { fused: week.logBest, joint: week.jointBest };
  const evidence = windowEvidence(fusion, tails, counts.threshold);
  if (week.alertId === undefined && evidence < counts.threshold) return undefined;
  const open = [...agent.sessions.values()].filter(({ alertId }) => alertId === undefined);
  const accused: Accused = {
    ...week,
    process: "agent-week",
    dimensions,
    readings,
    evidence,
    cited: [...week.cited, ...open.flatMap(({ cited }) => cited)],
    tallies: [week.tally, ...open.map(({ tally }) => tally)],
    harm: week.harm + open.reduce((sum, { harm }) => sum + harm, 0),
    sessionIds: open.flatMap(sessionIdsOf),
  };
  return accuse(agent, accused, week, at);
}

/** The half of a week's stake that is bet on its sessions one after the other. */
function wonOnSessions({ counting }: ModelDeps, { wealth }: WeekWindow): number {
  const stakes = counting.reduce((sum, { lane }) => sum + lane.stake, 0) || 1;
  return counting.reduce(
    (sum, { lane }, n) => sum + (lane.stake / stakes / 2) * (wealth[n] ?? 1),
    0,
  );
}

/** Revisions of one alert that are all told; of a robot's thousands after them only one in twenty is. */
const revisionsTold = 200;
const revisionStride = 20;

function isTold(revision: number): boolean {
  return revision <= revisionsTold || revision % revisionStride === 0;
}

function accuse(
  agent: AgentState,
  accused: Accused,
  window: SessionWindow | WeekWindow,
  at: number,
): AlertRecord | undefined {
  const record = recordFor(agent, accused, window.alertId, at);
  const isFirst = window.alertId === undefined;
  if (isFirst && accused.process === "session") withdrawFromWeek(agent, accused);
  window.alertId = record.id;
  for (const id of accused.sessionIds) {
    if (!record.sessions.includes(id)) record.sessions.push(id);
  }
  record.last = Math.max(record.last, at);
  record.revision += 1;
  if (!isFirst && !isTold(record.revision)) return undefined;
  putPart(record, partOf(accused, at), accused.tallies);
  return record;
}

/** A session that alerts by itself is no evidence for its week any more. */
function withdrawFromWeek({ week }: AgentState, { counts }: Accused): void {
  if (week === undefined) return;
  for (const [n, amount] of counts.totals.entries()) {
    week.counts.totals[n] = Math.max(0, (week.counts.totals[n] ?? 0) - amount);
  }
  for (const [n, trial] of counts.trials.entries()) {
    const whole = week.counts.trials[n];
    if (whole !== undefined) withdrawTrial(whole, trial);
  }
}
