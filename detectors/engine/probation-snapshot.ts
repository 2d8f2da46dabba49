/** An agent's windows on probation in packed form and back. */
import { z } from "zod";
import { judgements } from "../verdict.ts";
import type { Baselines } from "./baselines.ts";
import {
  habitsSchema,
  printHabits,
  printTrace,
  readHabits,
  readTrace,
  traceSchema,
} from "./habits-snapshot.ts";
import type { Lesson, Tallied } from "./lesson.ts";
import { packFloats, packWhole, unpackFloats, unpackWhole } from "./packing.ts";
import type { Probation } from "./probation.ts";
import { printHistories, printRates, readHistories, readRates } from "./window-snapshot.ts";

const talliedSchema = z.object({
  totals: z.string(),
  peaks: z.string(),
  asked: z.string(),
  yes: z.string(),
});
const common = { alertIds: z.array(z.string()), start: z.number(), last: z.number() };
const lessonSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("session"),
    ...common,
    isAccused: z.boolean(),
    tallied: talliedSchema,
    trace: traceSchema,
    missingIn: z.number(),
    /** Packed, 24 bits each. */
    met: z.string(),
  }),
  z.object({
    kind: z.literal("day"),
    ...common,
    isAccused: z.boolean(),
    index: z.number(),
    tallied: talliedSchema,
  }),
  z.object({ kind: z.literal("move"), ...common, team: z.number().optional() }),
  z.object({ kind: z.literal("adopt"), ...common }),
]);
const baselinesSchema = z.object({
  historyAt: z.number(),
  histories: z.object({ session: z.string(), "agent-day": z.string() }),
  rates: z.string(),
  habits: habitsSchema,
  slow: z.object({ histories: z.string(), rates: z.string() }),
  slowAt: z.number(),
});
export const probationSchema = z.object({
  base: baselinesSchema,
  lessons: z.array(lessonSchema),
  verdicts: z.array(
    z.tuple([z.string(), z.object({ judgement: z.enum(judgements), at: z.number() })]),
  ),
});
type Printed = z.infer<typeof probationSchema>;
type PrintedLesson = Printed["lessons"][number];

const metBytes = 3;

export function printProbation({ base, lessons, verdicts }: Probation): Printed {
  return { base: printBase(base), lessons: lessons.map(printLesson), verdicts: [...verdicts] };
}

export function readProbation({ base, lessons, verdicts }: Printed): Probation {
  return { base: readBase(base), lessons: lessons.map(readLesson), verdicts: new Map(verdicts) };
}

const printBase = (base: Baselines): Printed["base"] => ({
  historyAt: base.historyAt,
  histories: {
    session: printHistories(base.histories.session),
    "agent-day": printHistories(base.histories["agent-day"]),
  },
  rates: printRates(base.rates),
  habits: printHabits(base.habits),
  slow: { histories: printHistories(base.slow.histories), rates: printRates(base.slow.rates) },
  slowAt: base.slowAt,
});

const readBase = (printed: Printed["base"]): Baselines => ({
  historyAt: printed.historyAt,
  histories: {
    session: readHistories(printed.histories.session),
    "agent-day": readHistories(printed.histories["agent-day"]),
  },
  rates: readRates(printed.rates),
  habits: readHabits(printed.habits),
  slow: { histories: readHistories(printed.slow.histories), rates: readRates(printed.slow.rates) },
  slowAt: printed.slowAt,
});

function printLesson(lesson: Lesson): PrintedLesson {
  if (lesson.kind === "session") {
    const { tallied, trace, met } = lesson;
    return {
      ...lesson,
      tallied: printTallied(tallied),
      trace: printTrace(trace),
      met: packWhole(met, metBytes),
    };
  }
  return lesson.kind === "day" ? { ...lesson, tallied: printTallied(lesson.tallied) } : lesson;
}

function readLesson(lesson: PrintedLesson): Lesson {
  if (lesson.kind === "session") {
    const { tallied, trace, met } = lesson;
    return {
      ...lesson,
      tallied: readTallied(tallied),
      trace: readTrace(trace),
      met: unpackWhole(met, metBytes),
    };
  }
  if (lesson.kind === "day") return { ...lesson, tallied: readTallied(lesson.tallied) };
  return lesson.kind === "move" ? { ...lesson, team: lesson.team } : lesson;
}

const printTallied = ({ totals, peaks, asked, yes }: Tallied) => ({
  totals: packFloats(totals),
  peaks: packFloats(peaks),
  asked: packFloats(asked),
  yes: packFloats(yes),
});

const readTallied = (printed: z.infer<typeof talliedSchema>): Tallied => ({
  totals: unpackFloats(printed.totals),
  peaks: unpackFloats(printed.peaks),
  asked: unpackFloats(printed.asked),
  yes: unpackFloats(printed.yes),
});
