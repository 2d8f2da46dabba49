/**
 * A real single-node Apache Kafka (KRaft) for development and tests, started from its published jars.
 *
 * Its data survive a stop when `dataDir` does. It listens on the loopback address only, without
 * authentication: never a broker for production.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import {
  kafkaJars,
  LocalBrokerError,
  missingTool,
  runTool,
  startTool,
} from "./kafka-distribution.ts";

export interface LocalBrokerOptions {
  /** Log segments, cluster metadata and the broker's own log. Created when absent. */
  readonly dataDir: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Where the jars are kept between starts, e.g. `~/.cache`. */
  readonly cacheDir: string;
  readonly onProgress?: (message: string) => void;
  /** Further broker properties, for tests. They win over the defaults. */
  readonly properties?: Readonly<Record<string, string>>;
}

export interface LocalBroker {
  /** `host:port`, as `KAFKA_BROKERS` takes it. */
  readonly brokers: readonly string[];
  /** Shuts down cleanly, then by force. Safe to call twice. */
  readonly stop: () => Promise<void>;
  /** Ends at once, as a crash would. */
  readonly kill: () => Promise<void>;
  /** Resolves when the broker has ended, whoever ended it. */
  readonly ended: Promise<void>;
}

const host = "127.0.0.1";
const heapMegabytesMax = 512;
const startMsMax = 60_000;
const stopMsMax = 15_000;
const probeEveryMs = 100;

/** Starts the broker and resolves once it accepts connections. Throws `LocalBrokerError`. */
export async function startLocalBroker(options: LocalBrokerOptions): Promise<LocalBroker> {
  const jars = await kafkaJars(options);
  const dataDir = options.dataDir;
  mkdirSync(dataDir, { recursive: true });
  const port = options.port === 0 ? await freePort() : options.port;
  const controllerPort = await freePort();
  const propertiesFile = join(dataDir, "server.properties");
  const properties = { ...defaults({ dataDir, port, controllerPort }), ...options.properties };
  writeFileSync(propertiesFile, lines(properties));
  if (!existsSync(join(dataDir, "log", "meta.properties"))) {
    options.onProgress?.("formatting the broker's storage");
    const clusterId = randomBytes(16).toString("base64url");
    // Behind an equals sign: an id may begin with a hyphen.
    const identity = `--cluster-id=${clusterId}`;
    const format = ["kafka.tools.StorageTool", "format", identity, "-c", propertiesFile];
    await runTool("java", [...javaOptions(jars), ...format]);
  }
  options.onProgress?.(`starting the broker on port ${port}`);
  const child = startTool("java", [...javaOptions(jars), "kafka.Kafka", propertiesFile]);
  const broker = controlOf(child, `${host}:${port}`);
  await untilReady({ child, port, broker });
  return broker;
}

function controlOf(child: ChildProcess, address: string): LocalBroker {
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  // A dying parent takes its broker along; nothing else would.
  const endWithParent = (): boolean => child.kill("SIGKILL");
  process.once("exit", endWithParent);
  const stop = async (): Promise<void> => {
    process.removeListener("exit", endWithParent);
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
    await ended;
    clearTimeout(force);
  };
  const kill = async (): Promise<void> => {
    process.removeListener("exit", endWithParent);
    child.kill("SIGKILL");
    await ended;
  };
  return { brokers: [address], stop, kill, ended };
}

interface Starting {
  readonly child: ChildProcess;
  readonly port: number;
  readonly broker: LocalBroker;
}

async function untilReady({ child, port, broker }: Starting): Promise<void> {
  let failure: LocalBrokerError | undefined;
  child.once("error", (cause) => {
    failure = missingTool("java", cause);
  });
  child.once("exit", (status) => {
    failure ??= new LocalBrokerError("kafka.start_failed", `the broker ended with ${status}`);
  });
  for (let waitedMs = 0; waitedMs < startMsMax; waitedMs += probeEveryMs) {
    if (failure !== undefined) throw failure;
    if (await acceptsConnections(port)) return;
    await new Promise((resolve) => setTimeout(resolve, probeEveryMs));
  }
  await broker.stop();
  throw new LocalBrokerError("kafka.start_failed", `no broker after ${startMsMax} ms`);
}

function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") {
    throw new LocalBrokerError("kafka.start_failed", "no free port");
  }
  return address.port;
}

const javaOptions = (jars: string): readonly string[] => [
  "-Xms128m",
  `-Xmx${heapMegabytesMax}m`,
  "-XX:+UseSerialGC",
  "-cp",
  join(jars, "*"),
];

interface Placement {
  readonly dataDir: string;
  readonly port: number;
  readonly controllerPort: number;
}

function defaults({ dataDir, port, controllerPort }: Placement): Record<string, string> {
  return {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@${host}:${controllerPort}`,
    listeners: `PLAINTEXT://${host}:${port},CONTROLLER://${host}:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://${host}:${port}`,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": join(dataDir, "log"),
    "num.partitions": "3",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "auto.create.topics.enable": "false",
    "log.cleaner.dedupe.buffer.size": "4194304",
  };
}

const lines = (properties: Readonly<Record<string, string>>): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
