/**
 * Orderly stop: what was opened last is closed first, each within a bound, once.
 */
import { errorFields, type Log } from "./log.ts";

/** Longest that one closing step may take. Milliseconds. */
const closeMsMax = 8_000;

export interface Lifecycle {
  /** Registers how to close what was just opened. */
  readonly onStop: (name: string, close: () => Promise<void> | void) => void;
  /** Closes everything, newest first. Later calls wait for the first. Never rejects. */
  readonly stop: () => Promise<void>;
  readonly stopping: () => boolean;
}

export function createLifecycle(log: Log): Lifecycle {
  const steps: { readonly name: string; readonly close: () => Promise<void> | void }[] = [];
  let stopped: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      await closeWithin(step, log);
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

async function closeWithin({ name, close }: ClosingStep, log: Log): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), closeMsMax);
  });
  try {
    const result = await Promise.race([Promise.resolve(close()), bound]);
    if (result === "late") log.warn({ step: name, closeMsMax }, "closing step abandoned");
  } catch (error) {
    log.error({ step: name, ...errorFields(error) }, "closing step failed");
  } finally {
    clearTimeout(timer);
  }
}
