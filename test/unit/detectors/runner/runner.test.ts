import type { Engine } from "../../../../detectors/engine/engine.ts";
import type { EngineJournal, RecordedInput } from "../../../../detectors/runner/engine-journal.ts";
import { createRunner } from "../../../../detectors/runner/runner.ts";
import { soleLease } from "../../../../ingest/notary/lease.ts";
import { createLog } from "../../../../ingest/runtime/log.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";

const engine: Engine = {
  step: () => [],
  snapshotDirty: () => [],
  snapshotPieces: () => [],
  restore: () => undefined,
  describe: () => [],
  holds: () => false,
  learning: () => undefined,
};

/** A runner whose clock stands still, and what it records. */
function recordingRunner() {
  const recorded: (readonly RecordedInput[])[] = [];
  const journal: EngineJournal = {
    recordInputs: async (inputs) => {
      recorded.push(inputs);
    },
    inputsAfter: async () => [],
    savedUnder: async () => undefined,
    tidy: () => Promise.resolve(),
    save: async () => undefined,
    load: async () => ({ kind: "saved", sequence: 0, rows: [] }),
    dropFormer: async () => [],
    discard: async () => undefined,
    recordedEnds: async () => [],
  };
  const runner = createRunner({
    engine,
    journal,
    storeAlerts: async () => undefined,
    metrics: createMetrics(),
    log: createLog({ logLevel: "silent" }),
    clock: { now: () => epochMs(1_000) },
    sequence: 0,
    unsavedEvents: 0,
    lease: soleLease,
    snapshotEvents: 1_000_000,
    onSnapshot: async () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
  return { runner, recorded };
}

const segmentAt = (start: number) => ({
  source: "kafka:console.access",
  partition: 0,
  start,
  end: start + 1,
  events: [],
  origin: "live" as const,
});

const settled = async (): Promise<void> => {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
};

describe("turns of detection", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it("record what arrives close together by one insert, in the order of its arrival", async () => {
    const { runner, recorded } = recordingRunner();
    for (let start = 0; start < 50; start += 1) {
      await runner.feed(segmentAt(start));
      await settled();
    }
    // The first is not kept waiting; the others are, for less than a second.
    expect(recorded.map((inputs) => inputs.length)).toEqual([1]);
    jest.advanceTimersByTime(1_000);
    await settled();
    expect(recorded.map((inputs) => inputs.length)).toEqual([1, 49]);
    const order = recorded.flat().map(({ sequence, start }) => [sequence, start]);
    expect(order).toEqual(Array.from({ length: 50 }, (_, start) => [start + 1, start]));
  });
  it("come at once when somebody waits for the end", async () => {
    const { runner, recorded } = recordingRunner();
    await runner.feed(segmentAt(0));
    await settled();
    await runner.feed(segmentAt(1));
    await runner.drain();
    expect(recorded.flat()).toHaveLength(2);
  });
});
