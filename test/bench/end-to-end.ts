/**
 * Kafka to rows and alerts as a whole: a backlog, the rate that holds, the time to an alert, a restart, and what it
 * takes in memory and on disk; beside it what the machine and a hand-written loop do with the same bytes.
 */
import { join } from "node:path";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { testStoreOptions } from "../helpers/store.ts";
import { type BenchRow, cost, type Limit, rate } from "./bench-row.ts";
import { answerOf } from "./child.ts";
import { type Drained, plainDrained, serviceDrained } from "./drain.ts";
import { insertRate, storedBytes } from "./footprint.ts";
import { type Service, type ServicePlace, startService, untilReady } from "./service.ts";
import { fill, openStage, type Stage } from "./stage.ts";
import { sustainedEventsMax, sustainedRate } from "./sustained.ts";
import { quantileOf, touchEvents, touchTimes } from "./touches.ts";

const eventsPerSecondMin = 20_000;
const residentMegabytesMax = 1_000;
const latencyMsMax = 2_000;
const restartMsMax = 10_000;
const megabyte = 1e6;

/** `backlog`: events that wait in the topics before anything reads them. */
export async function benchEndToEnd(folder: string, backlog: number): Promise<BenchRow[]> {
  const stage = await openStage(folder, backlog + touchEvents + sustainedEventsMax);
  try {
    const config = stage.config("whole");
    await fill(stage, config, { from: 0, count: backlog });
    const consumed = await plainDrained(
      stage,
      { config, groupId: "raw", mode: "consume" },
      backlog,
    );
    const looped = await plainDrained(stage, { config, groupId: "loop", mode: "insert" }, backlog);
    const insertPerSecond = await insertRate(stage.mix);
    const dataDir = join(folder, "whole");
    const place: ServicePlace = { config, dataDir, listsPath: stage.mix.listsPath };
    const service = await startService(place);
    const drained = await serviceDrained(service, backlog);
    const insertLimit = { name: "the engine's inserts of the same rows", value: insertPerSecond };
    return [
      ...drainRows({ drained, consumed, looped, insertLimit }),
      ...(await liveRows(stage, { service, place, backlog, consumed, looped })),
    ];
  } finally {
    await stage.stop();
  }
}

interface Drains {
  readonly drained: Drained;
  readonly consumed: Drained;
  readonly looped: Drained;
  readonly insertLimit: Limit;
}

function drainRows({ drained, consumed, looped, insertLimit }: Drains): BenchRow[] {
  const drain = (name: string, limit: Limit) =>
    rate({
      name: `end_to_end.${name}`,
      value: drained.eventsPerSecond,
      unit: "events/s",
      target: eventsPerSecondMin,
      limit,
    });
  const loopName = "a hand-written loop into the same engine";
  return [
    drain("backlog", { name: "kafkajs alone, nothing done", value: consumed.eventsPerSecond }),
    drain("backlog_insert", insertLimit),
    drain("backlog_loop", { name: loopName, value: looped.eventsPerSecond }),
    cost({
      name: "end_to_end.backlog_cpu",
      value: drained.cpuMicrosecondsPerEvent,
      unit: "µs CPU/event",
      limit: { name: loopName, value: looped.cpuMicrosecondsPerEvent },
    }),
  ];
}

interface Live {
  readonly service: Service;
  readonly place: ServicePlace;
  readonly backlog: number;
  readonly consumed: Drained;
  readonly looped: Drained;
}

async function liveRows(stage: Stage, live: Live): Promise<BenchRow[]> {
  const { service, place, backlog, consumed, looped } = live;
  const { config } = place;
  await untilReady(service);
  const times = await touchTimes(stage, { service, config, from: backlog });
  const had = await settledAt(service, backlog + touchEvents + times.visible.length);
  const sustained = await sustainedRate(stage, {
    service,
    config,
    from: backlog + touchEvents,
    had,
  });
  const { residentBytesMax } = service.child.usage();
  await service.kill();
  const restarted = await restarts(place);
  const bytes = await storedBytes(stage.mix, place.dataDir, had + sustained.sent);
  const acknowledged = {
    name: "the broker's acknowledgement of the touch",
    times: times.acknowledged,
  };
  const latency = (name: string, part: number) =>
    cost({
      name: `end_to_end.${name}`,
      value: quantileOf(times.visible, part),
      unit: "ms",
      target: latencyMsMax,
      limit: { name: acknowledged.name, value: quantileOf(acknowledged.times, part) },
    });
  return [
    rate({
      name: "end_to_end.sustained",
      value: sustained.perSecond,
      unit: "events/s",
      target: eventsPerSecondMin,
      limit: { name: "kafkajs alone, nothing done", value: consumed.eventsPerSecond },
    }),
    latency("alert_p50", 0.5),
    latency("alert_p99", 0.99),
    cost({
      name: "end_to_end.resident",
      value: residentBytesMax / megabyte,
      unit: "MB at most",
      target: residentMegabytesMax,
      limit: {
        name: "the hand-written loop with the same engine",
        value: looped.usage.residentBytesMax / megabyte,
      },
    }),
    ...restartRows(restarted),
    ...bytes,
  ];
}

const restartRows = ({ afterKill, afterStop, storeAlone }: Restarts): BenchRow[] =>
  Object.entries({ restart: afterStop, restart_killed: afterKill }).map(([name, value]) =>
    cost({
      name: `end_to_end.${name}`,
      value,
      unit: "ms",
      target: restartMsMax,
      limit: { name: "opening the same store alone", value: storeAlone },
    }),
  );

/** Waits until everything sent so far is stored and scored; returns how many that is. */
async function settledAt(service: Service, events: number): Promise<number> {
  const isAll = async () => {
    const { stored, scored } = await service.progress();
    return Math.min(stored, scored) >= events ? events : undefined;
  };
  return answerOf(service.child, isAll, { msMax: 120_000 });
}

interface Restarts {
  readonly afterKill: number;
  readonly afterStop: number;
  readonly storeAlone: number;
}

/** From the start of the process until it is ready, ms, and the store's share of it. */
async function restarts(place: ServicePlace): Promise<Restarts> {
  const opened = performance.now();
  const store = await openStore(testStoreOptions(place.dataDir));
  await store.reader.query("SELECT 1 AS one", {});
  const storeAlone = performance.now() - opened;
  await store.close();
  const afterKill = await restart(place);
  return { afterKill, afterStop: await restart(place), storeAlone };
}

async function restart(place: ServicePlace): Promise<number> {
  const from = performance.now();
  const service = await startService(place);
  await untilReady(service);
  const ms = performance.now() - from;
  await service.stop();
  return ms;
}
