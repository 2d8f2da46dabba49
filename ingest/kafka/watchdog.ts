/**
 * Notices a consumer that neither fetches nor beats: kafkajs can stand still without an error, and a process
 * that stands still looks alive.
 */
import type { Clock } from "../runtime/clock.ts";
import { KafkaError } from "./kafka-error.ts";

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly onSilence: (error: KafkaError) => void;
}

/** Longer than any orderly rebalance. Milliseconds. */
const silenceMsMax = 180_000;
const checkEveryMs = 5_000;

export interface Watchdog {
  readonly start: () => void;
  readonly stop: () => void;
  readonly alive: () => void;
}

export function watchForSilence({ clock, onSilence }: WatchdogOptions): Watchdog {
  let heardAt = clock.now();
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearInterval(timer);
  return {
    start: () => {
      heardAt = clock.now();
      timer = setInterval(() => {
        if (clock.now() - heardAt <= silenceMsMax) return;
        stop();
        onSilence(
          new KafkaError(`no fetch and no heartbeat for ${silenceMsMax} ms`, {
            code: "kafka.silent",
          }),
        );
      }, checkEveryMs).unref();
    },
    stop,
    alive: () => {
      heardAt = clock.now();
    },
  };
}
