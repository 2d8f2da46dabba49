/** A backlog in the topics: how fast each way of reading it is through, and what it uses meanwhile. */
import { join } from "node:path";
import { answerOf, type Child, startScript } from "./child.ts";
import type { PlainTask } from "./plain-loop-process.ts";
import type { Usage } from "./process-usage.ts";
import type { Service } from "./service.ts";
import type { Stage } from "./stage.ts";

export interface Drained {
  readonly eventsPerSecond: number;
  readonly cpuMicrosecondsPerEvent: number;
  readonly usage: Usage;
}

/** Longer than a busy machine takes. */
const drainMsMax = 900_000;
/** A service is asked for all of its metrics, which takes it some milliseconds. */
const askEveryMs = 500;

interface Watch {
  readonly child: Child;
  readonly events: number;
  readonly done: () => Promise<number> | number;
}

/** From the first event that is done to the last. */
export async function untilDrained({ child, events, done }: Watch): Promise<Drained> {
  const moment = async (share: number) => {
    const count = await answerOf(
      child,
      async () => {
        const found = await done();
        return found >= Math.max(1, share * events) ? found : undefined;
      },
      { msMax: drainMsMax, everyMs: askEveryMs },
    );
    return { count, at: performance.now(), usage: child.usage() };
  };
  const first = await moment(0);
  const last = await moment(1);
  const seconds = (last.at - first.at) / 1_000;
  const between = last.count - first.count;
  const cpuSeconds = last.usage.cpuSeconds - first.usage.cpuSeconds;
  return {
    eventsPerSecond: between / seconds,
    cpuMicrosecondsPerEvent: (cpuSeconds * 1e6) / between,
    usage: last.usage,
  };
}

/** Stored and scored: the slower of the two counts. */
export const serviceDrained = (service: Service, events: number): Promise<Drained> =>
  untilDrained({
    child: service.child,
    events,
    done: async () => {
      const { stored, scored } = await service.progress();
      return Math.min(stored, scored);
    },
  });

/** A loop that lacks what Deskwatch adds; `groupId` and `dataDir` are its own. */
export function startPlain(stage: Stage, task: Omit<PlainTask, "dataDir">): Child {
  const dataDir = join(stage.folder, `plain-${task.groupId}`);
  return startScript("plain-loop-process.ts", { ...task, dataDir });
}

export async function plainDrained(
  stage: Stage,
  task: Omit<PlainTask, "dataDir">,
  events: number,
): Promise<Drained> {
  const child = startPlain(stage, task);
  const drained = await untilDrained({ child, events, done: () => hadBy(child) });
  child.kill("SIGKILL");
  await child.ended;
  return drained;
}

/** The newest number that it printed. */
export const hadBy = (child: Child): number =>
  Number(child.said().trimEnd().split("\n").at(-1) ?? 0);
