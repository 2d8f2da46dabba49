/**
 * Consoles whose accesses stay away while work goes on: a producer has died, or somebody has cut the log.
 *
 * Counts the replies, calls and chats of agents since the last access of each console. A console is silent when that is
 * several times as many as ever lay between two accesses of it, and some time has gone by (`consoles` of the
 * parameters): what is usual is its own, so a console that few use may rest for long. Robots are left out, whose
 * accesses may go on. A silence is learnt only up to where it was told. State: 5 values for each of at most 64 consoles. O(consoles) per ticket event.
 */
import { z } from "zod";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { ConsoleEvent, TicketEvent } from "../../ingest/vocabulary/event.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import type { RobotBook } from "./robot-book.ts";

/** Beyond it the console that was seen longest ago is forgotten, and counted. */
export const consolesMax = 64;
const minuteMs = 60_000;
const dayMs = 86_400_000;

type Limits = DetectionParameters["consoles"];

/** What an agent does with a ticket by hand; tickets are assigned and closed by the hundred. */
const workTypes: ReadonlySet<TicketEvent["type"]> = new Set([
  "replied",
  "call_started",
  "chat_started",
]);

const watchedSchema = z.object({
  console: z.string(),
  /** Newest access. Event time. */
  lastAt: z.number(),
  accesses: z.number(),
  /** Work since the last access, and the most that ever was between two. */
  work: z.number(),
  longest: z.number(),
});
type Watched = z.infer<typeof watchedSchema>;

interface ConsoleWatchDeps {
  readonly robots: Pick<RobotBook, "has">;
  readonly limits: Limits;
  readonly metrics: Pick<Metrics, "count" | "gauge"> | undefined;
}

export interface ConsoleWatch {
  readonly note: (event: ConsoleEvent) => void;
  /** Consoles that are silent now. */
  readonly silent: () => readonly string[];
  readonly save: () => string;
  /** Throws ZodError or SyntaxError if `state` is no watch of consoles. */
  readonly load: (state: string) => void;
}

export function createConsoleWatch({ robots, limits, metrics }: ConsoleWatchDeps): ConsoleWatch {
  /** The one used longest ago first. */
  const consoles = new Map<string, Watched>();
  let now = 0;
  const silent = () => [...consoles.values()].filter((one) => isSilent(one, now, limits));
  let shown = -1;
  const show = (): void => {
    const count = silent().length;
    if (count !== shown) metrics?.gauge("deskwatch_detect_silent_consoles", {}, count);
    shown = count;
  };
  show();
  const noteAccess = (console: string, at: number): void => {
    const known = consoles.get(console) ?? { console, lastAt: 0, accesses: 0, work: 0, longest: 0 };
    const wasSilent = isSilent(known, now, limits);
    known.longest = Math.max(known.longest, Math.min(known.work, bearable(known, limits)));
    known.accesses += 1;
    known.work = 0;
    known.lastAt = Math.max(known.lastAt, at);
    consoles.delete(console);
    consoles.set(console, known);
    if (wasSilent) show();
    if (consoles.size <= consolesMax) return;
    consoles.delete([...consoles.keys()][0] ?? "");
    metrics?.count("deskwatch_detect_state_evictions_total", { detector: "consoles" });
  };
  const noteWork = (): void => {
    for (const one of consoles.values()) {
      if (now - one.lastAt > limits.retired_days * dayMs) consoles.delete(one.console);
      else one.work += 1;
    }
    show();
  };
  return {
    note: (event) => {
      now = Math.max(now, event.at);
      if (event.kind === "access" && !robots.has(event.agent.id)) {
        noteAccess(event.console, event.at);
      }
      if (event.kind === "ticket" && isWork(event, robots)) noteWork();
    },
    silent: () => silent().map((one) => one.console),
    save: () => JSON.stringify({ now, consoles: [...consoles.values()] }),
    load: (state) => {
      const saved = z
        .object({ now: z.number(), consoles: z.array(watchedSchema) })
        .parse(JSON.parse(state));
      now = saved.now;
      for (const one of saved.consoles) consoles.set(one.console, one);
      show();
    },
  };
}

const isWork = ({ type, agentId }: TicketEvent, robots: Pick<RobotBook, "has">): boolean =>
  agentId !== undefined && workTypes.has(type) && !robots.has(agentId);

/** The most work without an access that is no silence yet. */
const bearable = ({ longest }: Watched, { work_min, times_longest }: Limits): number =>
  Math.max(work_min, times_longest * longest);

function isSilent(one: Watched, now: number, limits: Limits): boolean {
  const { accesses_min, silence_minutes } = limits;
  if (one.accesses < accesses_min || now - one.lastAt < silence_minutes * minuteMs) return false;
  return one.work > bearable(one, limits);
}
