/** The whole over a real broker: `kafka`, `up` and `simulate` as an operator types them, and a kill between. */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { processEnvironment } from "../../ingest/runtime/config.ts";
import { eventually, type RunningCli, runCli, startCli } from "../helpers/cli-process.ts";
import { commandsBelow } from "../helpers/readme.ts";
import { describeWith } from "../helpers/requires.ts";
import { withFolder } from "../helpers/store.ts";

const minute = 60_000;
const size = ["--agents", "8", "--days", "6", "--start", "2026-03-02"];
const desk = [...size, "--misuse", "terminated-agent"];
const apiKey = "bootstrap-key-of-the-end-to-end-test-0123456789";
const authorised = { headers: { Authorization: `Bearer ${apiKey}` } };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The number that `up` prints on /metrics, summed over labels. */
async function metric(base: string, name: string): Promise<number> {
  const text = await fetch(`${base}/metrics`).then((response) => response.text());
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** The operator's part of the README up to the start, against our broker; what `doctor` says. */
function typeOperatorsTask(brokers: string, dataDir: string): string {
  const script = commandsBelow("An operator's first task")
    .join("")
    .replace(/KAFKA_BROKERS=\S+/, `KAFKA_BROKERS=${brokers}`)
    .replace(/^npm run -s deskwatch -- up$/m, "");
  const { PATH = "", HOME = "" } = processEnvironment();
  const env = { PATH, HOME, DESKWATCH_DATA_DIR: dataDir };
  const cwd = join(__dirname, "../..");
  return execFileSync("bash", ["-e", "-c", script], { cwd, env, encoding: "utf8" });
}

async function isReady(base: string): Promise<true | undefined> {
  const response = await fetch(`${base}/readyz`).catch(() => undefined);
  return response?.status === 200 ? true : undefined;
}

/** Every access event of the store, page by page. */
async function storedAccesses(base: string, agentIds: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const agent of agentIds) {
    let cursor: string | null = "";
    while (cursor !== null) {
      const query = new URLSearchParams({
        agent_id: agent,
        from: "2026-03-01T00:00:00Z",
        to: "2026-04-01T00:00:00Z",
        limit: "200",
        ...(cursor === "" ? {} : { cursor }),
      });
      const response = await fetch(`${base}/v1/events?${query}`, authorised);
      expect(response.status).toBe(200);
      const page = (await response.json()) as {
        items: { kind: string; event_id: string }[];
        next_cursor: string | null;
      };
      const accesses = page.items.filter(({ kind }) => kind === "access");
      found.push(...accesses.map((item) => item.event_id));
      cursor = page.next_cursor;
    }
  }
  return found;
}

describeWith("kafka", "up over a real broker", () => {
  it(
    "stores every event once, also when it is killed midway, and stops cleanly",
    async () => {
      await withFolder(async (folder) => {
        const running: RunningCli[] = [];
        const cache = processEnvironment()["HOME"] ?? folder;
        const start = (args: readonly string[], settings: Record<string, string> = {}) => {
          const process = startCli(args, { HOME: cache, ...settings });
          running.push(process);
          return process;
        };
        try {
          const broker = start(["kafka", "--port", "0", "--data", join(folder, "kafka")]);
          const brokers = await eventually(
            () => /KAFKA_BROKERS=(\S+)/.exec(broker.said())?.[1],
            5 * minute,
          );
          const port = await freePort();
          const base = `http://127.0.0.1:${port}`;
          const settings = {
            KAFKA_BROKERS: brokers,
            DESKWATCH_PORT: `${port}`,
            DESKWATCH_DATA_DIR: join(folder, "data"),
            DESKWATCH_BOOTSTRAP_API_KEY: apiKey,
            DESKWATCH_LOG_LEVEL: "warn",
            DESKWATCH_BATCH_ROWS_MAX: "500",
            DESKWATCH_TOKEN_KEY: `1:${Buffer.alloc(32, 1).toString("base64")}`,
            DESKWATCH_MASTER_KEY: `1:${Buffer.alloc(32, 2).toString("base64")}`,
          };
          const said = typeOperatorsTask(brokers, join(folder, "doctor"));
          expect(said).toMatch(/^ok +DESKWATCH_TOKEN_KEY/m);
          expect(said).toMatch(/^ok +kafka: 1 broker/m);
          expect(said).toMatch(/^ok +clickhouse: answers/m);

          // Before anything reads it: a backlog is scored close to event time across the topics.
          const produced = runCli(["simulate", "--kafka", ...desk], settings);
          expect(produced).toEqual(expect.objectContaining({ code: 0 }));
          const { events } = JSON.parse(produced.stdout) as { events: number };
          const first = start(["up"], settings);
          await eventually(() => isReady(base), minute);

          await eventually(
            async () =>
              (await metric(base, "deskwatch_ingest_events_total")) > events / 4 ? true : undefined,
            minute,
          );
          first.kill("SIGKILL");
          await first.ended;

          const second = start(["up"], settings);
          await eventually(() => isReady(base), 2 * minute);
          await eventually(async () => {
            const response = await fetch(`${base}/v1/alerts?lane=policy`, authorised);
            const { items } = (await response.json()) as { items: { detectors: string[] }[] };
            return items.some(({ detectors }) => detectors.includes("terminated"))
              ? true
              : undefined;
          }, 2 * minute);

          const same = join(folder, "same.ndjson");
          expect(runCli(["simulate", "--out", same, ...desk]).code).toBe(0);
          const { accesses, agents } = await accessesOf(same);
          const stored = await eventually(async () => {
            const ids = await storedAccesses(base, agents);
            return ids.length >= accesses.length ? ids : undefined;
          }, 2 * minute);
          expect([...stored].sort()).toEqual([...accesses].sort());

          second.kill("SIGINT");
          expect(await second.ended).toBe(0);
          broker.kill("SIGINT");
          expect(await broker.ended).toBe(0);
        } finally {
          for (const process of running) process.kill("SIGKILL");
        }
      });
    },
    8 * minute,
  );
});

/** Access event ids of an NDJSON file, and the agents in it. */
async function accessesOf(path: string) {
  const events = (await readFile(path, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; event_id: string; agent?: { id: string } })
    .filter(({ kind }) => kind === "access");
  return {
    accesses: events.map((event) => event.event_id),
    agents: [...new Set(events.map((event) => event.agent?.id ?? ""))],
  };
}
