/**
 * An agent's baselines, and what one window teaches them. The one place where an agent's own past is learnt: when a
 * window closes, and again when a verdict says that it was misuse or ordinary work after all.
 *
 * Counts are learnt clipped at their predictive 99.9 % quantile, so that an attack moves a baseline little and a
 * lasting change of work moves it within days; what was clipped is learnt when somebody has said that it was work.
 */
import type { Dimensions, WindowKind } from "../evidence/dimension.ts";
import type { Population } from "../evidence/population.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import { type CountHistory, emptyHistory, learnOwn } from "../stats/count-baseline.ts";
import { type CountModel, logUpperTail, upperQuantile } from "../stats/negative-binomial.ts";
import { emptyRate, learnRate, lessonOf, type RateHistory } from "../stats/trial-rate.ts";
import type { AgentState, SlowPast } from "./agent-state.ts";
import { copyHabits, type Habits, learnHabits, moveTo } from "./habits.ts";
import {
  countIn,
  type DayLesson,
  type Lesson,
  type SessionLesson,
  type Tallied,
} from "./lesson.ts";

/** What closed windows have taught of one agent. */
export interface Baselines {
  /** Event time up to which histories are decayed. */
  learntAt: Record<WindowKind, number>;
  histories: Record<WindowKind, readonly CountHistory[]>;
  rates: readonly RateHistory[];
  habits: Habits;
  slow: SlowPast;
  slowAt: number;
}

/** whole: as it was. clipped: as much as one window may teach. nothing: it never was. */
export type Teaching = "whole" | "clipped" | "nothing";

const dayMs = 86_400_000;

export interface LearningDeps {
  readonly parameters: DetectionParameters;
  readonly dimensions: Dimensions;
  readonly population: Pick<Population, "predict" | "trialModel">;
}

export function keepOwn({ parameters }: LearningDeps, learntAt: number, last: number): number {
  const halfLifeMs = parameters.learning.own_half_life_days * dayMs;
  return 2 ** (-Math.max(0, last - (learntAt || last)) / halfLifeMs);
}

export function keepSlow({ parameters }: LearningDeps, slowAt: number, last: number): number {
  const halfLifeMs = parameters.learning.long_half_life_days * dayMs;
  return 2 ** (-(slowAt === 0 ? 0 : Math.max(0, last - slowAt)) / halfLifeMs);
}

/** What of a count may be learnt. */
export function clipped({ parameters }: LearningDeps, count: number, model: CountModel): number {
  const upper = parameters.learning.clip_p;
  return logUpperTail(count, model) < Math.log(upper)
    ? Math.min(count, upperQuantile(upper, model))
    : count;
}

/** A copy that later windows do not touch. */
export function baselinesOf({ learntAt, histories, rates, habits, run }: AgentState): Baselines {
  return {
    learntAt: { ...learntAt },
    histories: { ...histories },
    rates,
    habits: copyHabits(habits),
    slow: run?.slow ?? { histories: [], rates: [] },
    slowAt: run?.slowAt ?? 0,
  };
}

interface Taught<Kind = Lesson> {
  readonly lesson: Kind;
  readonly teaching: Teaching;
}

/** Baselines after lessons, each in its turn; `before` stays as it is. */
export function taught(
  deps: LearningDeps,
  { role }: Pick<AgentState, "role">,
  before: Baselines,
  lessons: readonly Taught[],
): Baselines {
  const after = {
    ...before,
    learntAt: { ...before.learntAt },
    histories: { ...before.histories },
    habits: copyHabits(before.habits),
  };
  for (const one of lessons) {
    if (one.teaching === "nothing" || isEmptied(one.lesson, lessons)) continue;
    teach(deps, role, after, { ...one, lesson: wholeDay(one.lesson, lessons) });
  }
  return after;
}

function teach(
  deps: LearningDeps,
  role: string,
  after: Baselines,
  { lesson, teaching }: Taught,
): void {
  if (lesson.kind === "session") teachSession(deps, role, after, { lesson, teaching });
  else if (lesson.kind === "day") teachDay(deps, role, after, { lesson, teaching });
  else if (lesson.kind === "move") moveTo(after.habits, lesson.team, deps.parameters.habits);
  else adoptShortMemory(after, lesson.last);
}

/** A day on which nothing was done but what was misuse never was. */
function isEmptied(lesson: Lesson, lessons: readonly Taught[]): boolean {
  if (lesson.kind !== "day") return false;
  const { totals, asked } = lesson.tallied;
  if (totals.some((count) => count > 0) || asked.some((count) => count > 0)) return false;
  return lessons.some(
    ({ lesson: one, teaching }) =>
      one.kind === "session" && one.missingIn === lesson.index && teaching === "nothing",
  );
}

/** A day together with the sessions that alerted by themselves and were ordinary; another lesson as it is. */
function wholeDay(given: Lesson, lessons: readonly Taught[]): Lesson {
  if (given.kind !== "day") return given;
  let { tallied } = given;
  for (const { lesson, teaching } of lessons) {
    if (lesson.kind !== "session" || lesson.missingIn !== given.index) continue;
    if (teaching === "whole") tallied = sumOf(tallied, lesson.tallied);
  }
  return { ...given, tallied };
}

function sumOf(one: Tallied, other: Tallied): Tallied {
  const sum = (a: readonly number[], b: readonly number[]) =>
    a.map((value, n) => Math.fround(value + (b[n] ?? 0)));
  return {
    totals: sum(one.totals, other.totals),
    peaks: one.peaks,
    asked: sum(one.asked, other.asked),
    yes: sum(one.yes, other.yes),
  };
}

function teachSession(
  deps: LearningDeps,
  role: string,
  after: Baselines,
  { lesson, teaching }: Taught<SessionLesson>,
): void {
  const { tallied, last, trace, isAccused } = lesson;
  const keep = keepOwn(deps, after.learntAt.session, last);
  after.rates = tallied.asked.map((asked, n) => {
    const own = after.rates[n] ?? emptyRate;
    const yes = tallied.yes[n] ?? 0;
    const rate = deps.population.trialModel(n, role, own).rate;
    return learnRate(own, asked, teaching === "whole" ? yes : lessonOf(asked, yes, rate), keep);
  });
  learnCounts(deps, role, after, { process: "session", tallied, teaching, keep });
  after.learntAt.session = Math.max(after.learntAt.session, last);
  const share = isAccused && teaching === "clipped" ? deps.parameters.learning.accused_share : 1;
  learnHabits(after.habits, trace, { at: last, share, ...deps.parameters.learning });
}

function teachDay(
  deps: LearningDeps,
  role: string,
  after: Baselines,
  { lesson, teaching }: Taught<DayLesson>,
): void {
  const { tallied, last } = lesson;
  const keep = keepOwn(deps, after.learntAt["agent-day"], last);
  learnCounts(deps, role, after, { process: "agent-day", tallied, teaching, keep });
  after.learntAt["agent-day"] = Math.max(after.learntAt["agent-day"], last);
  after.slow = slowAfter(deps, role, after.slow, {
    tallied,
    isWhole: teaching === "whole",
    keep: keepSlow(deps, after.slowAt, last),
  });
  after.slowAt = Math.max(after.slowAt, last);
}

const countingOf = ({ dimensions }: LearningDeps, process: WindowKind) =>
  dimensions.byProcess[process].filter(({ form }) => form !== "trial");

interface CountedWindow {
  readonly process: WindowKind;
  readonly tallied: Tallied;
  readonly teaching: Teaching;
  readonly keep: number;
}

/** A day that the long memory learns. */
export interface SlowDay {
  readonly tallied: Tallied;
  /** Nobody doubts it: it is learnt unclipped. */
  readonly isWhole: boolean;
  readonly keep: number;
}

/** The long memory after a day: like the short one, only slower. */
export function slowAfter(
  deps: LearningDeps,
  role: string,
  { histories, rates }: SlowPast,
  { tallied, isWhole, keep }: SlowDay,
): SlowPast {
  return {
    histories: countingOf(deps, "agent-day").map((dimension, n) => {
      const own = histories[n] ?? emptyHistory;
      const model = deps.population.predict("agent-day", n, role, own);
      const count = countIn(tallied, dimension);
      return learnOwn(own, isWhole ? count : clipped(deps, count, model), model.mean, keep);
    }),
    rates: tallied.asked.map((asked, n) => {
      const own = rates[n] ?? emptyRate;
      const yes = Math.min(asked, tallied.yes[n] ?? 0);
      const { rate } = deps.population.trialModel(n, role, own);
      return learnRate(own, asked, isWhole ? yes : lessonOf(asked, yes, rate), keep);
    }),
  };
}

/** Learns the window's counts, under what is known of everybody today. */
function learnCounts(
  deps: LearningDeps,
  role: string,
  after: Baselines,
  { process, tallied, teaching, keep }: CountedWindow,
): void {
  const before = after.histories[process];
  after.histories[process] = countingOf(deps, process).map((dimension, n) => {
    const own = before[n] ?? emptyHistory;
    const model = deps.population.predict(process, n, role, own);
    const mean = Math.fround(model.mean);
    const count = countIn(tallied, dimension);
    return learnOwn(own, teaching === "whole" ? count : clipped(deps, count, model), mean, keep);
  });
}

function adoptShortMemory(after: Baselines, at: number): void {
  after.slow = { histories: after.histories["agent-day"], rates: after.rates };
  after.slowAt = Math.max(after.slowAt, at);
}
