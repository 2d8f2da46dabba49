/**
 * A TCP proxy that misbehaves on demand: it refuses, holds everything back and delivers it late, delays, cuts
 * connections, cuts a connection when the answer is on its way, and lets connections die without a word.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** hold: connections are accepted and stay open, and nothing passes until the mode changes. */
export type ProxyMode = "pass" | "refuse" | "hold";

export interface TcpProxyOptions {
  readonly targetPort: number;
  /** In [0, 1); which answers are cut. */
  readonly random: () => number;
}

export interface TcpProxy {
  readonly port: number;
  readonly setMode: (mode: ProxyMode) => void;
  /** Every chunk, both ways. Milliseconds. */
  readonly setDelay: (ms: number) => void;
  /** Share of the answers after whose first half the connection is cut; the target has done what was asked. */
  readonly setCutAnswers: (share: number) => void;
  readonly cutConnections: () => void;
  /** Those that are open stay so and never pass anything again, as when the machine behind them has gone. */
  readonly strandConnections: () => void;
  readonly answersCut: () => number;
  readonly close: () => Promise<void>;
}

const host = "127.0.0.1";

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

export async function startTcpProxy({ targetPort, random }: TcpProxyOptions): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const stranded = new Set<Pair>();
  let mode: ProxyMode = "pass";
  let delayMs = 0;
  let cutShare = 0;
  let cut = 0;
  const end = (pair: Pair): void => {
    pairs.delete(pair);
    stranded.delete(pair);
    pair.client.destroy();
    pair.target.destroy();
  };
  const later = (act: () => void): void => {
    if (delayMs === 0) act();
    else setTimeout(act, delayMs);
  };
  const write = (to: Socket, chunk: Buffer): void => {
    if (!to.destroyed) to.write(chunk);
  };
  const answer = (pair: Pair, chunk: Buffer): void => {
    if (random() >= cutShare) {
      later(() => write(pair.client, chunk));
      return;
    }
    cut += 1;
    pair.client.write(chunk.subarray(0, chunk.length >> 1), () => end(pair));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (mode === "refuse") {
      client.destroy();
      return;
    }
    const target = connect({ host, port: targetPort, allowHalfOpen: true });
    const pair: Pair = { client, target };
    pairs.add(pair);
    client.on("data", (chunk) => later(() => write(target, chunk)));
    target.on("data", (chunk) => answer(pair, chunk));
    // What was sent before an end still arrives: a request whose sender has given up is answered all the same.
    client.on("end", () => later(() => target.end()));
    target.on("end", () => later(() => client.end()));
    for (const socket of [client, target]) {
      socket.on("error", () => end(pair));
      socket.on("close", () => pairs.delete(pair));
    }
    if (mode === "hold") pause(pair);
  });
  server.listen(0, host);
  await once(server, "listening");
  const address = server.address();
  const cutConnections = (): void => {
    for (const pair of [...pairs, ...stranded]) end(pair);
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    setMode: (next) => {
      mode = next;
      if (mode === "refuse") cutConnections();
      for (const pair of pairs) (mode === "hold" ? pause : resume)(pair);
    },
    setDelay: (ms) => {
      delayMs = ms;
    },
    setCutAnswers: (share) => {
      cutShare = share;
    },
    cutConnections,
    strandConnections: () => {
      for (const pair of pairs) {
        pairs.delete(pair);
        stranded.add(pair);
        pause(pair);
        pair.target.destroy();
      }
    },
    answersCut: () => cut,
    close: async () => {
      cutConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function pause({ client, target }: Pair): void {
  client.pause();
  target.pause();
}

function resume({ client, target }: Pair): void {
  client.resume();
  target.resume();
}
