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
import type { Lists } from "../detector.ts";
import { dimensionsOf } from "../evidence/dimension.ts";
import type { OpenDetector } from "../evidence/open-detector.ts";
import type { Population } from "../evidence/population.ts";
import { addAnswers } from "../evidence/window.ts";
import type { AgentBook } from "./agent-book.ts";
import type { AgentState, AlertRecord, SessionWindow } from "./agent-state.ts";
import { dropSettled } from "./alert-book.ts";
import { composeAlert } from "./alert-composer.ts";
import { cite, citedPerSessionMax } from "./cited-event.ts";
import { runOn } from "./day-run.ts";
import { learningState } from "./explanation.ts";
import type { LocalTime } from "./local-time.ts";
import { notePolicyFinding } from "./policy-book.ts";
import {
  askAll,
  countEvent,
  judgeDay,
  judgeSession,
  openWindows,
  yesOf,
} from "./session-scoring.ts";
import type { Lookup, SubjectTrail } from "./subject-trail.ts";
import type { TicketBook } from "./ticket-book.ts";
import type { Totals } from "./totals.ts";
import {
  closeDay,
  closeSession,
  dayIndex,
  isOver,
  type ModelDeps,
  openSession,
  sessionKey,
  sessionsPerAgentMax,
} from "./window-life.ts";

interface ScoringOptions {
  readonly detectors: readonly OpenDetector[];
  readonly population: Population;
  readonly book: AgentBook;
  readonly tickets: TicketBook;
  readonly trail: SubjectTrail;
  readonly localTime: LocalTime;
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
    trail: options.trail,
    localTime: options.localTime,
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
    const { record: before } = rollOver(deps, agent, event);
    const session = sessionFor(deps, agent, event);
    session.last = Math.max(session.last, event.at);
    if (event.action === "factor_enroll" && event.outcome === "success") session.hasEnrolled = true;
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

  /** What befalls a subject is held against the agents who had looked at it. */
  const scoreSubject = (event: SubjectEvent): readonly AlertChange[] =>
    options.trail.report(event).flatMap((lookup) => {
      const agent = book.touch(lookup.agent);
      const record = judgeAftermath(deps, agent, event, lookup);
      return record === undefined ? [] : [changeOf(lookup.agent, agent, record)];
    });

  return {
    score: (event) => {
      if (event.kind === "access") return scoreAccess(event);
      if (event.kind === "agent") return scoreRoster(event);
      if (event.kind === "subject") return scoreSubject(event);
      options.tickets.report(event);
      return nothing;
    },
  };
}

function newestSession({ sessions }: AgentState): SessionWindow | undefined {
  const [first, ...others] = sessions.values();
  return others.reduce((a, b) => (a !== undefined && a.last > b.last ? a : b), first);
}

/** Closes what is over; the alert that a closed day leads to. */
function rollOver(
  deps: ModelDeps,
  agent: AgentState,
  event: AccessEvent,
): { readonly hasClosed: boolean; readonly record: AlertRecord | undefined } {
  let hasClosed = false;
  for (const session of agent.sessions.values()) {
    if (!isOver(session, event.at)) continue;
    closeSession(deps, agent, session);
    hasClosed = true;
  }
  const { day } = agent;
  let record: AlertRecord | undefined;
  if (day !== undefined && dayIndex(deps, event) > day.index) {
    const closed = closeDay(deps, agent, day);
    record = runOn(deps, agent, { agentId: event.agent.id, closed });
    hasClosed = true;
  }
  if (hasClosed) dropSettled(agent, event.at);
  return { hasClosed, record };
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
  if (!countEvent(deps, agent, session, { event, exposure })) return [];
  const own = judgeSession(deps, agent, session, event.at);
  if (session.alertId !== undefined) return own === undefined ? [] : [own];
  const byDay = judgeDay(deps, agent, event.at);
  return byDay === undefined ? [] : [byDay];
}

/** Asks what the subject's event says of the look-up before it; the alert that it adds to. */
function judgeAftermath(
  deps: ModelDeps,
  agent: AgentState,
  event: SubjectEvent,
  lookup: Lookup,
): AlertRecord | undefined {
  const session = newestSession(agent);
  const { day } = agent;
  const counts = [session?.counts, session?.alertId === undefined ? day?.counts : undefined];
  const answers = askAll(deps, {
    kind: "aftermath",
    event,
    isMeant: lookup.isMeant,
    relation: lookup.relation,
    elapsedMs: event.at - lookup.at,
  });
  if (answers.length === 0) return undefined;
  for (const one of counts) {
    if (one !== undefined) for (const answer of answers) addAnswers(one, answer);
  }
  const amounts = [...deps.dimensions.counts.map(() => 0), ...yesOf(deps, answers)];
  const cited = { id: lookup.id, at: lookup.at, amounts };
  if (session !== undefined) cite(session.cited, cited, citedPerSessionMax);
  const bySession =
    session === undefined ? undefined : judgeSession(deps, agent, session, event.at);
  return bySession ?? judgeDay(deps, agent, event.at);
}
