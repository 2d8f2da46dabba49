/**
 * Runs schedules in a process of its own, so that every core has work: prints a JSON array of `RunResult`.
 *
 *   node --import tsx test/unit/ingest/kafka/simulation/schedules-process.ts JOBS
 *
 * JOBS: a JSON array of `RunJob`.
 */
import type { Coverage } from "./coverage.ts";
import { mutants } from "./mutants.ts";
import { type Failure, runSeeds, unmutated } from "./run.ts";

export interface RunJob {
  /** A mutant's name; absent: production as it is. */
  readonly mutant?: string;
  readonly first: number;
  readonly count: number;
  readonly stride: number;
}

export interface RunResult {
  readonly job: RunJob;
  readonly failure?: Failure;
  readonly coverage: Coverage;
}

async function main(jobs: readonly RunJob[]): Promise<void> {
  const results: RunResult[] = [];
  for (const job of jobs) {
    const mutant = mutants.find(({ name }) => name === job.mutant);
    const names = mutant && { names: mutant.breaks };
    const coverage: Coverage = {};
    const options = { mutation: mutant?.mutation ?? unmutated, coverage, ...names };
    const failure = await runSeeds(job, options);
    results.push({ job, coverage, ...(failure !== undefined && { failure }) });
  }
  process.stdout.write(JSON.stringify(results));
}

await main(JSON.parse(process.argv[2] ?? "[]"));
