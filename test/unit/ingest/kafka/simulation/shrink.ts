/** Delta debugging (Zeller 1999): the fewest acts, as far as removing some at a time finds them, that still fail. */
import type { Act, Schedule } from "./act.ts";
import { type RunOptions, runSchedule } from "./run.ts";

/** Replays of one shrinking; what is left when they are used up is the answer. */
const replaysMax = 4_000;

export interface Shrunk {
  readonly schedule: Schedule;
  /** One line an act. */
  readonly trace: readonly string[];
}

/** The shrunk schedule violates the same invariant as the given one. */
export async function shrink(schedule: Schedule, options: RunOptions): Promise<Shrunk> {
  const name = (await runSchedule(schedule, options))?.name;
  let replays = 0;
  const fails = async (acts: readonly Act[]): Promise<boolean> => {
    replays += 1;
    return (await runSchedule({ ...schedule, acts }, options))?.name === name;
  };
  let acts = schedule.acts;
  for (let size = Math.ceil(acts.length / 2); size >= 1 && replays < replaysMax; ) {
    const fewer = await withoutOneChunk(acts, size, fails);
    if (fewer !== undefined) acts = fewer;
    else if (size === 1) break;
    else size = Math.ceil(size / 2);
  }
  const trace: string[] = [];
  const shrunk = { ...schedule, acts };
  await runSchedule(shrunk, { ...options, trace });
  return { schedule: shrunk, trace };
}

async function withoutOneChunk(
  acts: readonly Act[],
  size: number,
  fails: (acts: readonly Act[]) => Promise<boolean>,
): Promise<readonly Act[] | undefined> {
  for (let start = acts.length - size; start > -size; start -= size) {
    const rest = acts.filter((_, index) => index < start || index >= start + size);
    if (await fails(rest)) return rest;
  }
  return undefined;
}

/** For a failing test: the seed, what was violated, and how it comes about. */
export async function report(schedule: Schedule, options: RunOptions): Promise<string> {
  const shrunk = await shrink(schedule, options);
  const violation = await runSchedule(shrunk.schedule, options);
  const lines = shrunk.trace.map((line, index) => `${index + 1}. ${line}`);
  return [`seed ${schedule.seed}: ${violation?.name} (${violation?.detail})`, ...lines].join("\n");
}
