/** A real Prometheus for one test: scrapes one target, evaluates the product's rules, answers queries. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { withFolder } from "./store.ts";

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  /** `NaN` and infinities as numbers, too. */
  readonly value: number;
}

export interface PrometheusServer {
  /** An instant query. Rejects with Prometheus' own message when the expression is wrong. */
  readonly query: (expr: string) => Promise<readonly Sample[]>;
  /** Resolves once `expr` has a result; rejects after a minute. */
  readonly until: (expr: string) => Promise<void>;
}

const rulesFile = join(__dirname, "../../dashboards/prometheus/deskwatch.rules.yaml");
const program = "prometheus";
const waitMsMax = 60_000;
const pollMs = 100;

/** Runs `body` with a Prometheus that scrapes `target` (`host:port`) as job deskwatch, every second. */
export async function withPrometheus(
  target: string,
  body: (prometheus: PrometheusServer) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const config = {
      global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
      rule_files: [rulesFile],
      scrape_configs: [{ job_name: "deskwatch", static_configs: [{ targets: [target] }] }],
    };
    // JSON is YAML.
    await writeFile(join(folder, "prometheus.yml"), JSON.stringify(config));
    const port = await freePort();
    const server = spawn(program, [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ]);
    try {
      const url = `http://127.0.0.1:${port}`;
      await poll(server, "ready", () => isReady(url));
      await body(createClient(url, server));
    } finally {
      const ended = once(server, "exit");
      if (server.exitCode === null && server.kill("SIGTERM")) await ended;
    }
  });
}

const answer = z.discriminatedUnion("status", [
  z.object({ status: z.literal("error"), error: z.string() }),
  z.object({
    status: z.literal("success"),
    warnings: z.array(z.string()).optional(),
    data: z.object({
      resultType: z.enum(["vector", "scalar"]),
      result: z.array(z.unknown()),
    }),
  }),
]);
const vector = z.array(
  z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
);

function createClient(url: string, server: ChildProcess): PrometheusServer {
  const query = async (expr: string): Promise<readonly Sample[]> => {
    const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expr })}`);
    const body = answer.parse(await response.json());
    if (body.status === "error") throw new Error(`${expr}: ${body.error}`);
    if (body.warnings !== undefined) throw new Error(`${expr}: ${body.warnings.join("; ")}`);
    return vector
      .parse(body.data.result)
      .map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  };
  const holds = async (expr: string) => (await query(expr)).length > 0;
  return { query, until: (expr) => poll(server, expr, () => holds(expr)) };
}

/** Prometheus says so itself; while it does not listen yet, the connection is refused. */
async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function poll(
  server: ChildProcess,
  what: string,
  holds: () => Promise<boolean>,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += pollMs) {
    if (server.exitCode !== null) throw new Error(`prometheus ended with ${server.exitCode}`);
    if (await holds()) return;
    await delay(pollMs);
  }
  throw new Error(`not within ${waitMsMax} ms: ${what}`);
}

/** A port that nobody listens on at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
