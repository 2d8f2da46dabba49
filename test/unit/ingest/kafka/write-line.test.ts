import { setImmediate } from "node:timers/promises";
import type { RangeWrite } from "../../../../ingest/kafka/range-writer.ts";
import { createWriteLine } from "../../../../ingest/kafka/write-line.ts";
import { createLog } from "../../../../ingest/runtime/log.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";
import { createMemoryAuditStore } from "./memory-audit-store.ts";

/**
 * A line over a store that takes ranges in when it is let; `seen` tells what happened in which order. `decideMs`: of
 * its clock, which otherwise stands still.
 */
function lineOver({ writeMsMax = 60_000, decideMs = 0, recordBytes = 1 } = {}) {
  let now = 1_000_000;
  const clock = { now: () => epochMs(now) };
  const seen: string[] = [];
  const held: (() => void)[] = [];
  const auditStore = createMemoryAuditStore();
  let decided = 0;
  const write = createWriteLine(
    {
      auditStore: {
        ...auditStore,
        decide: (records) => {
          seen.push(`decide ${decided}`);
          decided += 1;
          now += decideMs;
          return auditStore.decide(records);
        },
        missing: async (range, outcomes) => {
          seen.push(`look for ${range.partition}`);
          return auditStore.missing(range, outcomes);
        },
        insertRanges: async (contents) => {
          const partitions = contents.map(({ range }) => range.partition).join(" ");
          seen.push(`store ${partitions}`);
          await new Promise<void>((resolve) => held.push(resolve));
          seen.push(`stored ${partitions}`);
        },
      },
      deadLetters: { publish: async () => undefined },
      learnForeign: async () => undefined,
      guard: () => undefined,
      metrics: createMetrics(),
      log: createLog({ logLevel: "silent" }),
      clock,
    },
    { writeMsMax, batchRowsMax: 10_000, batchBytesMax: 1_000_000 },
  );
  const rangeOf = (partition: number, offsets: number, mode: RangeWrite["mode"]): RangeWrite => {
    const deadline = epochMs(now + writeMsMax);
    const range = { start: 0, end: offsets, deadline };
    const records = Array.from({ length: offsets > 100 ? 0 : offsets }, (_, offset) => ({
      offset,
      bytes: recordBytes,
      key: null,
      value: null,
      headers: {},
      undecodable: "codec number 5",
    }));
    const isOurs = () => true;
    return { topic: "t", partition, range, records, mode, deadline, isOurs };
  };
  return {
    seen,
    write: (partition: number, offsets: number) => write(rangeOf(partition, offsets, "insert")),
    /** Of a range whose earlier write may still land for a minute. */
    reconcile: (partition: number, offsets: number) =>
      write(rangeOf(partition, offsets, "reconcile")),
    letOne: () => held.shift()?.(),
  };
}

describe("ranges in line", () => {
  it("are decided while others are stored, and small ones are stored together", async () => {
    const { seen, write, letOne } = lineOver();
    const first = write(0, 10_000);
    await setImmediate();
    expect(seen).toEqual(["decide 0", "store 0"]);
    const others = [write(1, 10), write(2, 10), write(3, 10)];
    await setImmediate();
    expect(seen.slice(2)).toEqual(["decide 1", "decide 2", "decide 3"]);
    letOne();
    await first;
    await setImmediate();
    expect(seen.slice(5)).toEqual(["stored 0", "store 1 2 3"]);
    letOne();
    expect(await Promise.all([first, ...others])).toEqual(Array(4).fill("written"));
  });

  it("that come at one go are stored together at once", async () => {
    const { seen, write, letOne } = lineOver();
    const results = [write(0, 10), write(1, 10), write(2, 10)];
    await setImmediate();
    expect(seen).toEqual(["decide 0", "decide 1", "decide 2", "store 0 1 2"]);
    letOne();
    expect(await Promise.all(results)).toEqual(Array(3).fill("written"));
  });

  it("are stored together up to 10,000 offsets and 64 ranges, a longer one alone", async () => {
    const { seen, write, letOne } = lineOver();
    const lengths = [9_000, 2_000, 1_000, 20_000, ...Array.from({ length: 70 }, () => 1)];
    const results = lengths.map((offsets, partition) => write(partition, offsets));
    const stores = () => seen.filter((text) => text.startsWith("store "));
    for (let turn = 0; turn < 5; turn += 1) {
      await setImmediate();
      letOne();
    }
    expect(await Promise.all(results)).toEqual(lengths.map(() => "written"));
    const sizes = stores().map((text) => text.split(" ").slice(1).map(Number));
    const offsets = sizes.map((own) => own.reduce((sum, at) => sum + (lengths[at] ?? 0), 0));
    expect(sizes.flat().toSorted((a, b) => a - b)).toEqual(lengths.map((_, at) => at));
    expect(Math.max(...sizes.map((own) => own.length))).toBeLessThanOrEqual(64);
    expect(offsets.filter((sum) => sum > 10_000)).toEqual([20_000]);
    expect(sizes.length).toBeLessThanOrEqual(5);
  });

  it("are stored together up to a million bytes", async () => {
    const { seen, write, letOne } = lineOver({ recordBytes: 30_000 });
    const results = Array.from({ length: 7 }, (_, partition) => write(partition, 10));
    for (let turn = 0; turn < 10; turn += 1) {
      await setImmediate();
      letOne();
    }
    expect(await Promise.all(results)).toEqual(Array(7).fill("written"));
    const stores = seen.filter((text) => text.startsWith("store "));
    expect(stores).toEqual(["store 0 1 2", "store 3 4 5", "store 6"]);
  });

  it("that have to be read back go alone, and hold up no other", async () => {
    const { seen, write, reconcile, letOne } = lineOver();
    const results = [write(0, 10), reconcile(1, 10), write(2, 10)];
    await setImmediate();
    expect(seen.slice(3)).toEqual(["store 0 2"]);
    letOne();
    expect(await Promise.all(results)).toEqual(["written", "deferred", "written"]);
    expect(seen.at(-1)).toBe("look for 1");
  });

  it("do not wait for each other until all are late, however long the decisions take", async () => {
    const { write, letOne } = lineOver({ writeMsMax: 2_000, decideMs: 300 });
    const waiting = new Set(Array.from({ length: 12 }, (_, partition) => partition));
    const submit = async (partition: number): Promise<void> => {
      // Announced again, as its partition would do.
      if ((await write(partition, 10)) === "unstarted") return submit(partition);
      waiting.delete(partition);
    };
    for (const partition of [...waiting]) void submit(partition);
    for (let turn = 0; turn < 100 && waiting.size > 0; turn += 1) {
      await setImmediate();
      letOne();
    }
    expect([...waiting]).toEqual([]);
  });

  it("wait for the store before more than 40,000 offsets are decided and not stored", async () => {
    const { seen, write, letOne } = lineOver();
    const results = [write(0, 30_000), write(1, 10_000), write(2, 1), write(3, 100_000)];
    await setImmediate();
    expect(seen).toEqual(["decide 0", "decide 1", "store 0"]);
    letOne();
    await results[0];
    await setImmediate();
    expect(seen.slice(3)).toEqual(["stored 0", "decide 2", "store 1"]);
    letOne();
    await results[1];
    await setImmediate();
    letOne();
    await results[2];
    await setImmediate();
    // Longer than what may be decided ahead, and alone.
    expect(seen.slice(-2)).toEqual(["decide 3", "store 3"]);
    letOne();
    expect(await Promise.all(results)).toEqual(Array(4).fill("written"));
  });
});
