/**
 * How far an agent's own past carries what it is held against: its evidence over that of its peers, who stand in
 * while little is known of it.
 */
import type { Dimension, Dimensions } from "../evidence/dimension.ts";
import type { Population, Priors } from "../evidence/population.ts";
import type { AgentState } from "./agent-state.ts";

/**
 * By the share of a prediction that the agent's own past carries: cold below a fifth, ready from one half on, where
 * its own past weighs as much as its peers do.
 */
export const learningStates = ["cold", "learning", "ready"] as const;
export type LearningState = (typeof learningStates)[number];

const learningShare = 0.2;
const readyShare = 0.5;

export function learningStateOf(ownShare: number): LearningState {
  if (ownShare < learningShare) return "cold";
  return ownShare < readyShare ? "learning" : "ready";
}

export interface DetectorLearning {
  readonly detector: string;
  readonly state: LearningState;
  /** 0 to 1: of the detector's counts and questions, weighted as in its evidence. */
  readonly ownShare: number;
}

export interface AgentLearning {
  readonly role: string;
  /** It works day and night as no person does. */
  readonly isRobot: boolean;
  /** Closed sessions and days that were learnt; older ones weigh less, so these are no whole numbers. */
  readonly sessions: number;
  readonly days: number;
  /** Windows that a verdict can still change. */
  readonly onProbation: number;
  /** Of each detector that runs and compares with the past. */
  readonly detectors: readonly DetectorLearning[];
}

export function learningOf(
  dimensions: Dimensions,
  population: Pick<Population, "priors">,
  agent: AgentState | undefined,
): AgentLearning | undefined {
  if (agent === undefined) return undefined;
  return {
    role: agent.role,
    isRobot: agent.rhythm.isRobot,
    sessions: agent.histories.session[0]?.windows ?? 0,
    days: agent.histories["agent-day"][0]?.windows ?? 0,
    onProbation: agent.probation?.lessons.length ?? 0,
    detectors: detectorsOf(dimensions, population.priors(agent.role), agent),
  };
}

function detectorsOf(
  { byProcess, counts }: Dimensions,
  priors: Priors,
  agent: AgentState,
): DetectorLearning[] {
  const sums = new Map<string, { weight: number; own: number }>();
  for (const [n, dimension] of byProcess.session.entries()) {
    const { detector, weight } = dimension;
    if (weight === 0) continue;
    const sum = sums.get(detector) ?? { weight: 0, own: 0 };
    sums.set(detector, sum);
    sum.weight += weight;
    sum.own +=
      weight * ownShareOf(dimension, { n, trial: dimension.count - counts.length }, priors, agent);
  }
  return [...sums].map(([detector, { weight, own }]) => {
    const ownShare = own / weight;
    return { detector, state: learningStateOf(ownShare), ownShare };
  });
}

interface DimensionPlace {
  /** Among the session's dimensions. */
  readonly n: number;
  /** Among the trials, if it is one. */
  readonly trial: number;
}

function ownShareOf(
  { form }: Dimension,
  { n, trial }: DimensionPlace,
  { windows, questions }: Priors,
  { histories, rates }: AgentState,
): number {
  const own = form === "trial" ? (rates[trial]?.asked ?? 0) : (histories.session[n]?.windows ?? 0);
  const prior = form === "trial" ? (questions[trial] ?? 1) : (windows[n] ?? 1);
  return own / (own + prior);
}

/** Agents by detector and state. O(agents); priors are made once for each role. */
export function learningCensus(
  dimensions: Dimensions,
  population: Pick<Population, "priors">,
  agents: Iterable<AgentState>,
): ReadonlyMap<string, Readonly<Record<LearningState, number>>> {
  const priors = new Map<string, Priors>();
  const census = new Map<string, Record<LearningState, number>>();
  for (const agent of agents) {
    const own = priors.get(agent.role) ?? population.priors(agent.role);
    priors.set(agent.role, own);
    for (const { detector, state } of detectorsOf(dimensions, own, agent)) {
      const counted = census.get(detector) ?? { cold: 0, learning: 0, ready: 0 };
      counted[state] += 1;
      census.set(detector, counted);
    }
  }
  return census;
}
