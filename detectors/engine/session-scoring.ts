/**
 * One exposing access → counts of its session and its agent's week → evidence → alerts.
 */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import type { ExposureKind } from "../../ingest/vocabulary/exposure.ts";
import { isJustified } from "../../ingest/vocabulary/justification.ts";
import { fuse, logWon, quiet, windowEvidence } from "../evidence/evidence.ts";
import { addAmounts, readWindow } from "../evidence/window.ts";
import { handle, meet } from "./acquaintance.ts";
import type { AgentState, AlertRecord, SessionWindow, WeekWindow } from "./agent-state.ts";
import { type Accused, partOf, putPart, recordFor, sessionIdsOf } from "./alert-book.ts";
import { cite, citedPerSessionMax } from "./cited-event.ts";
import { type Fresh, kindIndex, noteExposure, shortToken } from "./exposure-tally.ts";
import { harmOf } from "./harm.ts";
import type { LiveTickets } from "./live-tickets.ts";
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

/** What of the event is new to the session and to the agent; both have learnt it afterwards. */
function newsOf(agent: AgentState, session: SessionWindow, event: AccessEvent, kind: number) {
  const fresh: Fresh = { subjects: 0, inKind: 0 };
  let unknown = 0;
  for (const { token } of event.subjects) {
    const short = shortToken(token);
    noteExposure(session.tally, short, kind, fresh);
    if (meet(agent.known, handle(short))) unknown += 1;
  }
  return { fresh, unknown };
}

/** Whether live work is named; keeps the ticket alive, or revives it by an update. */
function isExplained(tickets: LiveTickets, event: AccessEvent): boolean {
  const ticketId = event.justification?.ticketId;
  if (ticketId === undefined) return isJustified(event);
  const isAlive = tickets.isAlive(ticketId, event.at);
  if (isAlive || event.action === "update") tickets.note(ticketId, event.at);
  return isAlive;
}

/** Counts the event into session and week. */
export function countEvent(
  deps: ModelDeps,
  agent: AgentState,
  session: SessionWindow,
  { event, exposure }: { event: AccessEvent; exposure: ExposureKind },
): boolean {
  const justified = isExplained(deps.tickets, event);
  const { fresh, unknown } = newsOf(agent, session, event, kindIndex(exposure));
  if (fresh.inKind === 0 || session.counts === undefined) return false;
  const sighting = {
    event,
    exposure,
    justified,
    freshSubjects: fresh.subjects,
    freshInKind: fresh.inKind,
    unknownSubjects: unknown,
  };
  const amounts: number[] = [];
  for (const { lane } of deps.counting) amounts.push(...lane.tally(sighting));
  session.harm += harmOf(event, exposure, fresh.inKind);
  if (amounts.every((amount) => amount === 0)) return false;
  addAmounts(session.counts, amounts, event.at);
  cite(session.cited, { id: event.eventId, at: event.at, amounts }, citedPerSessionMax);
  if (agent.week !== undefined && session.alertId === undefined) {
    addAmounts(agent.week.counts, amounts, event.at);
  }
  return true;
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
  const tail = deps.population.fusedTail("session");
  const evidence = windowEvidence(logWon(fuse(readings)), tail, counts.threshold);
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
  const tail = deps.population.fusedTail("agent-week");
  const evidence = windowEvidence(week.logBest, tail, counts.threshold);
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
}
