/** The demo as its user starts it: the built command in a process and a folder of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { processEnvironment } from "../../ingest/runtime/config.ts";
import { withFolder } from "./store.ts";

export interface DemoProcess {
  /** `host:port` of the API. */
  readonly address: string;
  /** Runs another command of Deskwatch beside the demo, with the same settings; returns its output. */
  readonly command: (...args: readonly string[]) => string;
}

const cli = join(__dirname, "../../dist/api/cli.cjs");

/** Starts the demo, runs `body` once it has greeted, and stops it. Rejects when the demo ends before. */
export async function withDemo(body: (demo: DemoProcess) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const settings = { DESKWATCH_DATA_DIR: folder, DESKWATCH_PORT: "0" };
    const env = { PATH: processEnvironment()["PATH"] ?? "", HOME: folder, ...settings };
    const demo = spawn(process.execPath, [cli, "demo"], { cwd: folder, env });
    const ended = once(demo, "exit");
    try {
      const address = await greeting(demo);
      const command = (...args: readonly string[]) =>
        execFileSync(process.execPath, [cli, ...args], { cwd: folder, env, encoding: "utf8" });
      await body({ address, command });
    } finally {
      demo.kill("SIGTERM");
      await ended;
    }
  });
}

/** The address that the demo prints, once it has said that it can be stopped. */
async function greeting(demo: ChildProcess): Promise<string> {
  const said: string[] = [];
  demo.stderr?.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  if (demo.stdout === null) throw new Error("the demo has no output");
  for await (const line of createInterface({ input: demo.stdout })) {
    said.push(line);
    if (!line.includes("Ctrl-C")) continue;
    const [, address] = /http:\/\/([0-9.]+:\d+)/.exec(said.join("\n")) ?? [];
    // Nobody reads on: what is not read would block the demo once the pipe is full.
    demo.stdout.resume();
    if (address !== undefined) return address;
  }
  throw new Error(`the demo ended early:\n${said.join("\n")}`);
}
