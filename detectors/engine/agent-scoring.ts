/** One event of one agent through its windows and the policy rules: the heart of the engine. */
import type { AgentId } from "../../ingest/vocabulary/brand.ts";
import type { AccessEvent, AgentEvent, ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { exposureKindOf } from "../../ingest/vocabulary/exposure.ts";
import type { AlertChange } from "../alert.ts";
import type { Lists } from "../detector.ts";
import { dimensionsOf } from "../evidence/dimension.ts";
import type { OpenDetector } from "../evidence/open-detector.ts";
import type { Population } from "../evidence/population.ts";
import type { AgentBook } from "./agent-book.ts";
import type { AgentState, AlertRecord, SessionWindow } from "./agent-state.ts";
import { dropSettled } from "./alert-book.ts";
import { composeAlert } from "./alert-composer.ts";
import { learningState } from "./explanation.ts";
import type { LiveTickets } from "./live-tickets.ts";
import { notePolicyFinding } from "./policy-book.ts";
import { countEvent, judgeSession, judgeWeek, openWindows } from "./session-scoring.ts";
import type { Totals } from "./totals.ts";
import {
  closeSession,
  closeWeek,
  isOver,
  type ModelDeps,
  openSession,
  sessionKey,
  sessionsPerAgentMax,
  weekIndex,
} from "./window-life.ts";

interface ScoringOptions {
  readonly detectors: readonly OpenDetector[];
  readonly population: Population;
  readonly book: AgentBook;
  readonly tickets: LiveTickets;
  readonly totals: Totals;
  readonly lists: Lists;
  readonly falseAlertsPer100AgentDays: number;
}

export interface AgentScoring {
  readonly score: (event: ConsoleEvent) => readonly AlertChange[];
}

/** Shared, so that the usual event allocates no answer. */
const nothing: readonly AlertChange[] = [];

export function createAgentScoring(options: ScoringOptions): AgentScoring {
  const { detectors, population, book, totals } = options;
  const metas = new Map(detectors.map(({ meta }) => [meta.id, meta]));
  const deps: ModelDeps = {
    dimensions: dimensionsOf(detectors),
    population,
    tickets: options.tickets,
    falseAlertsPer100AgentDays: options.falseAlertsPer100AgentDays,
    counting: detectors.flatMap(({ meta, counting }) =>
      counting === undefined ? [] : [{ id: meta.id, lane: counting }],
    ),
  };

  const changeOf = (agentId: string, agent: AgentState, record: AlertRecord): AlertChange => {
    const windows = agent.histories.session[0]?.windows ?? 0;
    const learning = record.about === "policy" ? undefined : learningState(windows);
    const alert = composeAlert({ agentId, record, learning, metas });
    return { alert, revision: totals.events(), isNew: record.revision === 1 };
  };

  const policies = detectors.flatMap(({ meta, policy }) =>
    policy === undefined ? [] : [{ meta, policy }],
  );
  const judgePolicies = (
    agent: AgentState,
    session: SessionWindow | undefined,
    { event, agentId }: { event: ConsoleEvent; agentId: AgentId },
  ): AlertRecord[] => {
    const records: AlertRecord[] = [];
    for (const { meta, policy } of policies) {
      for (const finding of policy.step(agentId, event, options.lists)) {
        totals.noteFinding(meta.id);
        if (session === undefined) continue;
        records.push(notePolicyFinding(agent, session, { event, meta, finding }));
      }
    }
    return records;
  };

  const scoreAccess = (event: AccessEvent): readonly AlertChange[] => {
    const agent = book.touch(event.agent.id);
    agent.role = event.agent.role ?? "";
    const hasClosed = rollOver(deps, agent, event);
    const before = hasClosed ? judgeWeek(deps, agent, event.at) : undefined;
    const session = sessionFor(deps, agent, event);
    session.last = Math.max(session.last, event.at);
    const dayBefore = agent.activeDay;
    const raised = [
      before,
      ...judgeCounts(deps, agent, session, event),
      ...judgePolicies(agent, session, { event, agentId: event.agent.id }),
    ];
    if (agent.activeDay !== dayBefore) totals.noteAgentDay(event.at);
    if (raised.length === 1 && before === undefined) return nothing;
    return [...new Set(raised)].flatMap((record) =>
      record === undefined ? [] : [changeOf(event.agent.id, agent, record)],
    );
  };

  /** A roster event can turn what was done before it into a finding; it joins the agent's newest session. */
  const scoreRoster = (event: AgentEvent): readonly AlertChange[] => {
    const { agentId } = event;
    const agent = book.touch(agentId);
    const records = judgePolicies(agent, newestSession(agent), { event, agentId });
    return records.map((record) => changeOf(agentId, agent, record));
  };

  return {
    score: (event) => {
      if (event.kind === "access") return scoreAccess(event);
      if (event.kind === "ticket") options.tickets.report(event.ticketId, event.at);
      if (event.kind !== "agent") return nothing;
      return scoreRoster(event);
    },
  };
}

function newestSession({ sessions }: AgentState): SessionWindow | undefined {
  const [first, ...others] = sessions.values();
  return others.reduce((a, b) => (a !== undefined && a.last > b.last ? a : b), first);
}

/** Closes what is over; whether the week has to be judged again. */
function rollOver(deps: ModelDeps, agent: AgentState, event: AccessEvent): boolean {
  let hasClosed = false;
  for (const session of agent.sessions.values()) {
    if (!isOver(session, event.at)) continue;
    closeSession(deps, agent, session);
    hasClosed = true;
  }
  const { week } = agent;
  const isNewWeek = week !== undefined && weekIndex(event.at) > week.index;
  if (isNewWeek) closeWeek(deps, agent, week);
  if (hasClosed || isNewWeek) dropSettled(agent, event.at);
  return hasClosed && !isNewWeek;
}

function sessionFor(deps: ModelDeps, agent: AgentState, event: AccessEvent): SessionWindow {
  const key = sessionKey(event);
  const known = agent.sessions.get(key);
  if (known !== undefined) return known;
  if (agent.sessions.size >= sessionsPerAgentMax) {
    const [first, ...others] = agent.sessions.values();
    const oldest = others.reduce((a, b) => (a !== undefined && a.last <= b.last ? a : b), first);
    if (oldest !== undefined) closeSession(deps, agent, oldest);
  }
  const session = openSession(event);
  agent.sessions.set(key, session);
  return session;
}

/** Counts the access; the alerts of its session, or else of its agent's week, as they then stand. */
function judgeCounts(
  deps: ModelDeps,
  agent: AgentState,
  session: SessionWindow,
  event: AccessEvent,
): AlertRecord[] {
  const exposure = exposureKindOf(event);
  if (exposure === undefined || event.subjects.length === 0) return [];
  const week = openWindows(deps, agent, session, event);
  week.last = Math.max(week.last, event.at);
  if (!countEvent(deps, agent, session, { event, exposure })) return [];
  const own = judgeSession(deps, agent, session, event.at);
  if (session.alertId !== undefined) return own === undefined ? [] : [own];
  const byWeek = judgeWeek(deps, agent, event.at);
  return byWeek === undefined ? [] : [byWeek];
}
