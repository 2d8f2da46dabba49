import type { Absence } from "../../../../detectors/detector.ts";
import { createEngine, type Engine } from "../../../../detectors/engine/engine.ts";
import {
  absenceOf,
  learnHabits,
  newHabits,
  newTrace,
} from "../../../../detectors/engine/habits.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";
import { openRegistry } from "../../../../detectors/registry.ts";
import { agentId, epochMs, eventId } from "../../../../ingest/vocabulary/brand.ts";
import type { AgentEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, deskStart, ordinaryWork, subject } from "../../../helpers/support-desk.ts";

const dayMs = 86_400_000;

/** Sessions on these days, then the question on a later one. */
function absenceOn(sessions: readonly number[], day: number, leaveDay?: number): Absence {
  const habits = { ...newHabits(), leaveAt: leaveDay === undefined ? 0 : leaveDay * dayMs };
  for (const one of sessions) {
    learnHabits(habits, newTrace(), { at: one * dayMs, share: 1, habit_half_life_days: 28 });
  }
  return absenceOf(habits, day * dayMs, defaultParameters.habits);
}

/** A week, and a day after a silence of forty. */
const week = [1, 2, 3, 4, 5, 6, 7, 8, 48];

describe("an agent that is away", () => {
  it.each([
    { name: "at work as ever", sessions: [1, 2, 3, 4], day: 5, expected: "none" },
    { name: "after 29 quiet days", sessions: [1, 2, 3, 4], day: 33, expected: "none" },
    { name: "after 30 quiet days", sessions: [1, 2, 3, 4], day: 34, expected: "silence" },
    { name: "as after a silence before", sessions: week, day: 87, expected: "none" },
    { name: "longer than ever before", sessions: week, day: 89, expected: "silence" },
    { name: "hardly known", sessions: [1, 2], day: 60, expected: undefined },
    { name: "on leave and hardly known", sessions: [], day: 5, leave: 4, expected: "leave" },
    { name: "before the leave begins", sessions: [1, 2, 3, 4], day: 5, leave: 6, expected: "none" },
  ])("$name: $expected", ({ sessions, day, leave, expected }) =>
    expect(absenceOn(sessions, day, leave)).toBe(expected),
  );
});

const others = openRegistry()
  .map(({ meta }) => meta.id)
  .filter((id) => id !== "away");
const fresh = () =>
  createEngine({
    falseAlertsPer100AgentDays: 1,
    canaries: [],
    watchlist: [],
    disabledDetectors: others,
  });

/** Everybody works; agent-3 no more after ten days. */
function desk(): Engine {
  const engine = fresh();
  const silentFrom = deskStart + 10 * dayMs;
  for (const event of ordinaryWork({ seed: 12, agents: 14, days: 50 })) {
    if (event.agent.id !== "agent-3" || event.at < silentFrom) engine.step(event);
  }
  return engine;
}

const worksEightHours = (engine: Engine, agent: string, day: number) =>
  Array.from({ length: 40 }, (_, n) =>
    access({
      id: `${agent}-${day}-${n}`,
      at: deskStart + day * dayMs + 8 * 3_600_000 + n * 12 * 60_000,
      agent,
      session: `${agent}-${day}`,
      subjects: [subject(`${agent}-${day}-${n}`)],
    }),
  ).flatMap((event) => [...engine.step(event)]);

const roster = (type: AgentEvent["type"], day: number): AgentEvent => ({
  kind: "agent",
  eventId: eventId(`${type}-${day}`),
  at: epochMs(deskStart + day * dayMs),
  type,
  agentId: agentId("agent-5"),
  team: undefined,
  role: undefined,
});

function restarted(engine: Engine): Engine {
  const next = fresh();
  next.restore(engine.snapshotDirty());
  return next;
}

describe("an account that is used while its agent is away", () => {
  it("alerts when it wakes after a long silence, also after a restart, and is awake afterwards", () => {
    const engine = desk();
    const again = restarted(engine);
    const [change] = worksEightHours(engine, "agent-3", 51);
    expect(change?.alert.detectors).toEqual(["away"]);
    expect(worksEightHours(again, "agent-3", 51)[0]?.alert).toEqual(change?.alert);
    expect(worksEightHours(engine, "agent-3", 53)).toEqual([]);
    expect(worksEightHours(engine, "agent-4", 51)).toEqual([]);
  });

  it("alerts on leave and after a restart in it, until the leave ends", () => {
    const engine = desk();
    engine.step(roster("leave_started", 49));
    const again = restarted(engine);
    expect(worksEightHours(again, "agent-5", 51)[0]?.alert.detectors).toEqual(["away"]);
    engine.step(roster("leave_ended", 50));
    expect(worksEightHours(engine, "agent-5", 51)).toEqual([]);
  });
});
