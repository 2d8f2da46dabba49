/**
 * Consoles whose accesses stay away while work goes on: a producer has died, or somebody has cut the log.
 *
 * Counts the replies, calls and chats of agents since the last access of each console. A console is silent when that is
 * three times as many as ever lay between two accesses of it, and a quarter of an hour has gone by: what is usual
 * is its own, so a console that few use may rest for long. Robots are left out, whose accesses may go on. A silence is
 * learnt only up to where it was told. State: 5 values for each of at most 64 consoles. O(consoles) per ticket event.
 */
import { z } from "zod";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { ConsoleEvent, TicketEvent } from "../../ingest/vocabulary/event.ts";
import type { RobotBook } from "./robot-book.ts";

/** Beyond it the console that was seen longest ago is forgotten, and counted. */
export const consolesMax = 64;
/** Accesses before it is known what is usual. */
const accessesMin = 500;
/** Replies, calls and chats without an access that are never a silence. */
const workMin = 30;
const timesLongest = 3;
const silenceMs = 15 * 60_000;
/** A console that nobody has used for so long is in use no more. */
const retiredMs = 7 * 86_400_000;

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

export interface ConsoleWatch {
  readonly note: (event: ConsoleEvent) => void;
  /** Consoles that are silent now. */
  readonly silent: () => readonly string[];
  readonly save: () => string;
  /** Throws ZodError or SyntaxError if `state` is no watch of consoles. */
  readonly load: (state: string) => void;
}

export function createConsoleWatch(
  robots: Pick<RobotBook, "has">,
  metrics: Pick<Metrics, "count" | "gauge"> | undefined,
): ConsoleWatch {
  /** The one used longest ago first. */
  const consoles = new Map<string, Watched>();
  let now = 0;
  const silent = () => [...consoles.values()].filter((one) => isSilent(one, now));
  let shown = -1;
  const show = (): void => {
    const count = silent().length;
    if (count !== shown) metrics?.gauge("deskwatch_detect_silent_consoles", {}, count);
    shown = count;
  };
  show();
  const noteAccess = (console: string, at: number): void => {
    const known = consoles.get(console) ?? { console, lastAt: 0, accesses: 0, work: 0, longest: 0 };
    const wasSilent = isSilent(known, now);
    known.longest = Math.max(known.longest, Math.min(known.work, bearable(known)));
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
      if (now - one.lastAt > retiredMs) consoles.delete(one.console);
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
const bearable = ({ longest }: Watched): number => Math.max(workMin, timesLongest * longest);

function isSilent(one: Watched, now: number): boolean {
  if (one.accesses < accessesMin || now - one.lastAt < silenceMs) return false;
  return one.work > bearable(one);
}
