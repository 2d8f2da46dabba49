/** Runs schedules and says what went wrong. */
import type { Schedule } from "./act.ts";
import type { Coverage } from "./coverage.ts";
import type { Violation } from "./invariants.ts";
import type { Mutation } from "./mutation.ts";
import { scheduleOf } from "./schedule.ts";
import { createWorld } from "./world.ts";

export const unmutated: Mutation = {};

export interface RunOptions {
  readonly mutation: Mutation;
  readonly coverage?: Coverage;
  readonly trace?: string[];
  /** Violations that count; absent: all. */
  readonly names?: readonly Violation["name"][];
}

/** The first violation of one schedule. */
export async function runSchedule(
  schedule: Schedule,
  { mutation, coverage = {}, trace }: RunOptions,
): Promise<Violation | undefined> {
  const watched = trace === undefined ? {} : { trace };
  const world = createWorld({ schedule, mutation, coverage, ...watched });
  for (const act of schedule.acts) {
    await world.perform(act);
    if (world.violation() !== undefined) return world.violation();
  }
  await world.calmDown();
  return world.violation();
}

export interface Failure {
  readonly seed: number;
  readonly violation: Violation;
}

/** Runs seeds from `first`, `count` of them, `stride` apart, up to the first that fails. */
export async function runSeeds(
  seeds: { readonly first: number; readonly count: number; readonly stride: number },
  options: RunOptions,
): Promise<Failure | undefined> {
  for (let index = 0; index < seeds.count; index += 1) {
    const seed = seeds.first + index * seeds.stride;
    const violation = await runSchedule(scheduleOf(seed), options);
    const counts = violation !== undefined && options.names?.includes(violation.name) !== false;
    if (counts) return { seed, violation };
  }
  return undefined;
}
