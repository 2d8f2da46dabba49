/**
 * Days in a row that are each a little unusual: a slow drip, a borrowed account, a mimic. Every closed day is bet
 * on with what the run has won so far; ordinary days eat the winnings up.
 */
import { runThreshold } from "../evidence/budget.ts";
import { carryOn } from "../evidence/evidence.ts";
import type { AgentState, AlertRecord, Run } from "./agent-state.ts";
import { alertPartsMax } from "./agent-state.ts";
import { type Accused, addRecord, newRecord, partOf, putPart, weakest } from "./alert-book.ts";
import { alertIdOf } from "./alert-composer.ts";
import { emptyTally, mergeTallies } from "./exposure-tally.ts";
import type { ClosedDay, ModelDeps } from "./window-life.ts";

/** A day whose e-value is below this won too little to be told. */
const tellingEvidence = 1;

/** Carries the closed day into the run; the run's alert if the day tipped it or adds to it. */
export function runOn(
  deps: ModelDeps,
  agent: AgentState,
  { agentId, closed }: { readonly agentId: string; readonly closed: ClosedDay },
): AlertRecord | undefined {
  const { day, evidence } = closed;
  // A day that alerted has had its say.
  if (day.alertId !== undefined) return undefined;
  const logWealth = Math.fround(carryOn(agent.run?.logWealth ?? 0, evidence));
  if (logWealth <= 0) {
    agent.run = undefined;
    return undefined;
  }
  agent.run ??= newRun(agentId, day.index, day.start);
  const { run } = agent;
  run.logWealth = logWealth;
  if (evidence <= tellingEvidence) return undefined;
  addDay(deps, run, closed);
  const isTold = run.alertId !== undefined;
  if (!isTold && logWealth < Math.log(runThreshold(deps.falseAlertsPer100AgentDays))) {
    return undefined;
  }
  return accuseRun(agent, run, day.last);
}

function newRun(agentId: string, index: number, start: number): Run {
  return {
    cause: `agent-run|${agentId}|${index}`,
    start,
    logWealth: 0,
    parts: [],
    tally: emptyTally(),
    alertId: undefined,
  };
}

function addDay({ dimensions }: ModelDeps, run: Run, { day, readings, evidence }: ClosedDay): void {
  const accused: Accused = {
    ...day,
    process: "agent-day",
    dimensions: dimensions.byProcess["agent-day"],
    readings,
    evidence,
    tallies: [day.tally],
    sessionIds: [],
  };
  run.parts.push(partOf(accused, day.last));
  if (run.parts.length > alertPartsMax) run.parts.splice(weakest(run.parts), 1);
  mergeTallies(run.tally, day.tally);
}

function accuseRun(agent: AgentState, run: Run, at: number): AlertRecord {
  const id = run.alertId ?? alertIdOf(run.cause);
  const known = agent.alerts.find((record) => record.id === id);
  const record = known ?? newRecord(id, "agent-run", at);
  if (known === undefined) addRecord(agent, record);
  run.alertId = id;
  record.last = Math.max(record.last, at);
  record.revision += 1;
  const eValue = Number(Math.exp(Math.min(700, run.logWealth)).toPrecision(4));
  for (const part of run.parts) putPart(record, { ...part, eValue }, [run.tally]);
  return record;
}
