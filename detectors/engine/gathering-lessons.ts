/**
 * What growths of gatherings teach of their sizes, kept while one may still turn out to be misuse: the sizes as they were
 * before the oldest of them, and those since. A verdict makes them again from these.
 */
import { z } from "zod";
import {
  fitSizes,
  learnSize,
  learnSizeWhole,
  type SizePrior,
  type Sizes,
  sizesSchema,
} from "../stats/size-tail.ts";
import type { Judgement } from "../verdict.ts";

/** Growths on probation; beyond it the oldest one stays as it was learnt. */
export const growthsMax = 512;

/** What it is known by, size without what was excused, event time. */
const growthSchema = z.tuple([z.number(), z.number(), z.number()]);
type Growth = z.infer<typeof growthSchema>;

export const gatheringLessonsSchema = z.object({
  base: sizesSchema,
  growths: z.array(growthSchema),
});
export type GatheringLessons = z.infer<typeof gatheringLessonsSchema>;

/** What is known of the gathering that grew; undefined: it never alerted. */
export type JudgeOf = (key: number, at: number) => Judgement | undefined;

/** By what sizes are judged: those expected before any was seen, and what is known of each gathering. */
export interface Judging {
  readonly prior: SizePrior;
  readonly judgeOf: JudgeOf;
  /** Event time after which what nobody has judged is ordinary. */
  readonly probationMs: number;
}

export interface LearntGrowth {
  readonly sizes: Sizes;
  readonly lessons: GatheringLessons;
  /** Growths that went before their time. */
  readonly early: number;
}

/** Learns one more growth. */
export function learnGrowth(
  { sizes, lessons }: { readonly sizes: Sizes; readonly lessons: GatheringLessons },
  growth: Growth,
  judging: Judging,
): LearntGrowth {
  const { judgeOf, probationMs } = judging;
  const growths = [...lessons.growths, growth];
  const at = growth[2];
  const surplus = growths.length - growthsMax;
  const over = growths.findIndex((one, n) => n >= surplus && at - one[2] <= probationMs);
  const settled = growths.slice(0, over);
  const early = settled.filter(([, , grownAt]) => at - grownAt <= probationMs).length;
  const asSettled: JudgeOf = (key, grownAt) => {
    const judgement = judgeOf(key, grownAt);
    return judgement === "open" && at - grownAt > probationMs ? "ordinary" : judgement;
  };
  const base = sizesAfter(lessons.base, settled, { ...judging, judgeOf: asSettled });
  const kept = { base, growths: over === 0 ? growths : growths.slice(over) };
  const isJudged = settled.some(([key, , grownAt]) => judgeOf(key, grownAt) !== undefined);
  const next = isJudged ? sizesOf(kept, judging) : sizesAfter(sizes, [growth], judging);
  return { sizes: next, lessons: kept, early };
}

/** The sizes under what is known now. */
export const sizesOf = ({ base, growths }: GatheringLessons, judging: Judging): Sizes =>
  sizesAfter(base, growths, judging);

function sizesAfter(before: Sizes, growths: readonly Growth[], { prior, judgeOf }: Judging): Sizes {
  let sizes = before;
  for (const [key, size, at] of growths) {
    const judgement = judgeOf(key, at);
    // What alerted alerts no more however it grows, so its growth is no measure of those that may.
    if (judgement === "misuse" || judgement === "open") continue;
    sizes =
      judgement === "ordinary"
        ? learnSizeWhole(sizes, size)
        : learnSize(sizes, size, fitSizes(sizes, prior));
  }
  return sizes;
}
