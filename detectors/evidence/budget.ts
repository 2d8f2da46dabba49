/**
 * The budget: false alerts per 100 agents per day, shared out over the kinds of process.
 *
 * A process of kind k may alert at evidence c_k = N_k / B_k, where N_k of them start per 100 active
 * agent-days (estimated slowly) and B_k is the kind's share of the budget. By Ville's inequality a process
 * under ordinary work ever reaches c_k with probability at most 1/c_k, so at most N_k/c_k = B_k of them do.
 */
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import { type Process, processes } from "./dimension.ts";

export type Starts = Readonly<Record<Process, number>>;

export interface BudgetState {
  /** Days on which a run stood in its tail, and how often one came there; forgetting. */
  readonly excursionDays: number;
  readonly excursions: number;
  /** Agent-days with at least one exposing access, forgetting. */
  readonly agentDays: number;
  readonly starts: Starts;
  /** Epoch milliseconds of the last update. */
  readonly at: number;
}

type BudgetParameters = DetectionParameters["budget"];

/**
 * Shares of the budget; with those of gatherings they leave a part for the policy lane and for tails that are still
 * being learnt. Whoever misuses slowly shows only in a run, whose days depend on each other. A session's is the
 * largest, so that a phished one is told while it runs. A day's false alarms are mostly those of a session that has
 * alerted already, and are not told twice: what days spend is a small part of their share.
 */
const shareKeys = {
  session: "session_share",
  "agent-day": "agent_day_share",
  "agent-run": "agent_run_share",
} as const satisfies Record<Process, keyof BudgetParameters>;

/** Before anything is seen, per 100 agent-days, and the agent-days that this is worth. */
const priorStarts: Starts = { session: 300, "agent-day": 100, "agent-run": 100 };
const priorAgentDays = 50;

const dayMs = 86_400_000;

export const emptyBudget: BudgetState = {
  excursionDays: 0,
  excursions: 0,
  agentDays: 0,
  starts: { session: 0, "agent-day": 0, "agent-run": 0 },
  at: 0,
};

export interface BudgetAddition {
  readonly agentDays?: number;
  readonly process?: Process;
  /** A run stands in its tail on this day; whether it came there on this day. */
  readonly excursion?: { readonly isNew: boolean };
}

/** Notes starts and agent-days at event time `at`. */
export function noteStarts(
  budget: BudgetState,
  at: number,
  added: BudgetAddition,
  { half_life_days }: Pick<BudgetParameters, "half_life_days">,
): BudgetState {
  const elapsed = Math.max(0, at - budget.at);
  const keep = budget.at === 0 ? 1 : 2 ** (-elapsed / (half_life_days * dayMs));
  const starts = { ...budget.starts };
  for (const process of processes) {
    starts[process] = starts[process] * keep + (added.process === process ? 1 : 0);
  }
  return {
    agentDays: budget.agentDays * keep + (added.agentDays ?? 0),
    excursionDays: budget.excursionDays * keep + (added.excursion === undefined ? 0 : 1),
    excursions: budget.excursions * keep + (added.excursion?.isNew === true ? 1 : 0),
    starts,
    at: Math.max(at, budget.at),
  };
}

/** N_k: processes of this kind that start per 100 active agent-days. */
export function startsPer100AgentDays(budget: BudgetState, process: Process): number {
  const starts = budget.starts[process] + (priorStarts[process] * priorAgentDays) / 100;
  return (100 * starts) / (budget.agentDays + priorAgentDays);
}

/** c_k. Never below `evidence_min`: a lavish budget does not make noise evidence. */
export function alertThreshold(
  budget: BudgetState,
  process: Process,
  parameters: BudgetParameters,
): number {
  const share = parameters[shareKeys[process]] * parameters.false_alerts_per_100_agents_per_day;
  const starts = startsPer100AgentDays(budget, process) / spellOf(budget, process);
  return Math.max(parameters.evidence_min, starts / share);
}

/** What is particular to one kind of gathering. */
export interface GatheringBudget {
  readonly shareKey: "crowd_share" | "pair_share";
  /** Growths per 100 agent-days before any was seen. */
  readonly priorGrowths: number;
}

/** What was seen of gatherings so far, both forgetting alike. */
export interface GatheringsSeen {
  /** Each as often as it weighs. */
  readonly growths: number;
  readonly agentDays: number;
  /** Of the gathering at hand. */
  readonly weight: number;
}

/**
 * c of a gathering that grows: its weight's share of what the kind may spend. With growths N_w of weight w per 100
 * agent-days and c_w = Σ N_w·w / (w·B), at most Σ N_w / c_w = B of them reach theirs under ordinary work.
 */
export function gatheringThreshold(
  { shareKey, priorGrowths }: GatheringBudget,
  { growths, agentDays, weight }: GatheringsSeen,
  parameters: BudgetParameters,
): number {
  const share = parameters[shareKey] * parameters.false_alerts_per_100_agents_per_day;
  const prior = (priorGrowths * priorAgentDays) / 100;
  const starts = (100 * (growths + prior)) / (agentDays + priorAgentDays);
  return Math.max(parameters.evidence_min, starts / share / weight);
}

/** Days that a run is taken to stand in its tail before any was seen, and what that is worth in excursions. */
export const priorSpell = 4;
const priorExcursions = 5;

/**
 * How many of a process's starts belong together. A run that is in its tail today is there tomorrow: days in
 * the tail come in spells, and a spell alarms once.
 */
function spellOf({ excursionDays, excursions }: BudgetState, process: Process): number {
  if (process !== "agent-run") return 1;
  return (excursionDays + priorSpell * priorExcursions) / (excursions + priorExcursions);
}
