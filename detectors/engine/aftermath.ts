/** What befalls a subject, held against an agent who had looked at it. */
import type { SubjectEvent } from "../../ingest/vocabulary/event.ts";
import { addAnswers } from "../evidence/window.ts";
import type { AgentBook } from "./agent-book.ts";
import type { AgentState, AlertRecord } from "./agent-state.ts";
import { newestSession } from "./agent-windows.ts";
import { cite, citedEvent, citedPerSessionMax, excessShares } from "./cited-event.ts";
import { addYes, askAll, judgeDay, judgeSession } from "./session-scoring.ts";
import { isMeant, type Lookup } from "./subject-trail.ts";
import type { ModelDeps } from "./window-life.ts";

/** The alerts that the subject's event adds to, of every agent who had looked at it. */
export function judgeSubject(deps: ModelDeps, book: AgentBook, event: SubjectEvent) {
  return deps.trail.report(event).flatMap((lookup) => {
    const agent = book.touch(lookup.agent);
    const record = judgeAftermath(deps, agent, event, lookup);
    return record === undefined ? [] : [{ agentId: lookup.agent, agent, record }];
  });
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
  const counts = [session?.counts, session?.alertId === undefined ? day?.counts : undefined].filter(
    (one) => one !== undefined,
  );
  const answers = askAll(deps, {
    kind: "aftermath",
    event,
    isMeant: isMeant(lookup),
    relation: lookup.relation,
    elapsedMs: event.at - lookup.at,
  });
  if (answers === undefined) return undefined;
  for (const one of counts) addAnswers(one, answers);
  const amounts = deps.dimensions.counts.map(() => 0);
  addYes(deps, amounts, [answers]);
  if (session?.counts !== undefined) {
    const { counts: own } = session;
    const cited = citedEvent(lookup.id, lookup.at, amounts);
    cite(session.cited, cited, citedPerSessionMax, () =>
      excessShares(own, deps.dimensions.byProcess.session),
    );
  }
  const bySession =
    session === undefined ? undefined : judgeSession(deps, agent, session, event.at);
  return bySession ?? judgeDay(deps, agent, event.at);
}
