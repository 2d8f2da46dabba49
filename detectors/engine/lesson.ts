/**
 * What a closed window teaches of its agent, kept while it may still turn out to be misuse: the numbers that were
 * observed, not what was learnt of them, so that the agent's baselines can be made again without it.
 */

import type { Dimension } from "../evidence/dimension.ts";
import type { Counts } from "../evidence/window.ts";
import { handle, rememberedMax } from "./acquaintance.ts";
import type { AgentState, DayWindow, SessionWindow } from "./agent-state.ts";
import type { Trace } from "./habits.ts";

/** What a window has counted, in single precision. */
export interface Tallied {
  /** Of each count. */
  readonly totals: readonly number[];
  readonly peaks: readonly number[];
  /** Of each trial. */
  readonly asked: readonly number[];
  readonly yes: readonly number[];
}

interface LessonOf<Kind extends string> {
  readonly kind: Kind;
  /** Alerts that it is part of; empty: nobody has doubted it. */
  readonly alertIds: string[];
  /** First and newest event time. */
  readonly start: number;
  readonly last: number;
}

export interface SessionLesson extends LessonOf<"session"> {
  /** It alerted by itself: while nobody has judged it, it teaches clipped and hardly any habits. */
  readonly isAccused: boolean;
  readonly tallied: Tallied;
  readonly trace: Trace;
  /** The day that lacks its counts, because it alerted by itself; −1: none. */
  readonly missingIn: number;
  /** Whom a doubtful session has exposed, as acquaintances are remembered. */
  readonly met: readonly number[];
}

export interface DayLesson extends LessonOf<"day"> {
  readonly isAccused: boolean;
  readonly index: number;
  readonly tallied: Tallied;
}

/** The roster moved the agent: whom it serves is learnt anew. */
export interface MoveLesson extends LessonOf<"move"> {
  readonly team: number | undefined;
}

/** A run of days was found to be ordinary: the long memory takes over what the short one knows. */
export type AdoptLesson = LessonOf<"adopt">;

export type Lesson = SessionLesson | DayLesson | MoveLesson | AdoptLesson;

const single = (values: readonly number[]): number[] => values.map(Math.fround);

/** What the window has counted so far. */
export function talliedIn({ totals, peaks, trials }: Counts): Tallied {
  return {
    totals: single(totals),
    peaks: single(peaks.map(({ best }) => best)),
    asked: single(trials.map(({ asked }) => asked)),
    yes: single(trials.map(({ yes }) => yes)),
  };
}

export function sessionLesson(
  agent: AgentState,
  session: SessionWindow,
  counts: Counts,
): SessionLesson {
  const alertIds = alertsOfSession(agent, session);
  const isAccused = session.alertId !== undefined;
  const shorts = alertIds.length === 0 ? [] : [...session.tally.subjects.keys()];
  return {
    kind: "session",
    alertIds,
    start: session.start,
    last: session.last,
    isAccused,
    tallied: talliedIn(counts),
    trace: session.trace,
    missingIn: session.missingIn ?? -1,
    met: [...new Set(shorts.map(handle))].slice(-rememberedMax),
  };
}

export function dayLesson({ run }: AgentState, day: DayWindow): DayLesson {
  return {
    kind: "day",
    alertIds: distinct([day.alertId, run?.alertId]),
    start: day.start,
    last: day.last,
    isAccused: day.alertId !== undefined,
    index: day.index,
    tallied: talliedIn(day.counts),
  };
}

/** Of the session itself, of the facts that were found in it, and of the day and the run that it is part of. */
export function alertsOfSession(
  { alerts, day, run }: AgentState,
  { alertId, cause }: SessionWindow,
): string[] {
  const facts = alerts
    .filter(({ about, parts }) => about === "policy" && parts[0]?.cause.endsWith(`|${cause}`))
    .map(({ id }) => id);
  return distinct([alertId, ...facts, day?.alertId, run?.alertId]);
}

const distinct = (ids: readonly (string | undefined)[]): string[] => [
  ...new Set(ids.filter((id) => id !== undefined)),
];

/** What a dimension that counts has observed. */
export function countIn({ totals, peaks }: Tallied, { count, form }: Dimension): number {
  return (form === "peak" ? peaks[count] : totals[count]) ?? 0;
}
