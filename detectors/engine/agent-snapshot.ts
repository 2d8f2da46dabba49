/** One agent's state in packed form and back. */
import { z } from "zod";
import { alertReasonSchema } from "../alert.ts";
import { packHandles, unpackHandles } from "./acquaintance.ts";
import type {
  AgentState,
  AlertRecord,
  DayWindow,
  Run,
  SessionWindow,
  Stray,
} from "./agent-state.ts";
import { type ExposureTally, packTally, unpackTally } from "./exposure-tally.ts";
import {
  packHabits,
  packRhythm,
  packTrace,
  unpackHabits,
  unpackRhythm,
  unpackTrace,
} from "./habits-snapshot.ts";
import { type Packer, packList, type Unpacker, unpackList } from "./packing.ts";
import { packProbation, unpackProbation } from "./probation-snapshot.ts";
import {
  packCited,
  packCounts,
  packDrifts,
  packHistories,
  packRates,
  unpackCited,
  unpackCounts,
  unpackDrifts,
  unpackHistories,
  unpackRates,
} from "./window-snapshot.ts";

/** Few agents have an alert that may still grow, so what it says travels as JSON. */
const recordSchema = z.object({
  id: z.string(),
  about: z.enum(["session", "agent-day", "agent-run", "policy"]),
  time: z.number(),
  revision: z.number(),
  first: z.number().optional(),
  last: z.number(),
  sessions: z.array(z.string()),
  incidentId: z.string().optional(),
  parts: z.array(
    z.object({
      cause: z.string(),
      eValue: z.number().nullable(),
      title: z.string(),
      reasons: z.array(alertReasonSchema),
      cited: z.array(z.object({ id: z.string(), at: z.number() })),
    }),
  ),
});

type Window = Pick<DayWindow, "cause" | "start" | "last" | "tally" | "cited" | "alertId">;

/** Tallies of the agent that were packed or unpacked so far. */
type Tallies = ExposureTally[];

function packWindow(packer: Packer, window: Window, tallies: Tallies): void {
  packer.text(window.cause);
  packer.number(window.start);
  packer.number(window.last - window.start);
  packer.text(window.alertId);
  packTally(packer, window.tally, tallies);
  packCited(packer, window.cited);
}

function unpackWindow(unpacker: Unpacker, tallies: Tallies): Window {
  const cause = unpacker.string();
  const start = unpacker.number();
  return {
    cause,
    start,
    last: start + unpacker.number(),
    alertId: unpacker.text(),
    tally: unpackTally(unpacker, tallies),
    cited: unpackCited(unpacker),
  };
}

/** Whether there is one, then the one. */
function packOptional<Value>(
  packer: Packer,
  value: Value | undefined,
  write: (packer: Packer, value: Value) => void,
): void {
  packer.number(value === undefined ? 0 : 1);
  if (value !== undefined) write(packer, value);
}

const unpackOptional = <Value>(unpacker: Unpacker, read: (unpacker: Unpacker) => Value) =>
  unpacker.number() === 1 ? read(unpacker) : undefined;

function packSession(packer: Packer, session: SessionWindow, tallies: Tallies): void {
  packer.text(session.key);
  packWindow(packer, session, tallies);
  packTrace(packer, session.trace);
  packer.number(session.device);
  packer.number(session.network);
  packer.number(session.hasEnrolled ? 1 : 0);
  packOptional(packer, session.missingIn, (_, day) => packer.number(day));
  packOptional(packer, session.counts, packCounts);
}

function unpackSession(unpacker: Unpacker, tallies: Tallies): SessionWindow {
  return {
    key: unpacker.string(),
    ...unpackWindow(unpacker, tallies),
    trace: unpackTrace(unpacker),
    device: unpacker.number(),
    network: unpacker.number(),
    hasEnrolled: unpacker.number() === 1,
    missingIn: unpackOptional(unpacker, () => unpacker.number()),
    counts: unpackOptional(unpacker, unpackCounts),
  };
}

function packDay(packer: Packer, day: DayWindow, tallies: Tallies): void {
  packer.number(day.index);
  packWindow(packer, day, tallies);
  packList(packer, day.sessions, packer.text);
  packCounts(packer, day.counts);
}

const unpackDay = (unpacker: Unpacker, tallies: Tallies): DayWindow => ({
  index: unpacker.number(),
  ...unpackWindow(unpacker, tallies),
  sessions: unpackList(unpacker, unpacker.string),
  counts: unpackCounts(unpacker),
});

function packRun(packer: Packer, run: Run, tallies: Tallies): void {
  packWindow(packer, { ...run, last: run.slowAt }, tallies);
  packDrifts(packer, run.drifts);
  packHistories(packer, run.slow.histories);
  packRates(packer, run.slow.rates);
  packer.number(run.isInTail ? 1 : 0);
}

function unpackRun(unpacker: Unpacker, tallies: Tallies): Run {
  const { last: slowAt, ...window } = unpackWindow(unpacker, tallies);
  return {
    ...window,
    slowAt,
    drifts: unpackDrifts(unpacker),
    slow: { histories: unpackHistories(unpacker), rates: unpackRates(unpacker) },
    isInTail: unpacker.number() === 1,
  };
}

function packRecord(packer: Packer, { tally, ...record }: AlertRecord, tallies: Tallies): void {
  // In the order of the schema, so that it prints alike whether it was restored or not.
  packer.text(JSON.stringify(recordSchema.parse(record)));
  packTally(packer, tally, tallies);
}

function unpackRecord(unpacker: Unpacker, tallies: Tallies): AlertRecord {
  const { incidentId, ...record } = recordSchema.parse(JSON.parse(unpacker.string()));
  return { ...record, incidentId, tally: unpackTally(unpacker, tallies) };
}

/** Of the mark of a subject, of its neighbourhood, and of a day until the year 2149. */
const markBytes = 4;
const placeBytes = 2;
const dayBytes = 2;

function packStray(packer: Packer, { mark, place, day }: Stray): void {
  packer.fixed(mark, markBytes);
  packer.fixed(place, placeBytes);
  packer.fixed(day, dayBytes);
}

const unpackStray = ({ fixed }: Unpacker): Stray => ({
  mark: fixed(markBytes),
  place: fixed(placeBytes),
  day: fixed(dayBytes),
});

export function packAgent(packer: Packer, agent: AgentState): string {
  const tallies: Tallies = [];
  packer.text(agent.role);
  packer.number(agent.learntAt.session);
  packer.number(agent.learntAt["agent-day"]);
  packer.number(agent.activeDay);
  packHistories(packer, agent.histories.session);
  packHistories(packer, agent.histories["agent-day"]);
  packRates(packer, agent.rates);
  packHabits(packer, agent.habits);
  packRhythm(packer, agent.rhythm);
  packHandles(packer, [...agent.known]);
  packList(packer, agent.strays, (stray) => packStray(packer, stray));
  packList(packer, [...agent.sessions.values()], (session) =>
    packSession(packer, session, tallies),
  );
  packOptional(packer, agent.day, (_, day) => packDay(packer, day, tallies));
  packOptional(packer, agent.run, (_, run) => packRun(packer, run, tallies));
  packList(packer, agent.alerts, (record) => packRecord(packer, record, tallies));
  packOptional(packer, agent.probation, packProbation);
  return packer.take();
}

/** Throws RangeError, SyntaxError or ZodError if `packed` is no agent of this version. */
export function unpackAgent(unpacker: Unpacker, packed: string): AgentState {
  unpacker.open(packed);
  const tallies: Tallies = [];
  const agent: AgentState = {
    role: unpacker.string(),
    learntAt: { session: unpacker.number(), "agent-day": unpacker.number() },
    activeDay: unpacker.number(),
    histories: { session: unpackHistories(unpacker), "agent-day": unpackHistories(unpacker) },
    rates: unpackRates(unpacker),
    habits: unpackHabits(unpacker),
    rhythm: unpackRhythm(unpacker),
    known: new Set(unpackHandles(unpacker)),
    strays: unpackList(unpacker, () => unpackStray(unpacker)),
    sessions: new Map(
      unpackList(unpacker, () => unpackSession(unpacker, tallies)).map((session) => [
        session.key,
        session,
      ]),
    ),
    day: unpackOptional(unpacker, () => unpackDay(unpacker, tallies)),
    run: unpackOptional(unpacker, () => unpackRun(unpacker, tallies)),
    alerts: unpackList(unpacker, () => unpackRecord(unpacker, tallies)),
    probation: unpackOptional(unpacker, unpackProbation),
  };
  if (!unpacker.isAtEnd()) throw new RangeError("more than an agent");
  return agent;
}
