/** Starts and awaits the ingest processes of the fault tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Config } from "../../ingest/runtime/settings.ts";
import type { KillPoint } from "./kill-points.ts";

const script = join(__dirname, "ingest-process.ts");
export interface FaultProcess {
  readonly dataDir: string;
  readonly config: Config;
  readonly point: KillPoint | "none";
  /** Outcomes in the store before it stops and reports. */
  readonly expected: number;
  /** What it sends to itself at the point. */
  readonly signal?: "SIGKILL" | "SIGSTOP";
}

/** Starts the real ingest in a process of its own. */
export function startIngest(options: FaultProcess): ChildProcess {
  const { dataDir, config, point, expected, signal = "SIGKILL" } = options;
  const values = [dataDir, JSON.stringify(config), point, `${expected}`, signal];
  const args = ["--import", "tsx", script, ...values];
  return spawn(process.execPath, args, {
    cwd: join(__dirname, "../.."),
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Its report, or how it ended. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code, signal] = await once(child, "close");
  return signal === "SIGKILL" ? "killed" : code === 0 ? output : `failed with ${code}`;
}
