/**
 * What detection costs: microseconds per event of all detectors together, and bytes of state per agent.
 *
 *   npx tsx test/bench/detect.ts [FILE.ndjson.gz …]
 *
 * Without a file it scores a seeded desk. Time is the process's own CPU time, so that a busy machine does not
 * count; decoding is not part of it.
 */
import { createEngine, type Engine } from "../../detectors/engine/engine.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { fixtureEvents } from "../helpers/fixture-events.ts";
import { ordinaryWork } from "../helpers/support-desk.ts";

interface DetectRow {
  readonly input: string;
  readonly events: number;
  readonly microsecondsPerEvent: number;
  readonly agents: number;
  readonly stateBytesMedian: number;
  readonly stateBytesP99: number;
}

const newEngine = (): Engine =>
  createEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] });

function score(engine: Engine, events: readonly ConsoleEvent[]): number {
  const from = process.cpuUsage();
  for (const event of events) engine.step(event);
  const { user, system } = process.cpuUsage(from);
  return (user + system) / events.length;
}

function measure(input: string, events: readonly ConsoleEvent[]): DetectRow {
  score(newEngine(), events.slice(0, 20_000));
  const engine = newEngine();
  const microsecondsPerEvent = score(engine, events);
  const bytes = engine
    .snapshotDirty()
    .filter(({ key }) => key.startsWith("agent/"))
    .map(({ state }) => Buffer.byteLength(state))
    .sort((a, b) => a - b);
  return {
    input,
    events: events.length,
    microsecondsPerEvent,
    agents: bytes.length,
    stateBytesMedian: bytes[Math.floor(bytes.length / 2)] ?? 0,
    stateBytesP99: bytes[Math.floor(bytes.length * 0.99)] ?? 0,
  };
}

export function bench(files: readonly string[]): DetectRow[] {
  if (files.length > 0) return files.map((file) => measure(file, fixtureEvents(file)));
  return [measure("seeded desk", ordinaryWork({ seed: 1, agents: 200, days: 30 }))];
}

for (const row of bench(process.argv.slice(2))) {
  const { input, events, agents, stateBytesMedian, stateBytesP99 } = row;
  process.stdout.write(
    `${input}: ${events} events, ${row.microsecondsPerEvent.toFixed(1)} µs an event; ` +
      `${agents} agents, state ${stateBytesMedian} bytes (p99 ${stateBytesP99})\n`,
  );
}
