/**
 * Orderly stop: what was opened last is closed first, each within a bound, once.
 */
import { type Clock, systemClock } from "./clock.ts";
import { errorFields, type Log } from "./log.ts";

/** Longest that one closing step may take, and all together but for what each has at least. Milliseconds. */
const closeMsMax = 8_000;
const closeAllMsMax = 9_000;
const closeMsLeast = 100;

export interface Lifecycle {
  /** Registers how to close what was just opened. */
  readonly onStop: (name: string, close: () => Promise<void> | void) => void;
  /** Closes everything, newest first. Later calls wait for the first. Never rejects. */
  readonly stop: () => Promise<void>;
  readonly stopping: () => boolean;
}

export function createLifecycle(log: Log, clock: Clock = systemClock): Lifecycle {
  const steps: { readonly name: string; readonly close: () => Promise<void> | void }[] = [];
  let stopped: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    const endsAt = clock.now() + closeAllMsMax;
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      const leftMs = Math.min(closeMsMax, endsAt - clock.now());
      await closeWithin(step, Math.max(closeMsLeast, leftMs), log);
    }
  };
  return {
    onStop: (name, close) => {
      steps.push({ name, close });
    },
    stop: () => {
      stopped ??= closeAll();
      return stopped;
    },
    stopping: () => stopped !== undefined,
  };
}

interface ClosingStep {
  readonly name: string;
  readonly close: () => Promise<void> | void;
}

async function closeWithin({ name, close }: ClosingStep, msMax: number, log: Log): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), msMax);
  });
  try {
    const result = await Promise.race([Promise.resolve(close()), bound]);
    if (result === "late") log.warn({ step: name, msMax }, "closing step abandoned");
  } catch (error) {
    log.error({ step: name, ...errorFields(error) }, "closing step failed");
  } finally {
    clearTimeout(timer);
  }
}
