/**
 * One exposing access → counts of its session and its agent's day → evidence → alerts.
 */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import type { ExposureKind } from "../../ingest/vocabulary/exposure.ts";
import type { Answer, ExposureSighting, Sighting } from "../detector.ts";
import { fusionOf, isRemarkable, quiet, windowEvidence } from "../evidence/evidence.ts";
import { addAmounts, addAnswers, readWindow } from "../evidence/window.ts";
import { withdrawTrial } from "../stats/trial-wealth.ts";
import type { AgentState, AlertRecord, DayWindow, SessionWindow } from "./agent-state.ts";
import { type Accused, partOf, putPart, recordFor, sessionIdsOf } from "./alert-book.ts";
import { cite, citedEvent, citedPerSessionMax, excessShares } from "./cited-event.ts";
import { templateOf } from "./explained.ts";
import { exposureSighting, signInSighting } from "./sighting.ts";
import { type ModelDeps, openDay, openModels } from "./window-life.ts";

const dayMs = 86_400_000;

/** Opens what the first exposing event of a session or a day opens; notes the starts for the budget. */
export function openWindows(
  deps: ModelDeps,
  agent: AgentState,
  session: SessionWindow,
  event: AccessEvent,
): DayWindow {
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
  if (agent.day === undefined) {
    agent.day = openDay(deps, agent, event);
    population.noteStarts(event.at, { process: "agent-day" });
  }
  return agent.day;
}

/** Counts the event into session and day; whether it can have added to the evidence. */
export function countEvent(
  deps: ModelDeps,
  agent: AgentState,
  session: SessionWindow,
  { event, exposure }: { event: AccessEvent; exposure: ExposureKind },
): boolean {
  const { counts } = session;
  if (counts === undefined) return false;
  const sighting = exposureSighting(deps, agent, session, { event, exposure });
  deps.noteAccess(templateOf(sighting, agent.habits.isOnCall));
  const amounts = tallyAll(deps, sighting);
  addAmounts(counts, amounts, event.at);
  const day = session.alertId === undefined ? agent.day : undefined;
  if (day !== undefined) addAmounts(day.counts, amounts, event.at);
  const signIn = signInSighting(deps, agent, session, event);
  const asked = [signIn === undefined ? undefined : askAll(deps, signIn), askAll(deps, sighting)];
  for (const answers of asked) {
    if (answers === undefined) continue;
    addAnswers(counts, answers);
    if (day !== undefined) addAnswers(day.counts, answers);
  }
  addYes(deps, amounts, asked);
  // A count that did not grow and a trial without a yes add no evidence.
  const cited = citedEvent(event.eventId, event.at, amounts);
  if (cited.places.length === 0) return false;
  cite(session.cited, cited, citedPerSessionMax, () =>
    excessShares(counts, deps.dimensions.byProcess.session),
  );
  return true;
}

/** Amounts of all detectors, aligned with the counts. */
function tallyAll({ counting }: ModelDeps, sighting: ExposureSighting): number[] {
  const amounts: number[] = [];
  for (const { lane } of counting) {
    const own = lane.tally(sighting);
    for (let n = 0; n < own.length; n += 1) amounts.push(own[n] ?? 0);
  }
  return amounts;
}

/** Answers of all detectors, aligned with the trials. */
type Answers = readonly (Answer | undefined)[];

/** undefined: none was asked. */
export function askAll({ counting }: ModelDeps, sighting: Sighting): Answers | undefined {
  let answers: (Answer | undefined)[] | undefined;
  let trials = 0;
  for (const { lane } of counting) {
    const own = lane.ask(sighting);
    if (own !== undefined) {
      answers ??= new Array<undefined>(trials).fill(undefined);
    }
    for (let n = 0; n < lane.trials.length; n += 1) answers?.push(own?.[n]);
    trials += lane.trials.length;
  }
  return answers;
}

/** Adds how often each trial was answered yes to the amounts that each count grew by. */
export function addYes(
  { dimensions }: ModelDeps,
  amounts: number[],
  asked: readonly (Answers | undefined)[],
): void {
  for (let n = 0; n < dimensions.trials.length; n += 1) {
    let yes = 0;
    for (const answers of asked) yes += answers?.[n]?.yes ?? 0;
    amounts.push(yes);
  }
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
  if (session.alertId === undefined && !isRemarkable(readings)) return undefined;
  const fusion = fusionOf(dimensions, readings);
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
  const record = accuse(deps, agent, accused, { window: session, at });
  return record;
}

/** The day's alert as it now stands; undefined: no alert. */
export function judgeDay(deps: ModelDeps, agent: AgentState, at: number): AlertRecord | undefined {
  const { day } = agent;
  if (day === undefined) return undefined;
  const dimensions = deps.dimensions.byProcess["agent-day"];
  const { counts } = day;
  // Until some days have closed their models are guesses; the sessions' are not.
  const readings = counts.isBlind
    ? dimensions.map(() => quiet)
    : readWindow(counts, dimensions, (n) => deps.population.calibration("agent-day", n));
  if (day.alertId === undefined && !isRemarkable(readings)) return undefined;
  const tails = deps.population.fusionTails("agent-day");
  const fusion = fusionOf(dimensions, readings);
  const evidence = windowEvidence(fusion, tails, counts.threshold);
  if (day.alertId === undefined && evidence < counts.threshold) return undefined;
  const open = [...agent.sessions.values()].filter(({ alertId }) => alertId === undefined);
  const accused: Accused = {
    ...day,
    process: "agent-day",
    dimensions,
    readings,
    evidence,
    cited: [...day.cited, ...open.flatMap(({ cited }) => cited)],
    tallies: [day.tally, ...open.map(({ tally }) => tally)],
    sessionIds: [...day.sessions, ...open.flatMap(sessionIdsOf)],
  };
  return accuse(deps, agent, accused, { window: day, at });
}

/** Revisions of one alert that are all told; of a robot's thousands after them only one in twenty is. */
const revisionsTold = 200;
const revisionStride = 20;

function isTold(revision: number): boolean {
  return revision <= revisionsTold || revision % revisionStride === 0;
}

function accuse(
  deps: ModelDeps,
  agent: AgentState,
  accused: Accused,
  { window, at }: { readonly window: SessionWindow | DayWindow; readonly at: number },
): AlertRecord | undefined {
  const record = recordFor(agent, accused, {
    knownId: window.alertId,
    at,
    alerts: deps.parameters.alerts,
  });
  const isFirst = window.alertId === undefined;
  if (isFirst && !("index" in window)) window.missingIn = withdrawFromDay(agent, accused);
  window.alertId = record.id;
  for (const id of accused.sessionIds) {
    if (!record.sessions.includes(id)) record.sessions.push(id);
  }
  record.last = Math.max(record.last, at);
  record.revision += 1;
  if (!isFirst && !isTold(record.revision)) return undefined;
  const { start, tallies } = accused;
  putPart(record, { part: partOf(accused, at), start, tallies });
  return record;
}

/**
 * A session that alerts by itself is no evidence for its day any more, unless that has alerted before it; the index
 * of the day that lacks its counts from now on.
 */
function withdrawFromDay({ day }: AgentState, { counts }: Accused): number | undefined {
  if (day === undefined || day.alertId !== undefined) return undefined;
  for (const [n, amount] of counts.totals.entries()) {
    day.counts.totals[n] = Math.max(0, (day.counts.totals[n] ?? 0) - amount);
  }
  for (const [n, trial] of counts.trials.entries()) {
    const whole = day.counts.trials[n];
    if (whole !== undefined) withdrawTrial(whole, trial);
  }
  return day.index;
}
