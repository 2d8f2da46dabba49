/**
 * An agent's days in a row: a slow drip, a borrowed account, a mimic, a baseline that is being poisoned. Every
 * closed day is held against a baseline with a long memory and carried into the drift of each count and trial.
 */

import { alertThreshold } from "../evidence/budget.ts";
import {
  fusionOf,
  quiet,
  type Reading,
  readDrift,
  windowEvidence,
  windowSurprise,
} from "../evidence/evidence.ts";
import { countOf } from "../evidence/window.ts";
import { emptyHistory } from "../stats/count-baseline.ts";
import { countGains, driftOn, driftSurprise, newDrift } from "../stats/drift.ts";
import { certain } from "../stats/fuzzy-p.ts";
import { driftOnAnswers } from "../stats/trial-drift.ts";
import { emptyRate } from "../stats/trial-rate.ts";
import { newTrial } from "../stats/trial-wealth.ts";
import type { AgentState, AlertRecord, DayWindow, Run } from "./agent-state.ts";
import { addRecord, newRecord, putPart } from "./alert-book.ts";
import { alertIdOf } from "./alert-composer.ts";
import { keepSlow, slowAfter } from "./baselines.ts";
import { cite, excessShare } from "./cited-event.ts";
import { emptyTally, mergeTallies } from "./exposure-tally.ts";
import { talliedIn } from "./lesson.ts";
import { doubtRun, relearn, watch } from "./probation.ts";
import { runPartOf } from "./run-part.ts";
import { type ModelDeps, whose } from "./window-life.ts";

/** A day is cited if one of its drifts grew by this much. Nats. */
const tellingGain = 1;
/** Events kept of the days of a run. */
const citedPerRunMax = 14;

/** Carries the closed day into the run; the run's alert if the day tipped it or adds to it. */
export function runOn(
  deps: ModelDeps,
  agent: AgentState,
  { agentId, day }: { readonly agentId: string; readonly day: DayWindow },
): AlertRecord | undefined {
  agent.run ??= newRun();
  const { run } = agent;
  const dimensions = deps.dimensions.byProcess["agent-run"];
  // A day that alerted by itself has had its say.
  const isCarried = !day.counts.isBlind && day.alertId === undefined;
  const gains = isCarried ? dimensions.map((_, n) => carry(deps, agent, run, { day, n })) : [];
  learnSlow(deps, agent, day);
  relearn(deps, agent);
  const told = judgeRun(deps, run, day);
  if (!run.drifts.some((drift) => drift.days > 0)) {
    agent.run = { ...newRun(), slow: run.slow, slowAt: run.slowAt };
    return undefined;
  }
  if (run.cause === "") {
    run.cause = `${whose(deps)}-run|${agentId}|${day.index}`;
    run.start = day.start;
  }
  if (gains.some((gain) => gain >= tellingGain)) remember(deps, run, day);
  if (run.isInTail) watch(agent);
  // Once it is among the rarest no more there is nothing to add to its alert.
  const isTold = run.alertId === undefined ? told.isAlarm : run.isInTail;
  return isTold ? accuse(deps, agent, run, told) : undefined;
}

interface Told {
  readonly readings: readonly Reading[];
  readonly evidence: number;
  readonly isAlarm: boolean;
  readonly at: number;
}

/** How the run stands after the day, which is learnt as one more day of somebody's run. */
function judgeRun(deps: ModelDeps, run: Run, day: DayWindow): Told {
  const { population } = deps;
  const readings = readRun(deps, run);
  const fusion = fusionOf(deps.dimensions.byProcess["agent-run"], readings);
  const threshold = alertThreshold(population.budget(), "agent-run", deps.parameters.budget);
  const tails = population.fusionTails("agent-run");
  const evidence = windowEvidence(fusion, tails, threshold);
  const isInTail = windowSurprise(fusion, tails) > 0;
  const excursion = isInTail ? { excursion: { isNew: !run.isInTail } } : {};
  population.noteStarts(day.last, { process: "agent-run", ...excursion });
  run.isInTail = isInTail;
  population.learnFusion("agent-run", fusion);
  return { readings, evidence, isAlarm: evidence >= threshold, at: day.last };
}

export const newRun = (): Run => ({
  cause: "",
  start: 0,
  drifts: [],
  slow: { histories: [], rates: [] },
  slowAt: 0,
  isInTail: false,
  tally: emptyTally(),
  cited: [],
  alertId: undefined,
});

interface DayPlace {
  readonly day: DayWindow;
  /** Position among the dimensions. */
  readonly n: number;
}

function carry(
  { population, dimensions }: ModelDeps,
  { role }: AgentState,
  run: Run,
  { day: { counts }, n }: DayPlace,
): number {
  const dimension = dimensions.byProcess["agent-run"][n];
  if (dimension === undefined) return 0;
  run.drifts[n] ??= newDrift();
  const drift = run.drifts[n];
  if (dimension.form !== "trial") {
    const own = run.slow.histories[n] ?? emptyHistory;
    const model = population.predict("agent-day", n, role, own);
    const observed = countOf(counts, dimension);
    const variance = model.mean + (model.mean * model.mean) / model.size;
    const gains = countGains(observed, model);
    return driftOn(drift, gains, { observed, expected: model.mean, variance, asked: 0 });
  }
  const place = dimension.count - counts.totals.length;
  const model = population.trialModel(place, role, run.slow.rates[place] ?? emptyRate);
  return driftOnAnswers(drift, counts.trials[place] ?? newTrial(), model);
}

function readRun({ dimensions, population }: ModelDeps, run: Run): Reading[] {
  return dimensions.byProcess["agent-run"].map(({ weight }, n) => {
    const drift = run.drifts[n];
    if (drift === undefined || weight === 0) return quiet;
    const surprise = driftSurprise(drift);
    const fit = population.calibration("agent-run", n);
    const p = certain(Math.exp(-surprise));
    population.calibrate("agent-run", n, { observed: drift.observed, lot: "", p });
    return readDrift(surprise, fit, weight);
  });
}

/** The long memory, clipped like the short one. */
function learnSlow(deps: ModelDeps, { run, role }: AgentState, day: DayWindow): void {
  if (run === undefined) return;
  const keep = keepSlow(deps, run.slowAt, day.last);
  run.slowAt = Math.max(run.slowAt, day.last);
  const tallied = talliedIn(day.counts);
  run.slow = slowAfter(deps, role, run.slow, { tallied, isWhole: false, keep });
}

/** Of each count and each trial: how much of it is too much over the days of the run. */
function excessOf({ dimensions }: ModelDeps, { drifts }: Run): number[] {
  const shares: number[] = [];
  for (const [n, { count }] of dimensions.byProcess["agent-run"].entries()) {
    const drift = drifts[n];
    if (drift !== undefined)
      shares[count] = excessShare(drift.observed, drift.expected, drift.variance);
  }
  return shares;
}

function remember(deps: ModelDeps, run: Run, day: DayWindow): void {
  const shares = excessOf(deps, run);
  for (const event of day.cited) cite(run.cited, event, citedPerRunMax, () => shares);
  // Whom a run exposed is told of the days on which it was among the rarest.
  if (run.isInTail) mergeTallies(run.tally, day.tally);
}

function accuse(deps: ModelDeps, agent: AgentState, run: Run, told: Told): AlertRecord {
  const id = run.alertId ?? alertIdOf(run.cause);
  const known = agent.alerts.find((record) => record.id === id);
  const record = known ?? newRecord(id, "agent-run", told.at);
  if (known === undefined) addRecord(agent, record);
  run.alertId = id;
  doubtRun(agent, id, run.start);
  record.last = Math.max(record.last, told.at);
  record.revision += 1;
  const { start, tally } = run;
  putPart(record, { part: runPartOf(deps, run, told), start, tallies: [tally] });
  return record;
}
