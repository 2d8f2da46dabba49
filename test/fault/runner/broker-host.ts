/**
 * A real broker that can be killed and started again, reached through a proxy by the system under fault and
 * directly by those who produce and check.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalBroker, startLocalBroker } from "../../../ingest/kafka/local-broker.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

export interface BrokerHost {
  /** What the system under fault connects to. */
  readonly proxy: TcpProxy;
  readonly proxied: string;
  readonly direct: string;
  /** Where its topics are stored: a folder each partition. */
  readonly logDir: string;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** After a kill or stop; its data are as they were. */
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const host = "127.0.0.1";

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

export async function openBrokerHost(random: () => number): Promise<BrokerHost> {
  const folder = await mkdtemp(join(tmpdir(), "deskwatch-broker-"));
  const [port, directPort, controllerPort] = [await freePort(), await freePort(), await freePort()];
  const proxy = await startTcpProxy({ targetPort: port, random });
  const proxied = `${host}:${proxy.port}`;
  const direct = `${host}:${directPort}`;
  const properties = {
    listeners: `PLAINTEXT://${host}:${port},DIRECT://${direct},CONTROLLER://${host}:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://${proxied},DIRECT://${direct}`,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.quorum.voters": `1@${host}:${controllerPort}`,
    "inter.broker.listener.name": "DIRECT",
  };
  const cacheDir = join(homedir(), ".cache");
  const open = (): Promise<LocalBroker> =>
    startLocalBroker({ dataDir: folder, port, cacheDir, properties });
  let broker = await open();
  return {
    proxy,
    proxied,
    direct,
    logDir: join(folder, "log"),
    kill: () => broker.kill(),
    stop: () => broker.stop(),
    start: async () => {
      broker = await open();
    },
    close: async () => {
      await broker.kill();
      await proxy.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
