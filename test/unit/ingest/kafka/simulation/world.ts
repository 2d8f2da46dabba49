/**
 * The simulated world: members of a consumer group, a topic, a coordinator and a database, moved by the acts of a
 * schedule and by nothing else. The same schedule gives the same story.
 *
 * Members run production code down to the client's edge, asynchronous as it is: membership with its epoch check,
 * the partition runner, the step, the range writer, the audit store. A second, synchronous model of the writer
 * would be faster, but its order of checks would be a copy. Between two acts all promises that can go on do.
 */
import { step } from "../../../../../ingest/kafka/range-step.ts";
import type { Act, Fate, Schedule } from "./act.ts";
import { calmDown } from "./calm.ts";
import { type Coverage, pairOf } from "./coverage.ts";
import { createCrew, isDraining } from "./crew.ts";
import { createSafetyCheck, type Violation } from "./invariants.ts";
import type { Mutation } from "./mutation.ts";
import { createSimulatedCoordinator } from "./simulated-coordinator.ts";
import { createSimulatedDatabase } from "./simulated-database.ts";
import { createSimulatedLog } from "./simulated-log.ts";
import { createSimulatedNetwork } from "./simulated-network.ts";
import { describeAct, describeStep } from "./trace.ts";
import type { SimulatedMember, WorldServices } from "./world-services.ts";

export interface World {
  readonly perform: (act: Act) => Promise<void>;
  /** Ends all faults and lets everybody work. */
  readonly calmDown: () => Promise<void>;
  /** The first one. */
  readonly violation: () => Violation | undefined;
}

export interface WorldOptions {
  readonly schedule: Schedule;
  readonly mutation: Mutation;
  readonly coverage: Coverage;
  /** Filled with one line an act; absent: nothing is written down. */
  readonly trace?: string[];
}

type Of<Kind extends Act["kind"]> = Extract<Act, { readonly kind: Kind }>;

/** 2026-03-01, after every event of this world. */
const beginning = Date.UTC(2026, 2, 1);
const expiryMs = 8 * 24 * 60 * 60 * 1_000;
/** Requests of one act. */
const servedMax = 50;

/** Everything that can go on without the world does: a tick comes when no promise has anything left to do. */
const flush = () => new Promise<void>((resolve) => process.nextTick(resolve));

const picked = <Value>(among: readonly Value[], pick: number): Value | undefined =>
  among[pick % among.length];

export function createWorld({ schedule, mutation, coverage, trace }: WorldOptions): World {
  const log = createSimulatedLog(schedule.seed, schedule.partitions);
  const coordinator = createSimulatedCoordinator(schedule.partitions, schedule.seed % 4 === 0);
  let now = beginning;
  const database = createSimulatedDatabase(() => now);
  const network = createSimulatedNetwork();
  let found: Violation | undefined;
  let notes: string[] = [];
  const count = (fault: string): void => {
    coverage[fault] = (coverage[fault] ?? 0) + 1;
  };
  const note = (text: () => string): void => {
    if (trace !== undefined) notes.push(text());
  };
  const services: WorldServices = {
    now: () => now,
    log,
    coordinator,
    database,
    network,
    count,
    fail: (code) => {
      found ??= { name: "gave up", detail: code };
    },
    stepOf: (member) => (state, event, limits) => {
      const stepped = step(state, event, limits);
      count(pairOf(state.phase.kind, event.kind));
      note(() => describeStep(member, state.phase.kind, event, stepped.effects));
      return stepped;
    },
  };
  const crew = createCrew(services, mutation);
  const safety = createSafetyCheck(services);
  const settle = async (): Promise<void> => {
    await flush();
    found ??= safety.violation();
  };
  const pass = (ms: number): void => {
    now += ms;
    for (const member of crew.running()) member.tick();
  };
  const runningAt = (pick: number): SimulatedMember | undefined => {
    const member = picked(crew.running(), pick);
    if (member !== undefined) note(() => member.name);
    return member;
  };

  async function serve({ member, pick, count: times, fate }: Of<"serve">): Promise<void> {
    const waiting = crew.alive().filter(({ key }) => network.waiting(key) > 0);
    const served = picked(waiting, member);
    if (served === undefined) return;
    const met = (meets: Fate) => serveOnce(served, pick, meets);
    const last = served.status.isStopped ? 1 : servedMax;
    await serveUntil({ times, last, fate, met, settle, hasFailed: () => found !== undefined });
  }

  /** What the request met; a stopped member hears of nothing. */
  function serveOnce(member: SimulatedMember, pick: number, fate: Fate): Fate | undefined {
    const { isStopped } = member.status;
    const served = isStopped
      ? network.serveUnheard(member.key, pick)
      : network.serve(member.key, pick, fate);
    if (served === undefined) return undefined;
    if (served.met !== "ok") count(`${served.kind} ${served.met}`);
    note(() => `${served.text()}: ${isStopped ? "unheard" : served.met}`);
    return served.met;
  }

  function everybodyDown(): void {
    for (const member of crew.alive()) member.dieAfter(0);
    for (const { key } of crew.all()) coordinator.leave(key);
    network.forgetAll();
  }

  function expire(): void {
    everybodyDown();
    coordinator.expire();
    now += expiryMs;
  }

  function restore({ inserts }: Of<"restore">): void {
    everybodyDown();
    database.restore(inserts);
    safety.restored();
  }

  const performers: { readonly [Kind in Act["kind"]]: (act: Of<Kind>) => void | Promise<void> } = {
    produce: ({ partition, records }) => log.produce(partition % log.partitions, records),
    fetch: async ({ member, pick, records }) => {
      const reading = runningAt(member);
      const partition = picked(reading?.owned() ?? [], pick);
      if (partition !== undefined) await reading?.fetch(partition, records);
    },
    serve,
    land: ({ pick }) => {
      const landed = network.land(pick);
      if (landed === undefined) return;
      count(`${landed.kind} late or begun, landed`);
      note(() => landed.text());
    },
    pass: ({ ms }) => pass(ms),
    start: ({ member: pick, scale, skew }) => crew.start({ pick, scale, skew }),
    crash: ({ member, calls }) => runningAt(member)?.dieAfter(calls),
    set_clock: ({ member, offMs }) => {
      const running = runningAt(member);
      if (running !== undefined) running.status.offMs = offMs;
    },
    stop: ({ member }) => {
      const running = runningAt(member);
      if (running !== undefined) running.status.isStopped = true;
    },
    resume: ({ member }) => {
      const stopped = picked(crew.alive(), member);
      if (stopped !== undefined) stopped.status.isStopped = false;
    },
    evict: ({ member }) => {
      const known = crew.all().filter(({ key }) => coordinator.has(key));
      coordinator.leave(picked(known, member)?.key ?? "");
    },
    rejoin: ({ member }) => {
      const stale = crew.running().filter((other) => other.isStale());
      picked(stale, member)?.rejoin();
    },
    drain: ({ member }) => {
      const running = runningAt(member);
      if (running !== undefined && !isDraining(running)) running.drain();
    },
    leave: ({ member }) => {
      const leaving = picked(crew.running().filter(isDraining), member);
      if (leaving !== undefined) crew.leave(leaving);
    },
    cut: ({ partition, offsets }) => log.cut(partition % log.partitions, offsets),
    expire,
    restore,
  };

  return {
    perform: async (act) => {
      notes = [];
      await performers[act.kind](act as never);
      await settle();
      count(`act ${act.kind}`);
      trace?.push([describeAct(act), ...notes].join("; "));
    },
    calmDown: async () => {
      notes = [];
      const options = { world: services, crew, settle, pass, note };
      const rest = await calmDown({ ...options, hasFailed: () => found !== undefined });
      found ??= rest;
      trace?.push(["faults stop", ...notes].join("; "));
    },
    violation: () => found,
  };
}

interface Serving {
  /** Requests that are served well before the fate comes. */
  readonly times: number;
  readonly last: number;
  readonly fate: Fate;
  /** What the next request met; `undefined`: there is none. */
  readonly met: (meets: Fate) => Fate | undefined;
  readonly settle: () => Promise<void>;
  readonly hasFailed: () => boolean;
}

/** The fate waits for a request that can meet it. */
async function serveUntil({ times, last, fate, met, settle, hasFailed }: Serving): Promise<void> {
  for (let time = 1; time <= last && !hasFailed(); time += 1) {
    const meets = time < times ? "ok" : fate;
    const outcome = met(meets);
    if (outcome !== undefined) await settle();
    if (outcome === undefined || (time >= times && outcome === meets)) return;
  }
}
