import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import type { Home } from "../../../../api/service-app.ts";
import { answerTo, createHomePort, forwardedMetrics } from "../../../../api/thread/home-port.ts";
import type { FromThread, ToThread } from "../../../../api/thread/messages.ts";
import { StoreError } from "../../../../ingest/clickhouse/store-error.ts";

const verification: Awaited<ReturnType<Home["verify"]>> = {
  log: { size: 3, root: "aa", checkpoints: 2, signed: 3, proven: 3 },
  chains: 1,
  links: 3,
  offsets: 30,
  rows: 90,
  total: 1,
  loose: 0,
  discrepancies: [
    {
      kind: "row_missing",
      table: "outcomes",
      source: "kafka:x",
      partition: 0,
      from: 1,
      to: 2,
      detail: "no outcome",
    },
  ],
  witnesses: [{ witness: "file", entries: undefined }],
  tookMs: 5,
};

const home: Home = {
  render: async (format) => `as ${format}`,
  liveness: async () => {},
  readiness: async () => [{ name: "process", ok: true, detail: "not stopping" }],
  verify: async () => verification,
};

/** Both ends over a real channel, which copies what passes as threads do. */
async function overChannel(own: Home, body: (asked: Home) => Promise<void>): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const asker = createHomePort(port1);
  port1.on("message", (message: ToThread) => {
    if (message.kind === "answered") asker.answered(message);
  });
  port2.on("message", async (message: FromThread) => {
    if (message.kind !== "asked") return;
    const answer = await answerTo(own, message.question);
    port2.postMessage({ kind: "answered", id: message.id, answer } satisfies ToThread);
  });
  try {
    await body(asker);
  } finally {
    port1.close();
  }
}

describe("what the API asks of the rest of the process from its own thread", () => {
  it("is answered with what the process says, each to whom asked", async () => {
    await overChannel(home, async (asked) => {
      const answers = await Promise.all([
        asked.verify(),
        asked.render("openmetrics"),
        asked.readiness(),
        asked.liveness(),
        asked.render("text"),
      ]);
      expect(answers).toEqual([
        verification,
        "as openmetrics",
        await home.readiness(),
        undefined,
        "as text",
      ]);
    });
  });

  it("fails as it failed there, an error of the store with its code", async () => {
    const failing: Home = {
      render: async () => {
        throw Object.assign(new Error("no port"), { code: "EADDRINUSE" });
      },
      liveness: async () => {
        throw new Error("of no code");
      },
      readiness: () => Promise.reject("no error at all"),
      verify: async () => {
        throw new StoreError("clickhouse.timeout", "too slow");
      },
    };
    await overChannel(failing, async (asked) => {
      const failure = await asked.verify().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StoreError);
      expect(failure).toMatchObject({ code: "clickhouse.timeout", message: "too slow" });
      await expect(asked.render("text")).rejects.toMatchObject({ code: "EADDRINUSE" });
      await expect(asked.liveness()).rejects.toThrow("of no code");
      await expect(asked.readiness()).rejects.toThrow("unknown failure");
    });
  });

  it("counts where the whole process is counted", async () => {
    const { port1, port2 } = new MessageChannel();
    const metrics = forwardedMetrics(port1);
    const told = once(port2, "message");
    metrics.observe("deskwatch_http_request_seconds", { route: "/v1/alerts" }, 0.5);
    expect(await told).toEqual([
      {
        kind: "observed",
        metric: ["deskwatch_http_request_seconds", { route: "/v1/alerts" }, 0.5],
      },
    ]);
    port1.close();
  });
});
