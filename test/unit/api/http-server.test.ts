import { startHttpServer } from "../../../api/http-server.ts";

describe("the HTTP server", () => {
  it("lets a running request finish before it ends, and takes no new one", async () => {
    let answer = (): void => undefined;
    let arrived = (): void => undefined;
    const isHere = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = await startHttpServer(
      (_request, response) => {
        answer = () => response.end("done");
        arrived();
      },
      { host: "127.0.0.1", port: 0 },
    );
    const running = fetch(server.url);
    await isHere;
    const stopped = server.stop();
    await expect(fetch(server.url)).rejects.toThrow();
    answer();
    expect(await (await running).text()).toBe("done");
    await stopped;
  });

  it("says when the port is taken", async () => {
    const server = await startHttpServer(() => undefined, { host: "127.0.0.1", port: 0 });
    const port = Number(new URL(server.url).port);
    const second = startHttpServer(() => undefined, { host: "127.0.0.1", port });
    await expect(second).rejects.toMatchObject({
      code: "config.listen",
      message: `DESKWATCH_PORT: port ${port} of 127.0.0.1 is in use by another process; expected a free one`,
    });
    const named = { host: "--host", port: "--port" };
    const third = startHttpServer(() => undefined, { host: "127.0.0.1", port }, named);
    await expect(third).rejects.toThrow(/^--port: /);
    await server.stop();
  });

  it("says when the address is none of this machine", async () => {
    const elsewhere = startHttpServer(() => undefined, { host: "192.0.2.1", port: 0 });
    await expect(elsewhere).rejects.toThrow(/^DESKWATCH_HOST: 192\.0\.2\.1 is no address/);
  });
});
