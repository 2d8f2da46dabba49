/** Starts the thread of the API and answers what it asks. */
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Context } from "../context.ts";
import type { Home } from "../service-app.ts";
import { answerTo } from "./home-port.ts";
import { errorOf, type FromThread, type ThreadTask, type ToThread } from "./messages.ts";

export interface ApiThread {
  /** Resolves with where it listens; rejects as listening would have. */
  readonly url: Promise<string>;
  /** Resolves when its requests are answered and its connections closed. */
  readonly stop: () => Promise<void>;
}

export interface ApiThreadDeps extends Home {
  readonly context: Pick<Context, "config" | "metrics">;
  readonly detectors: ThreadTask["detectors"];
  /** Told of the reason when the thread ends for good. */
  readonly onFailure: (reason: unknown) => void;
}

/** Answers are short-lived and small: more room than this would only stay resident. Megabytes. */
const youngMbMax = 12;

/**
 * The thread itself ends with the process: the engine, which both have open, does not outlive a thread that goes
 * before it.
 */
export function startApiThread(deps: ApiThreadDeps): ApiThread {
  const { context, detectors, onFailure } = deps;
  const task: ThreadTask = { config: context.config, detectors };
  const file = join(import.meta.dirname, `serve-thread${extname(import.meta.filename)}`);
  const resourceLimits = { maxYoungGenerationSizeMb: youngMbMax };
  const worker = new Worker(file, { workerData: task, resourceLimits });
  const tell = (message: ToThread): void => worker.postMessage(message);
  const stopped = new Promise<void>((resolve) => {
    worker.on("message", (message: FromThread) => {
      if (message.kind === "stopped") resolve();
      else note(message);
    });
    worker.once("exit", resolve);
  });
  let isStopping = false;
  const note = (message: FromThread): void => {
    if (message.kind === "counted") context.metrics.count(...message.metric);
    if (message.kind === "observed") context.metrics.observe(...message.metric);
    if (message.kind !== "asked") return;
    const { id, question } = message;
    void answerTo(deps, question).then((answer) => tell({ kind: "answered", id, answer }));
  };
  const url = new Promise<string>((resolve, reject) => {
    worker.on("message", (message: FromThread) => {
      if (message.kind === "listening") resolve(message.url);
      if (message.kind === "refused") reject(errorOf(message.failure));
    });
    worker.once("error", reject);
  });
  worker.once("error", onFailure);
  worker.once("exit", (code) => {
    if (!isStopping) onFailure(new Error(`the API's thread ended with ${code}`));
  });
  return {
    url,
    stop: async () => {
      isStopping = true;
      tell({ kind: "stop" });
      await stopped;
      worker.unref();
    },
  };
}
