/** The engine in a process of its own, behind a proxy: killed, started again, cut off. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { freePort } from "./broker-host.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

export interface EngineHost {
  readonly proxy: TcpProxy;
  /** What the system under fault connects to. */
  readonly proxiedUrl: string;
  readonly directUrl: string;
  readonly kill: () => Promise<void>;
  /** After a kill, over the same folder. */
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const script = join("test", "fault", "runner", "engine-process.ts");

export async function openEngineHost(dataDir: string, random: () => number): Promise<EngineHost> {
  const port = await freePort();
  const proxy = await startTcpProxy({ targetPort: port, random });
  let child = await started(dataDir, port);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    proxy,
    proxiedUrl: `http://127.0.0.1:${proxy.port}`,
    directUrl: `http://127.0.0.1:${port}`,
    kill,
    start: async () => {
      child = await started(dataDir, port);
    },
    close: async () => {
      await kill();
      await proxy.close();
    },
  };
}

async function started(dataDir: string, port: number): Promise<ChildProcess> {
  const args = ["--import", "tsx", script, dataDir, `${port}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const ended = once(child, "exit").then(() => {
    throw new Error("the engine ended before it answered");
  });
  await Promise.race([once(child.stdout, "data"), ended]);
  ended.catch(() => undefined);
  return child;
}
