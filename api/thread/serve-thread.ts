/**
 * The API in a thread of its own, with its own connections to the same engine: ingest, detection and their garbage
 * collection then keep no answer waiting.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { createLifecycle, type Lifecycle } from "../../ingest/runtime/lifecycle.ts";
import { createLog, type Log } from "../../ingest/runtime/log.ts";
import { startHttpServer } from "../http-server.ts";
import type { RequestMetrics } from "../request-observer.ts";
import { serviceApp, tokenizerOf } from "../service-app.ts";
import { createHomePort, forwardedMetrics, type HomePort } from "./home-port.ts";
import { type FromThread, failureFrom, type ThreadTask, type ToThread } from "./messages.ts";

type Port = Pick<MessagePort, "on"> & { readonly postMessage: (message: FromThread) => void };

function run(port: Port, task: ThreadTask): void {
  const log = createLog(task.config);
  const lifecycle = createLifecycle(log);
  const home = createHomePort(port);
  port.on("message", async (message: ToThread) => {
    if (message.kind === "answered") home.answered(message);
    else {
      await lifecycle.stop();
      port.postMessage({ kind: "stopped" });
    }
  });
  listen({ log, lifecycle, home, metrics: forwardedMetrics(port) }, task)
    .then((url) => port.postMessage({ kind: "listening", url }))
    .catch((error: unknown) => port.postMessage({ kind: "refused", failure: failureFrom(error) }));
}

interface Surroundings {
  readonly log: Log;
  readonly lifecycle: Lifecycle;
  readonly home: HomePort;
  readonly metrics: RequestMetrics;
}

async function listen(
  { lifecycle, home, ...surroundings }: Surroundings,
  { config, detectors }: ThreadTask,
): Promise<string> {
  const store = await openStore(config);
  lifecycle.onStop("store of the API", store.close);
  const context = { ...surroundings, config, clock: systemClock };
  const tokenizer = tokenizerOf(context);
  const app = serviceApp(context, { ...home, store, tokenizer, detectors, scope: "all" });
  const server = await startHttpServer(app, config);
  lifecycle.onStop("http", server.stop);
  return server.url;
}

const given: ThreadTask = workerData;
if (parentPort !== null) run(parentPort, given);
