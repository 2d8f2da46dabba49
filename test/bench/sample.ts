/** The events that every bench works on: a seeded month of a support desk with its planted misuses. */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { systemClock } from "../../ingest/runtime/clock.ts";
import { demoMonth } from "../../ingest/simulator/demo-month.ts";
import type { RawRecord } from "../../ingest/vocabulary/outcome.ts";

const dayMs = 86_400_000;
const linesPerWrite = 1_000;

/** Writes NDJSON of at most `eventsMax` events of a desk that is large enough; returns their number. */
export function writeSample(path: string, eventsMax: number): number {
  const days = 30;
  const start = (Math.floor(systemClock.now() / dayMs) - days) * dayMs;
  // About 90 events an agent and day.
  const agents = Math.max(20, Math.ceil(eventsMax / (days * 60)));
  const file = openSync(path, "w");
  let written = 0;
  let lines: string[] = [];
  for (const event of demoMonth({ seed: "bench", start, agents, days }).events) {
    lines.push(`${JSON.stringify(event)}\n`);
    written += 1;
    if (lines.length >= linesPerWrite) writeSync(file, lines.splice(0).join(""));
    if (written >= eventsMax) break;
  }
  lines = lines.splice(0);
  writeSync(file, lines.join(""));
  closeSync(file);
  return written;
}

/** The lines of an NDJSON file, plain or .gz, as a source hands them over. */
export function recordsIn(path: string, recordsMax: number): RawRecord[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const lines = text.split("\n", recordsMax).filter((line) => line !== "");
  return lines.map((line, offset) => ({
    position: { source: "file:bench", partition: 0, offset },
    value: Buffer.from(line),
    headers: {},
  }));
}
