/**
 * What the engine knows about everybody: the peers' priors by role, the calibration of every dimension's
 * tail, and the budget. Mutable, owned by one engine, printed whole into a snapshot.
 */
import { z } from "zod";
import type { Answer } from "../detector.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import {
  type Calibration,
  type CalibrationFit,
  emptyCalibration,
  fitCalibration,
  fitCalibrationTail,
  learnCalibration,
} from "../stats/calibration.ts";
import {
  type CountHistory,
  type Prediction,
  predict,
  priorWindowsOf,
} from "../stats/count-baseline.ts";
import { tailSchema } from "../stats/exceedance-tail.ts";
import { type FuzzyP, randomisedSurprise } from "../stats/fuzzy-p.ts";
import { seededUniform } from "../stats/seeded-uniform.ts";
import {
  emptySpread,
  learnSpread,
  ordinaryRate,
  priorQuestionsOf,
  questionsOf,
  type RateHistory,
  type RateSpread,
} from "../stats/trial-rate.ts";
import type { TrialModel } from "../stats/trial-wealth.ts";
import { type BudgetState, emptyBudget, noteStarts } from "./budget.ts";
import {
  type Dimensions,
  type Process,
  perProcess,
  processes,
  type WindowKind,
} from "./dimension.ts";
import { type Fusion, type FusionFits, tails } from "./evidence.ts";
import { type FusionTails, fitFusions, learnFusions, noFusions } from "./fusion-tails.ts";
import {
  createRolePeers,
  everybody,
  type Lesson,
  type RoleBook,
  roleSchema,
} from "./role-peers.ts";

/** Closed windows of all agents before which predictions say nothing about their own quality. */
const blindWindows = 20;

const calibrationSchema = z.object({ tail: tailSchema, body: z.array(z.number()) });

const populationSchema = z.object({
  roles: z.array(z.tuple([z.string(), roleSchema])),
  /** Of each dimension. */
  calibrations: perProcess(z.array(calibrationSchema)),
  fusions: perProcess(z.record(z.enum(tails), tailSchema)),
  /** Of each trial. */
  spreads: z.array(z.object({ excess: z.number(), pairs: z.number() })),
  budget: z.object({
    agentDays: z.number(),
    excursionDays: z.number(),
    excursions: z.number(),
    starts: perProcess(z.number()),
    at: z.number(),
  }),
});

/** How surprising one dimension of a closed window was. */
export interface SurpriseLesson {
  /** Of a count; of a trial and of a drift e^−s of its evidence s in nats. */
  readonly p: FuzzyP;
  /** What one value of p is drawn by, where one is needed; a p that is one number needs none. */
  readonly lot: string;
  /** The count, or how often a trial was answered yes. */
  readonly observed: number;
}

/** −ln of the randomised p of a lesson about a process's `n`th dimension. Nats. */
export const drawnSurprise = ({ p, lot }: SurpriseLesson, n: number): number =>
  randomisedSurprise(p, seededUniform(lot, n));

/** How much own data weighs as much as the peers do. */
export interface Priors {
  /** Windows, of each session dimension that counts. */
  readonly windows: readonly number[];
  /** Questions, of each trial. */
  readonly questions: readonly number[];
}

export interface Population {
  readonly predict: (
    process: WindowKind,
    dimension: number,
    role: string,
    own: CountHistory,
  ) => Prediction;
  /** Too little is known of anybody for a prediction to mean something. */
  readonly isBlind: (process: WindowKind) => boolean;
  readonly calibration: (process: Process, dimension: number) => CalibrationFit;
  /** The tails over closed windows of the process. */
  readonly fusionTails: (process: Process) => FusionFits;
  readonly learnFusion: (process: Process, fusion: Fusion) => void;
  readonly learn: (lesson: Lesson) => void;
  /** What a window of an agent of this role is held against. */
  readonly trialModel: (trial: number, role: string, own: RateHistory) => TrialModel;
  /** Learns from a closed window of any agent how far windows keep to their rate. */
  readonly learnSpread: (trial: number, answer: Answer, rate: number) => void;
  readonly learnRate: (trial: number, role: string, answer: Answer) => void;
  /** Learns how surprising a closed window's dimension was. */
  readonly calibrate: (process: Process, dimension: number, lesson: SurpriseLesson) => void;
  /** What an agent of this role starts from, in its own windows and questions. */
  readonly priors: (role: string) => Priors;
  readonly budget: () => BudgetState;
  readonly noteStarts: (at: number, added: Parameters<typeof noteStarts>[2]) => void;
  /** JSON. */
  readonly save: () => string;
  /** Throws SyntaxError or ZodError if `json` is no population. */
  readonly load: (json: string) => void;
}

const eachProcess = <Value>(of: (process: Process) => Value): Record<Process, Value> => ({
  session: of("session"),
  "agent-day": of("agent-day"),
  "agent-run": of("agent-run"),
});

export function createPopulation(
  dimensions: Dimensions,
  parameters: Pick<DetectionParameters, "budget" | "learning">,
): Population {
  const peers = createRolePeers(dimensions, parameters.learning.peer_half_life_days);
  let calibrations = eachProcess<Calibration[]>((process) =>
    dimensions.byProcess[process].map(() => emptyCalibration),
  );
  let fusions = eachProcess<FusionTails>(() => noFusions);
  /** Fitted on demand, dropped when something is learnt. */
  const fits = eachProcess<(CalibrationFit | undefined)[]>(() => []);
  const fusionFits: Partial<Record<Process, FusionFits | undefined>> = {};
  let spreads: RateSpread[] = dimensions.trials.map(() => emptySpread);
  let budget = emptyBudget;

  const fusionTailsOf = (process: Process): FusionFits => {
    fusionFits[process] ??= fitFusions(fusions[process], process);
    return fusionFits[process];
  };
  const calibrationOf = (process: Process, dimension: number): CalibrationFit => {
    const known = fits[process][dimension];
    if (known !== undefined) return known;
    const fit = fitCalibration(calibrations[process][dimension] ?? emptyCalibration);
    fits[process][dimension] = fit;
    return fit;
  };

  return {
    predict: (process, dimension, role, own) =>
      predict(own, peers.priorOf(process, dimension, role)),
    isBlind: (process) => (peers.of(everybody).peers[process][0]?.windows ?? 0) < blindWindows,
    calibration: calibrationOf,
    fusionTails: fusionTailsOf,
    learnFusion: (process, fusion) => {
      fusions[process] = learnFusions(fusions[process], fusion, fusionTailsOf(process));
      fusionFits[process] = undefined;
    },
    learn: (lesson) => {
      peers.learn(everybody, lesson);
      if (lesson.role !== everybody) peers.learn(lesson.role, lesson);
    },
    trialModel: (trial, role, own) => ({
      rate: Math.fround(ordinaryRate(own, peers.rateOf(role, trial))),
      questions: Math.fround(questionsOf(spreads[trial] ?? emptySpread)),
    }),
    learnSpread: (trial, { asked, yes }, rate) => {
      spreads[trial] = learnSpread(spreads[trial] ?? emptySpread, asked, yes, rate);
    },
    learnRate: (trial, role, answer) => {
      peers.learnRate(everybody, trial, answer);
      if (role !== everybody) peers.learnRate(role, trial, answer);
    },
    calibrate: (process, dimension, { p }) => {
      const before = calibrations[process][dimension] ?? emptyCalibration;
      const fit = fits[process][dimension]?.tail ?? fitCalibrationTail(before);
      calibrations[process][dimension] = learnCalibration(before, p, fit);
      fits[process][dimension] = undefined;
    },
    priors: (role) => priorsOf(dimensions, peers, role),
    budget: () => budget,
    noteStarts: (at, added) => {
      budget = noteStarts(budget, at, added, parameters.budget);
    },
    save: () => JSON.stringify({ roles: [...peers.all], calibrations, fusions, spreads, budget }),
    load: (json) => {
      const state = populationSchema.parse(JSON.parse(json));
      peers.all.clear();
      for (const [role, saved] of state.roles) peers.all.set(role, saved);
      calibrations = state.calibrations;
      fusions = state.fusions;
      spreads = state.spreads;
      for (const process of processes) {
        fits[process] = [];
        fusionFits[process] = undefined;
      }
      budget = state.budget;
    },
  };
}

function priorsOf({ byProcess, trials }: Dimensions, peers: RoleBook, role: string): Priors {
  const counting = byProcess.session.filter(({ form }) => form !== "trial");
  return {
    windows: counting.map((_, n) => priorWindowsOf(peers.priorOf("session", n, role))),
    questions: trials.map((_, n) => priorQuestionsOf(peers.rateOf(role, n))),
  };
}
