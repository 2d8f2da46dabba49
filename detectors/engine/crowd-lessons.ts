/**
 * What joins of crowds teach of their sizes, kept while a crowd may still turn out to be misuse: the tail as it was
 * before the oldest of them, and their sizes since. A verdict makes the tail again from these.
 */
import { z } from "zod";
import {
  type ExceedanceTail,
  fitTail,
  learnTail,
  learnTailWhole,
  tailSchema,
} from "../stats/exceedance-tail.ts";
import type { Judgement } from "../verdict.ts";
import { probationMs } from "./probation.ts";

/** Two are a coincidence; beyond two the sizes of crowds fall off. */
export const crowdPrior = {
  level: 2,
  windows: 50,
  rate: 0.15,
  excess: 1.2,
  square: 2.5 * 1.2 * 1.2,
};

/** Joins on probation; beyond it the oldest one stays as it was learnt. */
export const joinsMax = 512;

/** Subject, size without those who were excused, event time. */
const joinSchema = z.tuple([z.number(), z.number(), z.number()]);
type Join = z.infer<typeof joinSchema>;

export const crowdLessonsSchema = z.object({ base: tailSchema, joins: z.array(joinSchema) });
export type CrowdLessons = z.infer<typeof crowdLessonsSchema>;

/** What is known of the crowd that a join was part of; undefined: it never alerted. */
export type JudgeOf = (subject: number, at: number) => Judgement | undefined;

export interface LearntJoin {
  readonly tail: ExceedanceTail;
  readonly lessons: CrowdLessons;
  /** Joins that went before their time. */
  readonly early: number;
}

/** Learns one more join. */
export function learnJoin(
  { tail, lessons }: { readonly tail: ExceedanceTail; readonly lessons: CrowdLessons },
  join: Join,
  judgeOf: JudgeOf,
): LearntJoin {
  const joins = [...lessons.joins, join];
  const at = join[2];
  const surplus = joins.length - joinsMax;
  const over = joins.findIndex(([, , joinedAt], n) => n >= surplus && at - joinedAt <= probationMs);
  const settled = joins.slice(0, over);
  const early = settled.filter(([, , joinedAt]) => at - joinedAt <= probationMs).length;
  const base = tailAfter(lessons.base, settled, (subject, joinedAt) => {
    const judgement = judgeOf(subject, joinedAt);
    return judgement === "open" && at - joinedAt > probationMs ? "ordinary" : judgement;
  });
  const kept = { base, joins: joins.slice(over) };
  const isJudged = settled.some(
    ([subject, , joinedAt]) => judgeOf(subject, joinedAt) !== undefined,
  );
  const next = isJudged ? tailOf(kept, judgeOf) : tailAfter(tail, [join], judgeOf);
  return { tail: next, lessons: kept, early };
}

/** The tail under what is known now. */
export const tailOf = ({ base, joins }: CrowdLessons, judgeOf: JudgeOf): ExceedanceTail =>
  tailAfter(base, joins, judgeOf);

function tailAfter(before: ExceedanceTail, joins: readonly Join[], judgeOf: JudgeOf) {
  let tail = before;
  for (const [subject, size, at] of joins) {
    const judgement = judgeOf(subject, at);
    if (judgement === "misuse") continue;
    const fit = fitTail(tail, crowdPrior);
    tail = judgement === "ordinary" ? learnTailWhole(tail, size, fit) : learnTail(tail, size, fit);
  }
  return tail;
}
