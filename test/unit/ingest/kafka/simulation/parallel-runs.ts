/** Runs jobs in as many processes as there are cores. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { RunJob, RunResult } from "./schedules-process.ts";

const script = join(__dirname, "schedules-process.ts");
const processesMax = 16;
export const processes = Math.min(processesMax, availableParallelism());

/** Each list in a process of its own. Throws when one of them ends badly. */
export async function runApart(
  lists: readonly (readonly RunJob[])[],
): Promise<readonly RunResult[]> {
  const results = await Promise.all(lists.map(runIn));
  return results.flat();
}

async function runIn(jobs: readonly RunJob[]): Promise<readonly RunResult[]> {
  const args = ["--import", "tsx", script, JSON.stringify(jobs)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`a process of schedules ended with ${code}`);
  return JSON.parse(output);
}
