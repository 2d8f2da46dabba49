import { createEngine, type Engine } from "../../../../detectors/engine/engine.ts";
import { newRhythm, noteHour } from "../../../../detectors/engine/rhythm.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import type { ConsoleEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, deskStart, ordinaryWork, subject } from "../../../helpers/support-desk.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const range = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n);
const every = (hours: number) => range(24 / hours).map((n) => n * hours);

/** Whether an account is a robot that worked at these hours of the days, one list a day, and once a day later. */
function isRobot(days: readonly (readonly number[])[]): boolean {
  const rhythm = newRhythm();
  for (const [day, hours] of [...days, [0]].entries()) {
    for (const hour of hours) {
      noteHour(rhythm, deskStart + day * dayMs + (hour % 24) * hourMs, defaultParameters);
    }
  }
  return rhythm.isRobot;
}

const days = (count: number, hours: (day: number) => readonly number[]) => range(count).map(hours);

describe("an account that works as no person does", () => {
  it.each([
    { name: "every hour of eight days", worked: days(8, () => every(1)), robot: true },
    { name: "every sixth hour of eight days", worked: days(8, () => every(6)), robot: true },
    { name: "every hour of four days", worked: days(4, () => every(1)), robot: false },
    { name: "a shift of ten hours", worked: days(40, () => range(10, 8)), robot: false },
    { name: "a shift over midnight", worked: days(40, () => range(10, 20)), robot: false },
    { name: "two persons in turn, 16 hours", worked: days(40, () => range(16, 6)), robot: false },
    {
      name: "shifts that move eight hours from day to day",
      worked: days(40, (day) => range(8, 8 * day)),
      robot: false,
    },
    { name: "once a night", worked: days(40, () => [2]), robot: false },
    {
      name: "one sleepless day of four",
      worked: days(40, (day) => (day % 4 === 0 ? every(1) : range(9, 8))),
      robot: false,
    },
    {
      name: "a script of ten days, then a person for eight weeks",
      worked: days(66, (day) => (day < 10 ? every(1) : range(9, 8))),
      robot: false,
    },
  ])("$name: $robot", ({ worked, robot }) => expect(isRobot(worked)).toBe(robot));

  it("is not one by an access that comes days late", () => {
    const late = days(12, () => range(9, 8));
    const rhythm = newRhythm();
    for (const [day, hours] of late.entries()) {
      for (const hour of hours) noteHour(rhythm, day * dayMs + hour * hourMs, defaultParameters);
      for (const hour of every(1))
        noteHour(rhythm, (day - 1) * dayMs + hour * hourMs, defaultParameters);
    }
    expect(rhythm.isRobot).toBe(false);
  });
});

const workDays = 20;
const shared = range(24).map((n) => subject(`shared-${n}`));

/** An account that opens one of the shared records at each of the hours, day after day. */
const account = (hours: readonly number[]): ConsoleEvent[] =>
  range(workDays).flatMap((day) =>
    hours.map((hour, n) =>
      access({
        id: `sync-${day}-${hour}`,
        at: deskStart + day * dayMs + hour * hourMs,
        agent: "sync",
        session: `sync-${day}`,
        subjects: shared.filter((_, at) => at === (day * hours.length + n) % shared.length),
      }),
    ),
  );

const metrics = createMetrics();
const fresh = () =>
  createEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [], metrics });

function deskAfter(hours: readonly number[]): Engine {
  const engine = fresh();
  const work = ordinaryWork({ seed: 8, agents: 12, days: workDays });
  const all = [...work, ...account(hours)].sort((a, b) => a.at - b.at);
  for (const event of all) engine.step(event);
  return engine;
}

/** An agent opens what the account opens; whether any alert says that they meet. */
function isMet(engine: Engine): boolean {
  const looks = shared.map((one, n) =>
    access({
      id: `look-${n}`,
      at: deskStart + workDays * dayMs + 9 * hourMs + n * 60_000,
      agent: "agent-3",
      session: "looks",
      subjects: [one],
    }),
  );
  return looks
    .flatMap((event) => [...engine.step(event)])
    .some(({ alert }) => alert.detectors.includes("collusion"));
}

describe("whoever opens the records that another account opens", () => {
  it("meets a person", () => expect(isMet(deskAfter(range(8, 9)))).toBe(true));

  it("meets nobody where the account is a robot, also after a restart", async () => {
    const engine = deskAfter(every(3));
    const rows = engine.snapshotDirty();
    expect(engine.learning("sync")?.isRobot).toBe(true);
    expect(engine.learning("agent-3")?.isRobot).toBe(false);
    expect(await metrics.registry.metrics()).toContain("deskwatch_detect_robot_agents 1");
    const restarted = fresh();
    restarted.restore(rows);
    expect(isMet(engine)).toBe(false);
    expect(isMet(restarted)).toBe(false);
  });
});
