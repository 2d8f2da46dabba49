import { processEnvironment } from "../../../../../ingest/runtime/config.ts";
import type { Act } from "./act.ts";
import { addTo, type Coverage, coverageTable, unvisited } from "./coverage.ts";
import { processes, runApart } from "./parallel-runs.ts";
import { runSchedule, unmutated } from "./run.ts";
import { scheduleOf } from "./schedule.ts";
import { report } from "./shrink.ts";

/** Schedules of an ordinary run; the variable multiplies them for a long one. */
const schedulesMin = 100_000;
const times = Number(processEnvironment()["DESKWATCH_SIMULATION_SCHEDULES"] ?? 1);
const schedules = schedulesMin * times;

jest.setTimeout(1_800_000 * times);

describe(`the write path under ${schedules} schedules of faults`, () => {
  const sum: Coverage = {};

  it("loses nothing and doubles nothing at any step, and finishes once faults stop", async () => {
    const count = Math.ceil(schedules / processes);
    const lists = Array.from({ length: processes }, (_, first) => [
      { first, count, stride: processes },
    ]);
    const results = await runApart(lists);
    for (const { coverage } of results) addTo(sum, coverage);
    const failures = results.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    const [first] = failures;
    const text =
      first && (await report(scheduleOf(first.seed), { mutation: unmutated, coverage: {} }));
    expect(text).toBeUndefined();
  });

  it("asks the step about every event in every phase that can meet it", () => {
    process.stdout.write(coverageTable(sum));
    expect(unvisited(sum)).toEqual([]);
  });
});

/** Acts of one member, most of them served well. */
const served = (count: number, fate: Extract<Act, { kind: "serve" }>["fate"] = "ok"): Act => ({
  kind: "serve",
  member: 0,
  pick: 0,
  count,
  fate,
});
const produced: Act = { kind: "produce", partition: 0, records: 4 };
const started = (skew: number): Act => ({ kind: "start", member: 0, scale: 1, skew });
const fetched: Act = { kind: "fetch", member: 0, pick: 0, records: 4 };
const passed = (ms: number): Act => ({ kind: "pass", ms });
const landed: Act = { kind: "land", pick: 0 };
/** The first member has read four records and announced them. */
const announced = (skew: number): readonly Act[] => [
  produced,
  started(skew),
  served(1),
  fetched,
  served(1),
];

/** The first member is put out of the group, joins it again, and learns what is committed. */
const taken: readonly Act[] = [
  { kind: "evict", member: 0 },
  { kind: "rejoin", member: 0 },
  served(3),
];

describe("schedules that once failed", () => {
  it.each<{ why: string; seed: number; acts: readonly Act[] }>([
    {
      why: "a token without rows and without an announcement, after offsets have expired",
      seed: 2,
      acts: [...announced(0), served(1, "token_only"), { kind: "expire" }],
    },
    {
      why: "an insert that lands while the read-back goes on, before a deadline that passes then",
      seed: 2,
      acts: [...announced(0), served(2, "late"), passed(1_500), served(2), landed, passed(1_600)],
    },
    {
      why: "an insert that lands in the last millisecond of its deadline",
      seed: 2,
      acts: [...announced(1), served(2, "late"), passed(3_000), served(6), served(6), landed],
    },
    {
      why: "an insert that still runs when retention has shortened its range",
      seed: 2,
      acts: [
        ...announced(0),
        served(1, "stuck"),
        { kind: "crash", member: 0, calls: 0 },
        { kind: "cut", partition: 0, offsets: 1 },
        started(0),
        passed(3_500),
        served(1),
        fetched,
        served(20),
        landed,
      ],
    },
    {
      why: "a range announced again by a clock that was put back, while an insert may land until later",
      seed: 2,
      acts: [
        ...announced(0),
        served(2, "late"),
        ...taken,
        { ...fetched, records: 1 },
        { kind: "set_clock", member: 0, offMs: -3_600_000 },
        fetched,
        served(1),
        ...taken,
      ],
    },
  ])("$why", async ({ seed, acts }) => {
    const schedule = { seed, partitions: 1, acts };
    expect(await runSchedule(schedule, { mutation: unmutated })).toBeUndefined();
  });
});
