/** An agent's windows on probation in packed form and back. */
import { judgements } from "../verdict.ts";
import { packHandles, unpackHandles } from "./acquaintance.ts";
import type { Baselines } from "./baselines.ts";
import { packHabits, packTrace, unpackHabits, unpackTrace } from "./habits-snapshot.ts";
import type { Lesson, SessionLesson, Tallied } from "./lesson.ts";
import { type Packer, packList, type Unpacker, unpackList } from "./packing.ts";
import type { Probation } from "./probation.ts";
import { packHistories, packRates, unpackHistories, unpackRates } from "./window-snapshot.ts";

/** A lesson is told by its place here. */
const kinds = ["session", "day", "move", "adopt"] as const;

export function packProbation(packer: Packer, { base, lessons, verdicts }: Probation): void {
  packBase(packer, base);
  const alertIds = [...new Set(lessons.flatMap((lesson) => lesson.alertIds))];
  packList(packer, alertIds, packer.text);
  packList(packer, lessons, (lesson) => packLesson(packer, lesson, alertIds));
  packList(packer, [...verdicts], ([alertId, { judgement, at }]) => {
    packer.text(alertId);
    packer.number(judgements.indexOf(judgement));
    packer.number(at);
  });
}

export function unpackProbation(unpacker: Unpacker): Probation {
  const base = unpackBase(unpacker);
  const alertIds = unpackList(unpacker, unpacker.string);
  const lessons = unpackList(unpacker, () => unpackLesson(unpacker, alertIds));
  const verdicts = unpackList(unpacker, (): [string, { judgement: Judged; at: number }] => [
    unpacker.string(),
    { judgement: placeIn(judgements, unpacker.number()), at: unpacker.number() },
  ]);
  return { base, lessons, verdicts: new Map(verdicts) };
}

type Judged = (typeof judgements)[number];

function placeIn<Value>(values: readonly Value[], place: number): Value {
  const value = values[place];
  if (value === undefined) throw new RangeError("packed choice is none of those known");
  return value;
}

function packBase(packer: Packer, base: Baselines): void {
  packer.number(base.learntAt.session);
  packer.number(base.learntAt["agent-day"]);
  packHistories(packer, base.histories.session);
  packHistories(packer, base.histories["agent-day"]);
  packRates(packer, base.rates);
  packHabits(packer, base.habits);
  packHistories(packer, base.slow.histories);
  packRates(packer, base.slow.rates);
  packer.number(base.slowAt);
}

const unpackBase = (unpacker: Unpacker): Baselines => ({
  learntAt: { session: unpacker.number(), "agent-day": unpacker.number() },
  histories: { session: unpackHistories(unpacker), "agent-day": unpackHistories(unpacker) },
  rates: unpackRates(unpacker),
  habits: unpackHabits(unpacker),
  slow: { histories: unpackHistories(unpacker), rates: unpackRates(unpacker) },
  slowAt: unpacker.number(),
});

/** The day of a lesson that none is lacking from is −1; a packed number is shortest from 0 on. */
const noDay = -1;

function packLesson(packer: Packer, lesson: Lesson, alertIds: readonly string[]): void {
  packer.number(kinds.indexOf(lesson.kind));
  packList(packer, lesson.alertIds, (id) => packer.number(alertIds.indexOf(id)));
  packer.number(lesson.start);
  packer.number(lesson.last - lesson.start);
  if (lesson.kind === "session") packSessionLesson(packer, lesson);
  if (lesson.kind === "day") {
    packer.number(lesson.isAccused ? 1 : 0);
    packer.number(lesson.index);
    packTallied(packer, lesson.tallied);
  }
  if (lesson.kind === "move") packer.number(lesson.team === undefined ? 0 : lesson.team + 1);
}

function packSessionLesson(packer: Packer, lesson: SessionLesson): void {
  packer.number(lesson.isAccused ? 1 : 0);
  packer.number(lesson.missingIn - noDay);
  packTallied(packer, lesson.tallied);
  packTrace(packer, lesson.trace);
  packHandles(packer, lesson.met);
}

function unpackLesson(unpacker: Unpacker, known: readonly string[]): Lesson {
  const kind = placeIn(kinds, unpacker.number());
  const alertIds = unpackList(unpacker, () => placeIn(known, unpacker.number()));
  const start = unpacker.number();
  const common = { alertIds, start, last: start + unpacker.number() };
  if (kind === "session") return { kind, ...common, ...unpackSessionPart(unpacker) };
  if (kind === "day") {
    const isAccused = unpacker.number() === 1;
    const index = unpacker.number();
    return { kind, ...common, isAccused, index, tallied: unpackTallied(unpacker) };
  }
  if (kind === "adopt") return { kind, ...common };
  const team = unpacker.number();
  return { kind, ...common, team: team === 0 ? undefined : team - 1 };
}

function unpackSessionPart(unpacker: Unpacker) {
  return {
    isAccused: unpacker.number() === 1,
    missingIn: unpacker.number() + noDay,
    tallied: unpackTallied(unpacker),
    trace: unpackTrace(unpacker),
    met: unpackHandles(unpacker),
  };
}

function packTallied(packer: Packer, { totals, peaks, asked, yes }: Tallied): void {
  for (const values of [totals, peaks, asked, yes]) packList(packer, values, packer.float);
}

const unpackTallied = (unpacker: Unpacker): Tallied => {
  const floats = () => unpackList(unpacker, unpacker.float);
  return { totals: floats(), peaks: floats(), asked: floats(), yes: floats() };
};
