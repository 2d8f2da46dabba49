/** The built `deskwatch up` as a process of its own: all roles, embedded engine, all detectors. */
import { createServer } from "node:net";
import { join } from "node:path";
import { processEnvironment } from "../../ingest/runtime/config.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { answerOf, type Child, startNode } from "./child.ts";

export interface ServicePlace {
  readonly config: Config;
  readonly dataDir: string;
  /** Canaries and the watch list. */
  readonly listsPath: string;
  /** Of node itself, e.g. `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
  /** Another build to compare with; default: `dist`. */
  readonly dist?: string;
  /** Where `POST /v1/backups` copies to; none: it refuses. */
  readonly backupDir?: string;
  /** Of a server; none: the engine embedded in the process. */
  readonly clickhouseUrl?: string;
}

export interface Progress {
  /** Records that left an outcome in the audit trail, by this process. */
  readonly stored: number;
  /** Records that detection has had, by this process. */
  readonly scored: number;
}

export interface Service {
  readonly child: Child;
  /** Answers 200 once every role has started. */
  readonly isReady: () => Promise<boolean>;
  readonly progress: () => Promise<Progress>;
  /** The body of a GET; throws when it is not answered with 200. */
  readonly get: (path: string) => Promise<unknown>;
  /** The body of a POST without one; throws unless it is answered with 200 or 201. */
  readonly post: (path: string) => Promise<unknown>;
  /** As an operator stops it. */
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

const builtFolder = "dist";
const apiKey = "bootstrap-key-of-the-benches-0123456789-0123456789";
const readyMsMax = 120_000;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no free port");
  return address.port;
}

/** Resolves at once; wait for `untilReady`. All roles, or one of them over a server. */
export async function startService(
  place: ServicePlace,
  role: "up" | "ingest" = "up",
): Promise<Service> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const child = startCommand(place, [role], port);
  const asked = async (method: "GET" | "POST", path: string): Promise<unknown> => {
    const headers = { Authorization: `Bearer ${apiKey}` };
    const response = await fetch(`${base}${path}`, { method, headers });
    if (!response.ok) throw new Error(`${response.status} for ${path}`);
    return response.json();
  };
  return {
    child,
    get: (path) => asked("GET", path),
    post: (path) => asked("POST", path),
    isReady: async () => {
      const response = await fetch(`${base}/readyz`).catch(() => undefined);
      await response?.arrayBuffer();
      return response?.status === 200;
    },
    progress: async () => {
      const response = await fetch(`${base}/metrics`).catch(() => undefined);
      return progressIn((await response?.text()) ?? "");
    },
    stop: async () => {
      child.kill("SIGINT");
      await child.ended;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await child.ended;
    },
  };
}

/** A command of the built `deskwatch`, configured as the service is. */
export function startCommand(place: ServicePlace, command: readonly string[], port = 0): Child {
  const root = join(import.meta.dirname, "../..");
  const cli = join(root, place.dist ?? builtFolder, "api/cli.cjs");
  const args = ["--enable-source-maps", ...(place.nodeOptions ?? []), cli, ...command];
  return startNode(args, environmentOf(place, port));
}

export async function untilReady(service: Service): Promise<void> {
  await answerOf(service.child, async () => ((await service.isReady()) ? true : undefined), {
    msMax: readyMsMax,
  });
}

const key = (fill: number): string => `1:${Buffer.alloc(32, fill).toString("base64")}`;

function environmentOf(place: ServicePlace, port: number) {
  const { config, dataDir, listsPath, backupDir = "", clickhouseUrl = "" } = place;
  const { PATH, HOME } = processEnvironment();
  return {
    PATH,
    HOME,
    KAFKA_BROKERS: config.kafkaBrokers.join(","),
    KAFKA_INGEST_GROUP: config.kafkaIngestGroup,
    KAFKA_DETECT_GROUP: config.kafkaDetectGroup,
    KAFKA_SESSION_MS: `${config.kafkaSessionMs}`,
    KAFKA_TOPIC_ACCESS: config.topicAccess,
    KAFKA_TOPIC_SUBJECTS: config.topicSubjects,
    KAFKA_TOPIC_TICKETS: config.topicTickets,
    KAFKA_TOPIC_AGENTS: config.topicAgents,
    KAFKA_TOPIC_ALERTS: config.topicAlerts,
    KAFKA_TOPIC_DEAD_LETTERS: config.topicDeadLetters,
    DESKWATCH_PORT: `${port}`,
    DESKWATCH_DATA_DIR: dataDir,
    DESKWATCH_BACKUP_DIR: backupDir,
    CLICKHOUSE_URL: clickhouseUrl,
    DESKWATCH_SUBJECT_LISTS_FILE: listsPath,
    DESKWATCH_BOOTSTRAP_API_KEY: apiKey,
    DESKWATCH_RATE_LIMIT_PER_MINUTE: "60000",
    DESKWATCH_LOG_LEVEL: "error",
    DESKWATCH_TOKEN_KEY: key(1),
    DESKWATCH_MASTER_KEY: key(2),
  };
}

/** Sums over labels. */
function progressIn(text: string): Progress {
  const lines = text.split("\n");
  const sum = (name: string): number =>
    lines
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  return {
    stored: sum("deskwatch_ingest_outcomes_total"),
    scored: sum("deskwatch_detect_events_total") + sum("deskwatch_detect_duplicate_events_total"),
  };
}
