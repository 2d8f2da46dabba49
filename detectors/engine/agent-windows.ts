/** Which windows of an agent an event falls into: closes what is over, opens what is missing. */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import type { AgentState, AlertRecord, SessionWindow } from "./agent-state.ts";
import { dropSettled } from "./alert-book.ts";
import { runOn } from "./day-run.ts";
import { settleProbation } from "./probation.ts";
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

export function newestSession({ sessions }: AgentState): SessionWindow | undefined {
  const [first, ...others] = sessions.values();
  return others.reduce((a, b) => (a !== undefined && a.last > b.last ? a : b), first);
}

/** Closes what is over; the alert that a closed day leads to. */
export function rollOver(
  deps: ModelDeps,
  agent: AgentState,
  event: AccessEvent,
): readonly AlertRecord[] {
  let hasClosed = false;
  for (const session of agent.sessions.values()) {
    if (!isOver(deps, session, event.at)) continue;
    closeSession(deps, agent, session);
    hasClosed = true;
  }
  const { day } = agent;
  let record: AlertRecord | undefined;
  if (day !== undefined && dayIndex(deps, event) > day.index) {
    closeDay(deps, agent, day);
    record = runOn(deps, agent, { agentId: event.agent.id, day });
    hasClosed = true;
  }
  if (hasClosed) {
    dropSettled(agent, event.at, deps.parameters);
    deps.noteSettledEarly(settleProbation(deps, agent, event.at));
  }
  return record === undefined ? [] : [record];
}

export function sessionFor(deps: ModelDeps, agent: AgentState, event: AccessEvent): SessionWindow {
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
