/**
 * What growths of gatherings teach of their sizes, kept while one may still turn out to be misuse: the tail as it was
 * before the oldest of them, and their sizes since. A verdict makes the tail again from these.
 */
import { z } from "zod";
import {
  type ExceedanceTail,
  fitTail,
  learnTail,
  learnTailWhole,
  type TailPrior,
  tailSchema,
} from "../stats/exceedance-tail.ts";
import type { Judgement } from "../verdict.ts";

/** Growths on probation; beyond it the oldest one stays as it was learnt. */
export const growthsMax = 512;

/** What it is known by, size without what was excused, event time. */
const growthSchema = z.tuple([z.number(), z.number(), z.number()]);
type Growth = z.infer<typeof growthSchema>;

export const gatheringLessonsSchema = z.object({
  base: tailSchema,
  growths: z.array(growthSchema),
});
export type GatheringLessons = z.infer<typeof gatheringLessonsSchema>;

/** What is known of the gathering that grew; undefined: it never alerted. */
export type JudgeOf = (key: number, at: number) => Judgement | undefined;

/** By what sizes are judged: those expected before any was seen, and what is known of each gathering. */
export interface Judging {
  readonly prior: TailPrior;
  readonly judgeOf: JudgeOf;
  /** Event time after which what nobody has judged is ordinary. */
  readonly probationMs: number;
}

export interface LearntGrowth {
  readonly tail: ExceedanceTail;
  readonly lessons: GatheringLessons;
  /** Growths that went before their time. */
  readonly early: number;
}

/** Learns one more growth. */
export function learnGrowth(
  { tail, lessons }: { readonly tail: ExceedanceTail; readonly lessons: GatheringLessons },
  growth: Growth,
  judging: Judging,
): LearntGrowth {
  const { judgeOf, probationMs } = judging;
  const growths = [...lessons.growths, growth];
  const at = growth[2];
  const surplus = growths.length - growthsMax;
  const over = growths.findIndex(([, , grownAt], n) => n >= surplus && at - grownAt <= probationMs);
  const settled = growths.slice(0, over);
  const early = settled.filter(([, , grownAt]) => at - grownAt <= probationMs).length;
  const asSettled: JudgeOf = (key, grownAt) => {
    const judgement = judgeOf(key, grownAt);
    return judgement === "open" && at - grownAt > probationMs ? "ordinary" : judgement;
  };
  const base = tailAfter(lessons.base, settled, { ...judging, judgeOf: asSettled });
  const kept = { base, growths: growths.slice(over) };
  const isJudged = settled.some(([key, , grownAt]) => judgeOf(key, grownAt) !== undefined);
  const next = isJudged ? tailOf(kept, judging) : tailAfter(tail, [growth], judging);
  return { tail: next, lessons: kept, early };
}

/** The tail under what is known now. */
export const tailOf = ({ base, growths }: GatheringLessons, judging: Judging): ExceedanceTail =>
  tailAfter(base, growths, judging);

function tailAfter(
  before: ExceedanceTail,
  growths: readonly Growth[],
  { prior, judgeOf }: Judging,
): ExceedanceTail {
  let tail = before;
  for (const [key, size, at] of growths) {
    const judgement = judgeOf(key, at);
    if (judgement === "misuse") continue;
    const fit = fitTail(tail, prior);
    tail = judgement === "ordinary" ? learnTailWhole(tail, size, fit) : learnTail(tail, size, fit);
  }
  return tail;
}
