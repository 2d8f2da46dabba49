/** Processes that a bench starts: each with a resource usage of its own, none left behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { processEnvironment } from "../../ingest/runtime/config.ts";
import { type Usage, usageOf } from "./process-usage.ts";

export interface Child {
  readonly pid: number;
  /** Standard output so far. */
  readonly said: () => string;
  readonly usage: () => Usage;
  readonly isRunning: () => boolean;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<void>;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export const startNode = (args: readonly string[], env?: NodeJS.ProcessEnv): Child =>
  startProgram(process.execPath, args, env);

export function startProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = processEnvironment(),
): Child {
  const child = spawn(program, [...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(child, "close").then(() => {
    running.delete(child);
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error("the process did not start");
  return {
    pid,
    said: () => said,
    usage: () => usageOf(pid),
    isRunning: () => running.has(child),
    kill: (signal) => child.kill(signal),
    ended,
  };
}

/** A script of this folder; `task` reaches it as JSON. */
export const startScript = (name: string, task: object): Child =>
  startNode(["--import", "tsx", join(import.meta.dirname, name), JSON.stringify(task)]);

/** What a script printed as one line of JSON when it had ended. */
export async function resultOf<Result>(child: Child): Promise<Result> {
  await child.ended;
  return JSON.parse(child.said()) as Result;
}

/** Moments found are exact to this; each question costs the process that is asked some CPU time. */
const askEveryMs = 100;

/** Asks until there is an answer; throws after `msMax`, or when `child` has ended. `everyMs`: between questions. */
export async function answerOf<Value>(
  child: Child,
  ask: () => Promise<Value | undefined> | Value | undefined,
  { msMax, everyMs = askEveryMs }: { readonly msMax: number; readonly everyMs?: number },
): Promise<Value> {
  const until = performance.now() + msMax;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (!child.isRunning()) throw new Error("the process ended before it answered");
    if (performance.now() > until) throw new Error(`no answer within ${msMax} ms`);
    await wait(everyMs);
  }
}
