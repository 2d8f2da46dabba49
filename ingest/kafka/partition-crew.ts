/** What is told to all partitions of a consumer at once, and what they are told of the broker. */
import type { Metrics } from "../runtime/metrics.ts";
import type { ClockWatch } from "./clock-watch.ts";
import type { DecodedAhead } from "./decoded-ahead.ts";
import type { GroupReader } from "./group-reader.ts";
import { kafkaRecord } from "./kafka-record.ts";
import type { LagGauge } from "./lag-gauge.ts";
import type { ReadBatch } from "./membership.ts";
import type { PartitionRunner } from "./partition-runner.ts";

interface CrewDeps {
  readonly metrics: Metrics;
  readonly decodedAhead?: DecodedAhead;
}

/** Longest wait for the last writes at a stop. Milliseconds. */
const drainMsMax = 6_000;

export function tickAll(
  { metrics }: CrewDeps,
  runners: readonly PartitionRunner[],
  clockWatch: Pick<ClockWatch, "tick">,
): void {
  clockWatch.tick();
  for (const runner of runners) runner.dispatch({ kind: "tick" });
  metrics.gauge("deskwatch_ingest_buffered_records", {}, bufferedRecords(runners));
  if (runners.some(isHalted)) metrics.gauge("deskwatch_ingest_halted", {}, 1);
}

export function loseAll({ decodedAhead, metrics }: CrewDeps, lost: readonly PartitionRunner[]) {
  for (const runner of lost) {
    runner.dispatch({ kind: "revoked" });
    decodedAhead?.leave(runner.at);
  }
  metrics.gauge("deskwatch_ingest_halted", {}, 0);
}

export const isWorking = (runner: PartitionRunner): boolean =>
  !["unassigned", "recovering", "halted"].includes(runner.state().phase.kind);

const isHalted = (runner: PartitionRunner): boolean => runner.state().phase.kind === "halted";

const bufferedRecords = (runners: readonly PartitionRunner[]): number =>
  runners.reduce((sum, runner) => sum + runner.state().records.length, 0);

export async function drain(runners: readonly PartitionRunner[]): Promise<void> {
  for (const runner of runners) runner.dispatch({ kind: "drain" });
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, drainMsMax);
  });
  await Promise.race([Promise.all(runners.map((runner) => runner.drained)), bound]);
  clearTimeout(timer);
}

interface Delivery {
  readonly reader: GroupReader;
  readonly lag: LagGauge;
}

export async function deliver(
  runner: PartitionRunner,
  batch: ReadBatch,
  { reader, lag }: Delivery,
): Promise<void> {
  const epoch = reader.epoch();
  const records = batch.messages.map(kafkaRecord);
  const first = records[0]?.offset ?? batch.end;
  // Whether the offsets in between were compacted or lost is told by where the log begins now.
  const isAhead = first > runner.state().readEnd;
  const low = isAhead ? ((await reader.bounds(batch.topic)).get(batch.partition)?.low ?? 0) : 0;
  if (reader.epoch() !== epoch) return;
  lag.note(batch);
  runner.dispatch({ kind: "read", records, end: batch.end, low });
}
