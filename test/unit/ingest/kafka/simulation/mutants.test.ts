import { mutants } from "./mutants.ts";
import { processes, runApart } from "./parallel-runs.ts";
import { runSchedule, unmutated } from "./run.ts";
import { scheduleOf } from "./schedule.ts";
import type { RunResult } from "./schedules-process.ts";
import { shrink } from "./shrink.ts";

jest.setTimeout(1_800_000);

/** Schedules within which a mutant must be found out; the first ones of the simulation. */
const schedulesMax = 20_000;
/** Acts of a trace that a person still reads to its end. */
const readableActs = 25;

describe("a write path with one rule altered", () => {
  let results: readonly RunResult[] = [];
  beforeAll(async () => {
    const jobs = mutants.map(({ name }) => ({
      mutant: name,
      first: 0,
      count: schedulesMax,
      stride: 1,
    }));
    const lists = Array.from({ length: processes }, (_, share) =>
      jobs.filter((_job, index) => index % processes === share),
    );
    results = await runApart(lists);
  });

  it.each(mutants)("is found out: $name", async ({ name, mutation, breaks }) => {
    const failure = results.find(({ job }) => job.mutant === name)?.failure;
    expect(breaks).toContain(failure?.violation.name);
    const schedule = scheduleOf(failure?.seed ?? 0);
    expect(await runSchedule(schedule, { mutation: unmutated })).toBeUndefined();

    const shrunk = await shrink(schedule, { mutation });
    expect(shrunk.schedule.acts.length).toBeLessThanOrEqual(readableActs);
    // One line an act, and one for the calm if it came so far.
    expect(shrunk.trace.length).toBeLessThanOrEqual(shrunk.schedule.acts.length + 1);
    const replayed = await runSchedule(shrunk.schedule, { mutation });
    expect(replayed?.name).toBe(failure?.violation.name);
    process.stdout.write(
      `${name}: "${replayed?.name}" after ${failure?.seed} schedules, ${shrunk.schedule.acts.length} acts\n`,
    );
  });
});
