/**
 * What the engine knows about everybody: the peers' priors by role, the calibration of every dimension's
 * tail, and the budget. Mutable, owned by one engine, printed whole into a snapshot.
 *
 * Peers are the agents of the same role, shrunk to all agents: a role's sums are topped up with everybody's,
 * scaled to `sharedWindows` windows, so a small role borrows and a large one speaks for itself.
 */
import { z } from "zod";
import type { Answer } from "../detector.ts";
import {
  type Calibration,
  type CalibrationFit,
  emptyCalibration,
  fitCalibration,
  learnCalibration,
} from "../stats/calibration.ts";
import {
  type CountHistory,
  emptyPeers,
  learnPeers,
  type PeerHistory,
  type Prediction,
  predict,
} from "../stats/count-baseline.ts";
import {
  type ExceedanceTail,
  emptyTail,
  fitTail,
  learnTail,
  type TailPrior,
} from "../stats/exceedance-tail.ts";
import {
  emptyRate,
  emptySpread,
  learnRate,
  learnSpread,
  ordinaryRate,
  questionsOf,
  type RateHistory,
  type RateSpread,
} from "../stats/trial-rate.ts";
import type { TrialModel } from "../stats/trial-wealth.ts";
import { type BudgetState, emptyBudget, noteStarts } from "./budget.ts";
import { type Dimension, type Dimensions, type Process, processes } from "./dimension.ts";
import { type Fusion, type FusionFits, type Tail, tails, tailValues } from "./evidence.ts";

/** Windows of all agents that a role's own sums are topped up with. */
const sharedWindows = 10;
/** Roles with peers of their own; agents of further roles are compared with everybody. */
const rolesMax = 64;
const peerHalfLifeMs = 28 * 86_400_000;
const everybody = "";
/** Questions of all agents that a role's own are topped up with. */
const sharedQuestions = 100;
/** Questions after which peers begin to forget. */
const peerQuestionsMax = 20_000;
/** Closed windows of all agents before which predictions say nothing about their own quality. */
const blindWindows = 20;

/** A surprise whose p-value is expected to be a little too small. */
const surprisePrior = (level: number, rate: number, excess: number): TailPrior => ({
  level,
  windows: 100,
  rate,
  excess,
  square: 2.3 * excess * excess,
});
/**
 * Fused evidence above 1 wins; by Markov few windows do, and ln M falls off about exponentially. The better of
 * two p-values at worst doubles.
 */
const tailPriors: Readonly<Record<Tail, TailPrior>> = {
  fused: { level: 0, windows: 100, rate: 0.03, excess: 1.2, square: 2.6 * 1.2 * 1.2 },
  presence: surprisePrior(Math.LN10, 0.1, 1.3),
  amount: surprisePrior(Math.LN10, 0.1, 1.3),
  reason: surprisePrior(Math.LN10, 0.1, 1.3),
  conduct: surprisePrior(Math.LN10, 0.1, 1.3),
  joint: surprisePrior(3, 0.05, 1.2),
  best: surprisePrior(3, 0.08, 1.1),
};

const peerSchema = z.object({
  windows: z.number(),
  sum: z.number(),
  excess: z.number(),
  square: z.number(),
  between: z.number(),
  betweenSquare: z.number(),
});
const tailSchema = z.object({
  windows: z.number(),
  exceeding: z.number(),
  excess: z.number(),
  excessSquare: z.number(),
});
const calibrationSchema = z.object({ tail: tailSchema, body: z.array(z.number()) });
const perProcess = <Schema extends z.ZodType>(schema: Schema) =>
  z.object({ session: schema, "agent-day": schema });

const rateSchema = z.object({ asked: z.number(), yes: z.number() });
const roleSchema = z.object({
  at: z.number(),
  peers: perProcess(z.array(peerSchema)),
  /** Of each trial. */
  rates: z.array(rateSchema),
});
type RolePeers = z.infer<typeof roleSchema>;

const populationSchema = z.object({
  roles: z.array(z.tuple([z.string(), roleSchema])),
  /** Of each dimension. */
  calibrations: perProcess(z.array(calibrationSchema)),
  fusions: perProcess(z.record(z.enum(tails), tailSchema)),
  /** Of each trial. */
  spreads: z.array(z.object({ excess: z.number(), pairs: z.number() })),
  budget: z.object({ agentDays: z.number(), starts: perProcess(z.number()), at: z.number() }),
});

/** One closed window's lesson about one dimension. */
export interface Lesson {
  readonly process: Process;
  /** Position among the process's dimensions. */
  readonly dimension: number;
  readonly role: string;
  /** The agent's history before the window. */
  readonly own: CountHistory;
  /** The count, clipped at its predictive 99.9 % quantile. */
  readonly count: number;
  readonly at: number;
}

export interface Population {
  readonly predict: (
    process: Process,
    dimension: number,
    role: string,
    own: CountHistory,
  ) => Prediction;
  /** Too little is known of anybody for a prediction to mean something. */
  readonly isBlind: (process: Process) => boolean;
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
  readonly calibrate: (process: Process, dimension: number, surprise: number) => void;
  readonly budget: () => BudgetState;
  readonly noteStarts: (at: number, added: Parameters<typeof noteStarts>[2]) => void;
  /** JSON. */
  readonly save: () => string;
  /** Throws SyntaxError or ZodError if `json` is no population. */
  readonly load: (json: string) => void;
}

interface RoleBook {
  readonly of: (role: string) => RolePeers;
  readonly priorOf: (process: Process, dimension: number, role: string) => PeerHistory;
  readonly learn: (role: string, lesson: Lesson) => void;
  readonly learnRate: (role: string, trial: number, answer: Answer) => void;
  /** The role's own, topped up with everybody's. */
  readonly rateOf: (role: string, trial: number) => RateHistory;
  readonly all: Map<string, RolePeers>;
}

function createRolePeers({ byProcess, trials }: Dimensions): RoleBook {
  const roles = new Map<string, RolePeers>();
  const peersOf = (role: string): RolePeers => {
    const known = roles.get(role);
    if (known !== undefined) return known;
    if (roles.size >= rolesMax) return peersOf(everybody);
    const fresh: RolePeers = {
      at: 0,
      peers: { session: [], "agent-day": [] },
      rates: trials.map(() => emptyRate),
    };
    for (const process of processes) {
      fresh.peers[process] = byProcess[process].filter(isCount).map(() => emptyPeers);
    }
    roles.set(role, fresh);
    return fresh;
  };
  const priorOf = (process: Process, dimension: number, role: string): PeerHistory => {
    const all = peersOf(everybody).peers[process][dimension] ?? emptyPeers;
    if (role === everybody) return all;
    const own = peersOf(role).peers[process][dimension] ?? emptyPeers;
    return toppedUp(own, all);
  };
  const learnRole = (role: string, lesson: Lesson): void => {
    const entry = peersOf(role);
    const keep = entry.at === 0 ? 1 : 2 ** (-Math.max(0, lesson.at - entry.at) / peerHalfLifeMs);
    const { process, dimension } = lesson;
    const before = entry.peers[process][dimension] ?? emptyPeers;
    entry.peers[process][dimension] = learnPeers(before, lesson.own, lesson.count, keep);
    if (dimension === entry.peers[process].length - 1) entry.at = Math.max(entry.at, lesson.at);
  };

  /** Forgets by questions, not by time: a rate is a share, whatever the volume. */
  const learnRoleRate = (role: string, trial: number, { asked, yes }: Answer): void => {
    const { rates } = peersOf(role);
    const before = rates[trial] ?? emptyRate;
    const keep = before.asked > peerQuestionsMax ? 1 - asked / before.asked : 1;
    rates[trial] = learnRate(before, asked, yes, Math.max(0, keep));
  };

  const rateOf = (role: string, trial: number): RateHistory => {
    const all = peersOf(everybody).rates[trial] ?? emptyRate;
    if (role === everybody) return all;
    const { asked, yes } = peersOf(role).rates[trial] ?? emptyRate;
    const scale = Math.min(1, sharedQuestions / Math.max(all.asked, 1e-9));
    return { asked: asked + scale * all.asked, yes: yes + scale * all.yes };
  };

  peersOf(everybody);
  return {
    rateOf, of: peersOf, priorOf, learn: learnRole, learnRate: learnRoleRate, all: roles };
}

const isCount = ({ form }: Dimension): boolean => form !== "trial";

export function createPopulation(dimensions: Dimensions): Population {
  const peers = createRolePeers(dimensions);
  let calibrations: Record<Process, Calibration[]> = { session: [], "agent-day": [] };
  let fusions: Record<Process, FusionTails> = { session: noFusions, "agent-day": noFusions };
  /** Fitted on demand, dropped when something is learnt. */
  const fits: Record<Process, (CalibrationFit | undefined)[]> = { session: [], "agent-day": [] };
  const fusionFits: Partial<Record<Process, FusionFits | undefined>> = {};
  let spreads: RateSpread[] = [];
  let budget = emptyBudget;

  const fusionTailsOf = (process: Process): FusionFits => {
    fusionFits[process] ??= fitFusions(fusions[process]);
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
      const fits = fusionTailsOf(process);
      const values = tailValues(fusion, fits);
      const before = fusions[process];
      fusions[process] = perTail((tail) => learnTail(before[tail], values[tail], fits[tail]));
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
    calibrate: (process, dimension, surprise) => {
      const before = calibrations[process][dimension] ?? emptyCalibration;
      const fit = calibrationOf(process, dimension);
      calibrations[process][dimension] = learnCalibration(before, surprise, fit);
      fits[process][dimension] = undefined;
    },
    budget: () => budget,
    noteStarts: (at, added) => {
      budget = noteStarts(budget, at, added);
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

type FusionTails = Readonly<Record<Tail, ExceedanceTail>>;

function perTail<Value>(of: (tail: Tail) => Value): Record<Tail, Value> {
  return {
    fused: of("fused"),
    presence: of("presence"),
    amount: of("amount"),
    reason: of("reason"),
    conduct: of("conduct"),
    joint: of("joint"),
    best: of("best"),
  };
}

const noFusions: FusionTails = perTail(() => emptyTail);

const fitFusions = (seen: FusionTails): FusionFits =>
  perTail((tail) => fitTail(seen[tail], tailPriors[tail]));

/** `own` plus everybody's sums, scaled to at most `sharedWindows` windows. */
function toppedUp(own: PeerHistory, all: PeerHistory): PeerHistory {
  const scale = Math.min(1, sharedWindows / Math.max(all.windows, 1e-9));
  return {
    windows: own.windows + scale * all.windows,
    sum: own.sum + scale * all.sum,
    excess: own.excess + scale * all.excess,
    square: own.square + scale * all.square,
    between: own.between + scale * all.between,
    betweenSquare: own.betweenSquare + scale * all.betweenSquare,
  };
}
