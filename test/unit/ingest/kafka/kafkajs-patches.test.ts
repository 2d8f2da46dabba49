/** What a broker does not do at will: this one answers when the test says so. */
import { once } from "node:events";
import { createRequire } from "node:module";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { patchKafkajs } from "../../../../ingest/kafka/kafkajs-patches.ts";

interface Connection {
  readonly connect: () => Promise<unknown>;
  readonly disconnect: () => Promise<unknown>;
  readonly isConnected: () => boolean;
  readonly send: (protocol: object) => Promise<unknown>;
}

const load = createRequire(join(import.meta.dirname, "kafkajs-patches.test.js"));
const Connection: new (options: object) => Connection = load("kafkajs/src/network/connection");
const Encoder: new () => object = load("kafkajs/src/protocol/encoder");
const { createLogger, LEVELS } = load("kafkajs/src/loggers");
const socketFactory: () => unknown = load("kafkajs/src/network/socketFactory");

const correlationAt = 8;
const requestMs = 400;
const longMs = 2_000;

/** An answer without content to the request. */
function answerTo(request: Buffer): Buffer {
  const answer = Buffer.alloc(8);
  answer.writeInt32BE(4);
  request.copy(answer, 4, correlationAt, correlationAt + 4);
  return answer;
}

describe("a connection of kafkajs", () => {
  let server: Server;
  let connection: Connection;
  const sockets: Socket[] = [];
  /** Of the newest connection, in order of arrival. */
  let requests: Buffer[];

  beforeEach(async () => {
    patchKafkajs();
    server = createServer((socket) => {
      sockets.push(socket);
      requests = [];
      socket.on("data", (data) => requests.push(data));
      socket.on("error", () => undefined);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    connection = new Connection({
      host: "127.0.0.1",
      port: (server.address() as AddressInfo).port,
      socketFactory: socketFactory(),
      logger: createLogger({ level: LEVELS.NOTHING, logCreator: () => () => undefined }),
      requestTimeout: requestMs,
      connectionTimeout: longMs,
    });
    await connection.connect();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await connection.disconnect();
    server.close();
  });

  /** `requestTimeout` counts where it is longer than the connection's own. */
  const ask = (requestTimeout?: number): Promise<unknown> =>
    connection.send({
      request: { apiKey: 18, apiVersion: 0, apiName: "test", encode: async () => new Encoder() },
      response: { decode: async () => ({}), parse: async () => "answered" },
      requestTimeout,
    });
  const arrived = async (count: number): Promise<void> => {
    while (requests.length < count) await wait(5);
  };
  const answer = (n: number) => sockets.at(-1)?.write(answerTo(requests[n] ?? Buffer.alloc(12)));

  it("that says nothing to a request is left, and the next request gets another", async () => {
    await expect(ask()).rejects.toThrow("timed out");
    await wait(20);
    expect(connection.isConnected()).toBe(false);
    await connection.connect();
    expect(sockets.length).toBe(2);
    const asked = ask();
    await arrived(1);
    answer(0);
    expect(await asked).toBe("answered");
  });

  it("whose older request still has time is kept, as that may hold up the younger", async () => {
    const join = ask(longMs);
    await arrived(1);
    await wait(5);
    await expect(ask()).rejects.toThrow("timed out");
    await wait(20);
    expect(connection.isConnected()).toBe(true);
    answer(0);
    expect(await join).toBe("answered");
  });

  it("that is cut within an answer begins anew when it is opened again", async () => {
    const cut = ask();
    await arrived(1);
    sockets.at(-1)?.end(answerTo(requests[0] ?? Buffer.alloc(12)).subarray(0, 6));
    await expect(cut).rejects.toThrow("Closed connection");
    await wait(20);
    await connection.connect();
    const asked = ask();
    await arrived(1);
    answer(0);
    expect(await asked).toBe("answered");
  });
});
