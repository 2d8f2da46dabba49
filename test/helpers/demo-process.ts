/** The demo as its user starts it: the built command in a process and a folder of its own. */
import { type CliResult, eventually, type RunningCli, runCli, startCli } from "./cli-process.ts";
import { withFolder } from "./store.ts";

export interface DemoProcess {
  /** `host:port` of the API. */
  readonly address: string;
  /** Runs another command of Deskwatch beside the demo, with the same settings. */
  readonly command: (...args: readonly string[]) => CliResult;
}

const startMsMax = 120_000;

/** Starts the demo, runs `body` once it has greeted, and stops it. Rejects when the demo ends before. */
export async function withDemo(body: (demo: DemoProcess) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const settings = { DESKWATCH_DATA_DIR: folder, DESKWATCH_PORT: "0" };
    const demo = startCli(["demo"], settings);
    try {
      const address = await Promise.race([
        eventually(() => greeted(demo), startMsMax),
        early(demo),
      ]);
      await body({ address, command: (...args) => runCli(args, settings) });
    } finally {
      demo.kill("SIGTERM");
      await demo.ended;
    }
  });
}

/** The address that the demo prints, once it has said that it can be stopped. */
function greeted(demo: RunningCli): string | undefined {
  const said = demo.said();
  return said.includes("Ctrl-C") ? /http:\/\/([0-9.]+:\d+)/.exec(said)?.[1] : undefined;
}

async function early(demo: RunningCli): Promise<never> {
  const code = await demo.ended;
  throw new Error(`the demo ended with ${code}:\n${demo.said()}`);
}
