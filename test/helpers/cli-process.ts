/** The built `deskwatch` command, run as its user runs it. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { processEnvironment } from "../../ingest/runtime/config.ts";

const cli = join(__dirname, "../../dist/api/cli.cjs");

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Settings = Readonly<Record<string, string>>;

/** Only what a program needs to start, so that no setting of the tester's own leaks in. */
function environmentOf(settings: Settings): NodeJS.ProcessEnv {
  const own = processEnvironment();
  const home = own["HOME"] ?? "";
  return { PATH: own["PATH"] ?? "", HOME: home, JAVA_HOME: own["JAVA_HOME"] ?? "", ...settings };
}

/** Runs one command to its end. `input`: what is piped into it. */
export function runCli(args: readonly string[], settings: Settings = {}, input = ""): CliResult {
  const result = spawnSync(process.execPath, [cli, ...args], {
    env: environmentOf(settings),
    input,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

export interface RunningCli {
  /** Everything said so far, both streams. */
  readonly said: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Exit code; `null` after a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Starts a command that goes on. */
export function startCli(args: readonly string[], settings: Settings = {}): RunningCli {
  const child = spawn(process.execPath, [cli, ...args], { env: environmentOf(settings) });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { said: () => said, kill: (signal) => child.kill(signal), ended };
}

/** Asks until `probe` answers something; rejects after `msMax`. */
export async function eventually<Value>(
  probe: () => Promise<Value | undefined> | Value | undefined,
  msMax: number,
): Promise<Value> {
  const until = performance.now() + msMax;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > until) throw new Error(`nothing within ${msMax} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
