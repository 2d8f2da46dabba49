import { setImmediate } from "node:timers/promises";
import type { GroupReader } from "../../../../ingest/kafka/group-reader.ts";
import type { KafkaRecord } from "../../../../ingest/kafka/kafka-record.ts";
import {
  createPartitionRunner,
  type PartitionRunner,
} from "../../../../ingest/kafka/partition-runner.ts";
import type { RangeLimits } from "../../../../ingest/kafka/range-state.ts";
import type { RangeWrite, WriteResult } from "../../../../ingest/kafka/range-writer.ts";
import { createWriteTurns } from "../../../../ingest/kafka/write-turns.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";

const partitions = 12;
const rowsEach = 30;
const limits: RangeLimits = {
  batchRowsMax: 10,
  batchBytesMax: 1_000_000,
  batchMsMax: 1_000,
  bufferRowsMax: 20,
  bufferBytesMax: 2_000_000,
  writeMsMax: 15_000,
  idleMsMax: 1_000,
};

const nothingCommitted = {
  offset: 0,
  doubt: undefined,
  wasReset: false,
  intent: undefined,
  low: 0,
  high: rowsEach,
};

/** Accepts every commit, has nothing committed. */
const reader: GroupReader = {
  start: async () => undefined,
  stop: async () => undefined,
  epoch: () => 1,
  signsOfLife: () => ({ joinedAt: epochMs(0), beatAt: epochMs(0) }),
  commit: async () => "accepted",
  pause: () => undefined,
  resume: () => undefined,
  seek: () => undefined,
  committed: async () => nothingCommitted,
  bounds: async () => new Map(),
};

const recordAt = (offset: number): KafkaRecord => ({
  offset,
  bytes: 1,
  key: null,
  value: null,
  headers: {},
  undecodable: undefined,
});

const idleDeps = {
  reader,
  storedEnd: async () => 0,
  linkedEnd: async () => 0,
  onFallenBack: () => undefined,
  onGap: () => undefined,
  onHalt: () => undefined,
  onFailure: (error: Error) => {
    throw error;
  },
};

interface Written {
  readonly partition: number;
  readonly rows: number;
  readonly isLate: boolean;
}

/** All partitions have a backlog at once, and each write takes `writeMs`; returns the writes in their order. */
async function writesOfABacklog(writeMs: number): Promise<readonly Written[]> {
  let now = 1_000;
  const clock = { now: () => epochMs(now) };
  const written: Written[] = [];
  const runners: PartitionRunner[] = [];
  const turns = createWriteTurns(limits, () => runners);
  let last: Promise<unknown> = Promise.resolve();
  const write = ({ partition, records, deadline }: RangeWrite): Promise<WriteResult> => {
    const result = last.then((): WriteResult => {
      now += writeMs;
      written.push({ partition, rows: records.length, isLate: now > deadline });
      return "written";
    });
    last = result;
    return result;
  };
  for (let partition = 0; partition < partitions; partition += 1) {
    const runner = createPartitionRunner({
      at: { topic: "console.access", partition },
      ...idleDeps,
      write,
      turns,
      clock,
    });
    runners.push(runner);
    runner.dispatch({ kind: "assigned" });
  }
  await setImmediate();
  const records = Array.from({ length: rowsEach }, (_, offset) => recordAt(offset));
  for (const runner of runners) runner.dispatch({ kind: "read", records, end: rowsEach, low: 0 });
  // Each round lets everything happen that needs no time; there are fewer writes than rounds.
  for (let round = 0; round < partitions * rowsEach; round += 1) await setImmediate();
  return written;
}

/** All partitions have two records, of which none may wait any longer, and nothing is ever stored. */
function announcedOf(batchRowsMax: number): number {
  let now = 1_000;
  const runners: PartitionRunner[] = [];
  const turns = createWriteTurns({ ...limits, batchRowsMax }, () => runners);
  const never = new Promise<never>(() => undefined);
  const clock = { now: () => epochMs(now) };
  for (let partition = 0; partition < partitions; partition += 1) {
    const at = { topic: "console.access", partition };
    const runner = createPartitionRunner({ ...idleDeps, at, turns, clock, write: () => never });
    runners.push(runner);
    runner.dispatch({ kind: "assigned" });
    runner.dispatch({ kind: "committed", ...nothingCommitted, storedEnd: 0 });
  }
  for (const runner of runners) {
    runner.dispatch({ kind: "read", records: [recordAt(0), recordAt(1)], end: 2, low: 0 });
  }
  expect(runners.filter(isAnnounced)).toEqual([]);
  now += limits.batchMsMax;
  runners[0]?.dispatch({ kind: "tick" });
  return runners.filter(isAnnounced).length;
}

const isAnnounced = (runner: PartitionRunner): boolean =>
  runner.state().phase.kind === "announcing";

describe("partitions that have a little to write", () => {
  it("announce it together, as soon as one of them may wait no longer", () => {
    expect(announcedOf(partitions * 2)).toBe(partitions);
  });
  it("announce one by one what is more than one long range", () => {
    expect(announcedOf(partitions)).toBe(1);
  });
});

describe("partitions that all have something to write", () => {
  it("announce no range so early that it waits beyond its deadline, however slow the store", async () => {
    // Twelve writes of 4 s outlast the 15 s that each has from its announcement.
    const written = await writesOfABacklog(4_000);
    expect(written.filter(({ isLate }) => isLate)).toEqual([]);
    expect(written.reduce((sum, { rows }) => sum + rows, 0)).toBe(partitions * rowsEach);
  });
  it("take turns: none writes again while another has not written", async () => {
    const written = await writesOfABacklog(1);
    const inOrder = (round: number) =>
      written.slice(round * partitions, (round + 1) * partitions).map(({ partition }) => partition);
    for (const round of [0, 1, 2]) expect(new Set(inOrder(round)).size).toBe(partitions);
  });
});
