/** The engine behind its HTTP front as a process of its own, killed and started again over the same folder and port. */
import { join } from "node:path";
import { answerOf, type Child, startNode } from "./child.ts";

const startMsMax = 60_000;

export interface EngineFront {
  readonly url: string;
  /** The process as it runs now. */
  readonly child: () => Child;
  readonly restart: () => Promise<void>;
  /** One statement; throws where it is refused. */
  readonly ask: (sql: string) => Promise<string>;
  /** Rows of a table; 0 while the engine is away or has no such table. */
  readonly count: (table: string) => Promise<number>;
  readonly stop: () => Promise<void>;
}

export async function startEngineFront(dataDir: string): Promise<EngineFront> {
  const script = join(import.meta.dirname, "../fault/runner/engine-process.ts");
  const start = (port: string): Child => startNode(["--import", "tsx", script, dataDir, port]);
  const addressOf = (child: Child): Promise<string> =>
    answerOf(child, () => /^http\S+/m.exec(child.said())?.[0], { msMax: startMsMax });
  let child = start("0");
  const url = await addressOf(child);
  const ask = async (sql: string): Promise<string> => {
    const response = await fetch(url, { method: "POST", body: sql });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  };
  return {
    url,
    child: () => child,
    restart: async () => {
      child = start(new URL(url).port);
      await addressOf(child);
    },
    ask,
    count: async (table) =>
      Number(await ask(`SELECT count() FROM ${table} FORMAT TSV`).catch(() => "0")),
    stop: async () => {
      child.kill("SIGKILL");
      await child.ended;
    },
  };
}
