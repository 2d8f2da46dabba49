/**
 * One ingest process of the simulated world. Membership, partition runners, range writer and audit store are
 * production code; the client below them is this world's. The wiring follows `createIngestConsumer`.
 *
 * Everything outward passes `call`, so that the process can die between any two of its effects.
 */
import type { EachBatchPayload, PartitionOffset } from "kafkajs";
import { linkedEnd, storedEnd } from "../../../../../ingest/clickhouse/read-back.ts";
import { createForeignRecords } from "../../../../../ingest/kafka/foreign-records.ts";
import type { GroupReader } from "../../../../../ingest/kafka/group-reader.ts";
import { parseNote } from "../../../../../ingest/kafka/intent.ts";
import { kafkaRecord } from "../../../../../ingest/kafka/kafka-record.ts";
import {
  createMembership,
  type Membership,
  type ReadBatch,
} from "../../../../../ingest/kafka/membership.ts";
import {
  createPartitionRunner,
  type PartitionRunner,
  type PartitionRunnerDeps,
} from "../../../../../ingest/kafka/partition-runner.ts";
import type { Committed } from "../../../../../ingest/kafka/range-state.ts";
import type { RangeWrite, WriteResult } from "../../../../../ingest/kafka/range-writer.ts";
import { createWriteLine } from "../../../../../ingest/kafka/write-line.ts";
import { createWriteTurns } from "../../../../../ingest/kafka/write-turns.ts";
import { epochMs } from "../../../../../ingest/vocabulary/brand.ts";
import { BrokerError } from "./broker-error.ts";
import { limitsOf } from "./limits.ts";
import { silentLog, silentMetrics } from "./silence.ts";
import { source, topic } from "./simulated-log.ts";
import { createMemberStore } from "./simulated-store.ts";
import { freshStatus, type MemberOptions, type SimulatedMember } from "./world-services.ts";

interface Client {
  generation: number;
  readonly cursors: Map<number, number>;
  readonly paused: Set<number>;
  callsLeft: number;
}

/** The client's types lack what it sends along. */
type CommitEntry = PartitionOffset & { readonly metadata: string };

/** Calls of a process that nobody ends. */
const never = Number.POSITIVE_INFINITY;

export function createSimulatedMember(options: MemberOptions): SimulatedMember {
  const { key, world, mutation } = options;
  const { coordinator, log, network } = world;
  const client: Client = { generation: 0, cursors: new Map(), paused: new Set(), callsLeft: never };
  const runners = new Map<number, PartitionRunner>();
  const draining: Promise<void>[] = [];
  const status = freshStatus();
  const clock = { now: () => epochMs(world.now() + options.skewMs + status.offMs) };
  const die = (): void => {
    status.isDead = true;
    network.abandon(key);
  };
  /** Whether the process is still there to make its next call. */
  const call = (): boolean => {
    if (status.isDead) return false;
    if (client.callsLeft > 0) {
      client.callsLeft -= 1;
      return true;
    }
    die();
    return false;
  };
  const store = createMemberStore({ key, world, mutation, clock, call });
  const foreign = createForeignRecords(store.auditStore);

  const learnForeign = mutation.learnsOnlyAtStart === true ? async () => undefined : foreign.learn;

  const membership: Membership = (mutation.membership ?? ((same) => same))(
    createMembership(
      {
        onLost: () => {
          const lost = [...runners.values()];
          runners.clear();
          for (const runner of lost) runner.dispatch({ kind: "revoked" });
        },
        onAssigned: (assigned) => {
          foreign.suspect();
          for (const at of assigned) {
            const runner = createPartitionRunner({ at, ...deps });
            runners.set(at.partition, runner);
            runner.dispatch({ kind: "assigned" });
          }
        },
        onBatch: async (batch) => read(batch),
      },
      silentLog,
    ),
  );

  function read({ partition, messages, end }: ReadBatch): void {
    const runner = runners.get(partition);
    if (runner === undefined) return;
    const records = messages.map(kafkaRecord);
    const isAhead = (records[0]?.offset ?? end) > runner.state().readEnd;
    const low = isAhead ? believedLow(log.low(partition)) : 0;
    runner.dispatch({ kind: "read", records, end, low });
  }

  const believedLow = mutation.low ?? ((low: number) => low);

  /** The client sends what it is given under the generation that it is in by then. */
  const commitOnce = (request: Parameters<EachBatchPayload["commitOffsetsIfNecessary"]>[0]) =>
    new Promise<void>((resolve, reject) => {
      if (!call()) return;
      const { generation } = client;
      const entries = (request?.topics.flatMap((one) => one.partitions) ?? []) as CommitEntry[];
      const commits = entries.map(({ partition, offset, metadata }) => {
        const place = { member: key, generation, partition, offset: Number(offset) };
        return { ...place, metadata, wasReset: false };
      });
      let isTaken = false;
      network.send(key, {
        kind: "commit",
        text: () =>
          `${options.name} commit ${commits
            .map(({ partition, offset, metadata }) => `p${partition} ${offset} "${metadata}"`)
            .join(" ")}`,
        finish: () => {
          isTaken = commits.every((commit) => coordinator.take(commit));
        },
        answer: () => (isTaken ? resolve() : reject(new BrokerError("ILLEGAL_GENERATION"))),
        fail: () => reject(new BrokerError("REQUEST_TIMED_OUT")),
      });
    });

  const reader: GroupReader = {
    start: async () => undefined,
    stop: async () => undefined,
    epoch: () => membership.epoch(),
    signsOfLife: () => ({ joinedAt: epochMs(0), beatAt: epochMs(0) }),
    commit: (commit, epoch) => membership.commit(commit, epoch),
    pause: ({ partition }) => client.paused.add(partition),
    resume: ({ partition }) => client.paused.delete(partition),
    seek: ({ partition }, offset) => client.cursors.set(partition, offset),
    committed: ({ partition }) =>
      new Promise<Committed>((resolve) => {
        if (!call()) return;
        let found: Committed | undefined;
        network.send(key, {
          kind: "committed",
          text: () => `${options.name} asks what is committed of p${partition}`,
          finish: () => {
            const { offset, metadata, wasReset } = coordinator.committed(partition);
            const low = believedLow(log.low(partition));
            const high = log.high(partition);
            found = { offset, ...parseNote(metadata), wasReset, low, high };
          },
          answer: () => found !== undefined && resolve((mutation.committed ?? same)(found)),
          fail: () => undefined,
        });
      }),
    bounds: async () => new Map(),
  };

  const line = createWriteLine(
    { ...store, learnForeign, deadLetters, guard, clock, ...silent },
    limitsOf(options.scale),
  );
  const write = (asked: RangeWrite): Promise<WriteResult> => line((mutation.write ?? same)(asked));

  const deps: Omit<PartitionRunnerDeps, "at"> = {
    reader,
    write,
    storedEnd: ({ partition }) => storedEnd(store.reader, { source, partition }),
    turns: createWriteTurns(limitsOf(options.scale), () => [...runners.values()]),
    clock,
    linkedEnd: async ({ partition }) =>
      (mutation.linkedEnd ?? same)(await linkedEnd(store.reader, { source, partition })),
    onFallenBack: () => world.count("fell back behind a confirmed offset"),
    onGap: () => world.count("gap counted"),
    onHalt: () => world.fail("halted"),
    onFailure: (error) => world.fail("code" in error ? String(error.code) : "failed"),
    step: world.stepOf(options.name),
  };

  const join = (): void => {
    if (!coordinator.has(key)) coordinator.join(key);
    client.generation = coordinator.generation();
    client.cursors.clear();
    client.paused.clear();
    membership.joined(coordinator.owned(key).map((partition) => ({ topic, partition })));
  };

  /** An offset out of range makes the client commit that it starts over, without a word of the intent. */
  function reset(partition: number): void {
    const commit = { member: key, generation: client.generation, partition };
    const nothing = { offset: undefined, metadata: "", wasReset: true };
    if (coordinator.take({ ...commit, ...nothing })) world.count("offset reset by the client");
    client.cursors.set(partition, log.low(partition));
  }

  return {
    key,
    name: options.name,
    status,
    start: () => {
      void store.auditStore.warm();
      join();
    },
    isStale: () => client.generation !== coordinator.generation(),
    rejoin: () => {
      membership.lose();
      if (call()) join();
    },
    dieAfter: (calls) => {
      client.callsLeft = calls;
      if (calls === 0) die();
    },
    owned: () => [...runners.keys()],
    fetch: async (partition, records) => {
      const cursor = client.cursors.get(partition);
      if (cursor === undefined || client.paused.has(partition)) return false;
      if (cursor < log.low(partition)) reset(partition);
      const from = client.cursors.get(partition) ?? cursor;
      const messages = log.fetch(partition, from, records);
      const lastOffset = Number(messages.at(-1)?.offset ?? Number.NaN);
      if (messages.length === 0) return false;
      const payload = {
        batch: {
          topic,
          partition,
          messages,
          lastOffset: () => `${lastOffset}`,
          highWatermark: `${log.high(partition)}`,
        },
        isStale: () => false,
        resolveOffset: (offset: string) => client.cursors.set(partition, Number(offset) + 1),
        commitOffsetsIfNecessary: commitOnce,
      };
      await membership.deliver(payload as unknown as EachBatchPayload);
      return true;
    },
    tick: () => {
      for (const runner of runners.values()) runner.dispatch({ kind: "tick" });
    },
    drain: () => {
      status.drainingSince = world.now();
      for (const runner of runners.values()) {
        draining.push(runner.drained);
        runner.dispatch({ kind: "drain" });
      }
      void Promise.all(draining).then(() => {
        status.hasDrained = true;
      });
    },
    leave: () => {
      membership.end();
      coordinator.leave(key);
      die();
    },
  };
}

const same = <Value>(value: Value): Value => value;
const silent = { log: silentLog, metrics: silentMetrics };
const deadLetters = { publish: async () => undefined };
const guard = (): void => undefined;
