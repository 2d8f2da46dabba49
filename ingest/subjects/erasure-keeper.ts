/**
 * Finishes erasures that were put down and cut off before the key was gone, and those of subjects whom another process
 * was sealing at the same time: right after the start and then every few seconds. Several processes may do it at once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { errorFields, type Log } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Erasures } from "./erasures.ts";

interface ErasureKeeperDeps {
  readonly erasures: Pick<Erasures, "unfinished" | "finish">;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "gauge">;
}

export interface ErasureKeeper {
  readonly start: () => void;
  /** Waits for the removal under way. */
  readonly stop: () => Promise<void>;
}

/** Shorter than what a verification of a running system gives an erasure. */
const passEveryMs = 10_000;

export function createErasureKeeper({ erasures, log, metrics }: ErasureKeeperDeps): ErasureKeeper {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  const show = (subjects: number) =>
    metrics.gauge("deskwatch_erasure_unfinished_subjects", {}, subjects);
  const pass = async (): Promise<void> => {
    const tokens = await erasures.unfinished();
    show(tokens.length);
    if (tokens.length === 0) return;
    await erasures.finish(tokens);
    log.info({ subjects: tokens.length }, "erasures finished");
    show(0);
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await pass().catch((error: unknown) => {
        log.error(errorFields(error), "erasures not finished");
      });
      await sleep(passEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  return {
    start: () => {
      running ??= run();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
