import { setImmediate } from "node:timers/promises";
import type { RangeWrite } from "../../../../ingest/kafka/range-writer.ts";
import { createWriteLine } from "../../../../ingest/kafka/write-line.ts";
import { systemClock } from "../../../../ingest/runtime/clock.ts";
import { createLog } from "../../../../ingest/runtime/log.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";
import { createMemoryAuditStore } from "./memory-audit-store.ts";

/** A line over a store that takes a range in when it is let; `seen` tells what happened in which order. */
function lineOver() {
  const seen: string[] = [];
  const held: (() => void)[] = [];
  const auditStore = createMemoryAuditStore();
  const writeMsMax = 60_000;
  let decided = 0;
  const write = createWriteLine(
    {
      auditStore: {
        ...auditStore,
        decide: (records) => {
          seen.push(`decide ${decided}`);
          decided += 1;
          return auditStore.decide(records);
        },
        insertRange: async ({ partition }) => {
          seen.push(`store ${partition}`);
          await new Promise<void>((resolve) => held.push(resolve));
          seen.push(`stored ${partition}`);
        },
      },
      deadLetters: { publish: async () => undefined },
      learnForeign: async () => undefined,
      guard: () => undefined,
      metrics: createMetrics(),
      log: createLog({ logLevel: "silent" }),
      clock: systemClock,
    },
    writeMsMax,
  );
  const rangeOf = (partition: number, offsets: number): RangeWrite => {
    const deadline = epochMs(systemClock.now() + writeMsMax);
    const range = { start: 0, end: offsets, deadline: epochMs(0) };
    const records: RangeWrite["records"] = [];
    const isOurs = () => true;
    return { topic: "t", partition, range, records, mode: "insert", deadline, isOurs };
  };
  return {
    seen,
    write: (partition: number, offsets: number) => write(rangeOf(partition, offsets)),
    letOne: () => held.shift()?.(),
  };
}

describe("ranges in line", () => {
  it("are decided while the one before is stored, and stored one after another", async () => {
    const { seen, write, letOne } = lineOver();
    const results = [write(0, 10), write(1, 10)];
    await setImmediate();
    expect(seen).toEqual(["decide 0", "store 0", "decide 1"]);
    letOne();
    await results[0];
    await setImmediate();
    expect(seen.slice(3)).toEqual(["stored 0", "store 1"]);
    letOne();
    expect(await Promise.all(results)).toEqual(["written", "written"]);
  });

  it("wait for the store before more than 40,000 offsets are decided and not stored", async () => {
    const { seen, write, letOne } = lineOver();
    const results = [write(0, 30_000), write(1, 10_000), write(2, 1), write(3, 100_000)];
    await setImmediate();
    expect(seen).toEqual(["decide 0", "store 0", "decide 1"]);
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
