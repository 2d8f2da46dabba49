/**
 * The mix that everything end to end works on: working days of a large desk, all four kinds of events, pages of
 * several subjects, and one misuse of each kind that comes early enough to be in a short run.
 */
import { closeSync, createReadStream, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { dayMs, hourMs, weekdayOf } from "../../ingest/simulator/calendar.ts";
import { labelledStream } from "../../ingest/simulator/demo-month.ts";
import { createDesk } from "../../ingest/simulator/desk.ts";
import { misuses } from "../../ingest/simulator/misuse-catalogue.ts";
import { plainProfile } from "../../ingest/simulator/profile.ts";
import { keyOf, type WireSubjectRef } from "../../ingest/simulator/wire-event.ts";
import type { EventKind } from "../../ingest/vocabulary/event.ts";

export interface Mix {
  readonly path: string;
  readonly events: number;
  /** Of the events as JSON, without keys and line ends. */
  readonly bytes: number;
  /** Agents with at least one access within the first `events / 2`. */
  readonly agents: number;
  /** Subject lists as `DESKWATCH_SUBJECT_LISTS_FILE` takes them. */
  readonly listsPath: string;
  readonly canary: WireSubjectRef;
}

/** A desk of which more than 5,000 agents do something within 200,000 events. */
const desk = {
  seed: "bench",
  agents: 8_000,
  profile: { ...plainProfile, contactsPerAgentDay: 4 },
} as const;
/** Nothing of the mix may lie ahead of the clock, and the first days are working days. */
const daysAgoMin = 9;
const tuesday = 2;
const daysMax = 9;
const linesPerWrite = 1_000;

/** Writes `<kind> TAB <key> TAB <JSON>` lines, so that whoever produces them need not parse. */
export function writeMix(folder: string, eventsMax: number, agentCount: number = desk.agents): Mix {
  const made = createDesk({ ...desk, agents: agentCount, start: startOf(systemClock.now()) });
  const single = misuses.filter(({ id, scenario }) => id === scenario);
  const incidents = single.map(({ id }, index) => ({ id, at: made.start + (4 + index) * hourMs }));
  const path = join(folder, "mix.tsv");
  const listsPath = join(folder, "lists.json");
  writeFileSync(listsPath, JSON.stringify(made.config));
  const file = openSync(path, "w");
  const agents = new Set<string>();
  let events = 0;
  let bytes = 0;
  let lines: string[] = [];
  const flush = (): void => {
    writeSync(file, lines.join(""));
    lines = [];
  };
  for (const event of labelledStream(made, daysMax, incidents).events) {
    const text = JSON.stringify(event);
    lines.push(`${event.kind}\t${keyOf(event)}\t${text}\n`);
    events += 1;
    bytes += Buffer.byteLength(text);
    if (event.kind === "access" && events <= eventsMax / 2) agents.add(event.agent.id);
    if (lines.length >= linesPerWrite) flush();
    if (events >= eventsMax) break;
  }
  flush();
  closeSync(file);
  const [canary] = made.config.canary_subjects;
  if (canary === undefined) throw new Error("the desk has no canary");
  return { path, events, bytes, agents: agents.size, listsPath, canary };
}

function startOf(now: number): number {
  let day = Math.floor(now / dayMs - daysAgoMin) * dayMs;
  while (weekdayOf(day) !== tuesday) day -= dayMs;
  return day;
}

export interface MixLine {
  readonly kind: EventKind;
  readonly key: string;
  readonly text: string;
}

/** `count` lines of the mix from the `from`th on. */
export async function* mixLines(
  path: string,
  from: number,
  count: number,
): AsyncGenerator<MixLine> {
  const input = createReadStream(path);
  let index = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (index >= from + count) break;
    if (index >= from) yield lineOf(line);
    index += 1;
  }
  input.destroy();
}

function lineOf(line: string): MixLine {
  const first = line.indexOf("\t");
  const second = line.indexOf("\t", first + 1);
  // Written by `writeMix`.
  const kind = line.slice(0, first) as EventKind;
  return { kind, key: line.slice(first + 1, second), text: line.slice(second + 1) };
}
