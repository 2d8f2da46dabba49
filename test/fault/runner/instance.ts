/**
 * One process of the system under fault, as it is installed: the built command, started again whenever it ends by
 * itself, as a service manager does.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { processEnvironment } from "../../../ingest/runtime/config.ts";
import { type Config, type SettingName, settings } from "../../../ingest/runtime/settings.ts";
import { until } from "../../helpers/broker.ts";

export interface InstanceOptions {
  readonly command: "ingest" | "detect" | "up";
  readonly config: Config;
  /** Says how far off its machine's clock is, in milliseconds. */
  readonly clockFile?: string;
}

export interface Instance {
  readonly signal: (name: NodeJS.Signals) => void;
  readonly isReady: () => Promise<boolean>;
  /** Sum over the labels; 0 where it is not shown. Rejects while the process does not answer. */
  readonly metric: (name: string) => Promise<number>;
  /** By its labels as they are shown, in the order of their names. Rejects while the process does not answer. */
  readonly samples: (name: string) => Promise<ReadonlyMap<string, number>>;
  /** Asks it to stop and resolves with the milliseconds that it took; it is not started again. */
  readonly stop: () => Promise<number>;
  /** Ends it at once and for good. */
  readonly abandon: () => void;
  readonly starts: () => number;
  /** Largest resident memory of any of its processes since the last call. Bytes. */
  readonly takeMemoryMax: () => number;
  /** Times that a log line of this text was written. */
  readonly timesLogged: (message: string) => number;
  /** The last lines that it wrote. */
  readonly lastWords: () => string;
}

const cli = join("dist", "api", "cli.cjs");
const wallClock = join("test", "fault", "runner", "wall-clock-process.ts");
const startsMax = 5_000;
const startAgainMs = 200;
const sampleEveryMs = 200;
const wordsMax = 30;

/** The variables that make a process have this configuration. */
export function environmentOf(config: Config): Record<string, string> {
  const { PATH = "", HOME = "" } = processEnvironment();
  const names = Object.keys(settings) as SettingName[];
  const own = names.flatMap((name) => {
    const value = config[name];
    const isInitial = JSON.stringify(value) === JSON.stringify(settings[name].initial);
    return isInitial ? [] : [[settings[name].env, String(value)]];
  });
  return { PATH, HOME, ...Object.fromEntries(own) };
}

export function startInstance({ command, config, clockFile }: InstanceOptions): Instance {
  const env = { ...environmentOf(config), FAULT_CLOCK_FILE: clockFile ?? "" };
  const preload = clockFile === undefined ? [] : ["--import", "tsx", "--import", `./${wallClock}`];
  const words: string[] = [];
  const counts = new Map<string, number>();
  let child: ChildProcess;
  let url = "";
  let starts = 0;
  let isStopping = false;
  let memoryMax = 0;
  const hear = (line: string): void => {
    words.push(line);
    if (words.length > wordsMax) words.shift();
    url = / at (http:\S+);/.exec(line)?.[1] ?? url;
    const message = /"msg":"([^"]*)"/.exec(line)?.[1];
    if (message !== undefined) counts.set(message, (counts.get(message) ?? 0) + 1);
  };
  const start = (): void => {
    starts += 1;
    url = "";
    child = spawn(process.execPath, [...preload, cli, command], { env });
    child.stdout?.on("data", (chunk: Buffer) => linesOf(chunk).forEach(hear));
    child.stderr?.on("data", (chunk: Buffer) => linesOf(chunk).forEach(hear));
    child.once("exit", () => {
      if (!isStopping && starts < startsMax) setTimeout(start, startAgainMs);
    });
  };
  start();
  const sample = setInterval(() => {
    memoryMax = Math.max(memoryMax, residentBytes(child.pid));
  }, sampleEveryMs);
  const samplesNow = async (name: string): Promise<ReadonlyMap<string, number>> =>
    samplesOf(await (await fetch(`${url}/metrics`)).text(), name);
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  const release = (): void => {
    clearInterval(sample);
    process.removeListener("exit", kill);
  };
  return {
    signal: (name) => {
      child.kill(name);
    },
    isReady: async () => {
      const answer = await fetch(`${url}/readyz`).catch(() => undefined);
      return answer?.status === 200;
    },
    metric: async (name) => {
      const samples = await samplesNow(name);
      return [...samples.values()].reduce((sum, value) => sum + value, 0);
    },
    samples: samplesNow,
    stop: async () => {
      const since = performance.now();
      isStopping = true;
      child.kill("SIGTERM");
      await until(() => child.exitCode !== null || child.signalCode !== null, stopMsMax);
      release();
      return performance.now() - since;
    },
    abandon: () => {
      isStopping = true;
      kill();
      release();
    },
    starts: () => starts,
    takeMemoryMax: () => {
      const taken = memoryMax;
      memoryMax = residentBytes(child.pid);
      return taken;
    },
    timesLogged: (message) => counts.get(message) ?? 0,
    lastWords: () => words.join("\n"),
  };
}

const stopMsMax = 60_000;

const linesOf = (chunk: Buffer | string): string[] =>
  chunk
    .toString()
    .split("\n")
    .filter((line) => line !== "");

/** 0 where there is no such process. */
function residentBytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

const sampleLine = /^(\w+)(?:\{(.*)\})? (\S+)$/;

function samplesOf(text: string, name: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  for (const line of linesOf(text)) {
    const [, of, labels = "", value] = sampleLine.exec(line) ?? [];
    const inOrder = labels.match(/\w+="[^"]*"/g)?.toSorted() ?? [];
    if (of === name) samples.set(inOrder.join(","), Number(value));
  }
  return samples;
}
