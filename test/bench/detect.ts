/**
 * What detection costs: microseconds per event of all detectors together, and bytes of state per agent; then of each
 * detector what is its own. What they share (windows, baselines, evidence, alerts, acquaintances) is nobody's.
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
import { stateShares, timeShares } from "./detector-shares.ts";

interface DetectRow {
  readonly input: string;
  readonly events: number;
  readonly microsecondsPerEvent: number;
  readonly agents: number;
  readonly stateBytesMedian: number;
  readonly stateBytesP99: number;
  readonly detectors: readonly DetectorRow[];
}

interface DetectorRow {
  readonly detector: string;
  readonly microsecondsPerEvent: number;
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

async function measure(input: string, events: readonly ConsoleEvent[]): Promise<DetectRow> {
  score(newEngine(), events.slice(0, 20_000));
  const engine = newEngine();
  const microsecondsPerEvent = score(engine, events);
  const rows = engine.snapshotDirty();
  const bytes = rows
    .filter(({ key }) => key.startsWith("agent/"))
    .map(({ state }) => Buffer.byteLength(state))
    .sort((a, b) => a - b);
  const profiled = newEngine();
  const times = await timeShares(() => score(profiled, events));
  return {
    input,
    events: events.length,
    microsecondsPerEvent,
    agents: bytes.length,
    stateBytesMedian: quantileOf(bytes, 0.5),
    stateBytesP99: quantileOf(bytes, 0.99),
    detectors: [...stateShares(rows)].map(([detector, own]) => ({
      detector,
      microsecondsPerEvent: microsecondsPerEvent * (times.get(detector) ?? 0),
      stateBytesP99: quantileOf(own, 0.99),
    })),
  };
}

/** `values` ascend. */
const quantileOf = (values: readonly number[], part: number): number =>
  values[Math.floor(values.length * part)] ?? 0;

async function bench(files: readonly string[]): Promise<DetectRow[]> {
  if (files.length === 0) {
    return [await measure("seeded desk", ordinaryWork({ seed: 1, agents: 200, days: 30 }))];
  }
  const rows: DetectRow[] = [];
  for (const file of files) rows.push(await measure(file, fixtureEvents(file)));
  return rows;
}

for (const row of await bench(process.argv.slice(2))) {
  const { input, events, agents, stateBytesMedian, stateBytesP99 } = row;
  process.stdout.write(
    `${input}: ${events} events, ${row.microsecondsPerEvent.toFixed(1)} µs an event; ` +
      `${agents} agents, state ${stateBytesMedian} bytes (p99 ${stateBytesP99})\n`,
  );
  for (const own of row.detectors) {
    process.stdout.write(
      `  ${own.detector}: ${own.microsecondsPerEvent.toFixed(2)} µs, state p99 ${own.stateBytesP99} bytes\n`,
    );
  }
}
