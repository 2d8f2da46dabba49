import type { Reader } from "../../../../ingest/clickhouse/define-query.ts";
import { createClockWatch } from "../../../../ingest/kafka/clock-watch.ts";
import { createLog } from "../../../../ingest/runtime/log.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";

const storeAt = 1_000_000;

/** A store at `storeAt` that answers after `answerMs` of a local clock that is off by `offMs`. */
function watch(offMs: number, answerMs: number) {
  let now = storeAt + offMs;
  let asked = 0;
  const found: string[] = [];
  const reader: Reader = {
    query: async () => {
      asked += 1;
      now += answerMs;
      return [{ at: storeAt }];
    },
  };
  const clockWatch = createClockWatch({
    reader,
    clock: { now: () => epochMs(now) },
    log: createLog({ logLevel: "silent" }),
    onOff: ({ code }) => found.push(code),
  });
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    clockWatch.tick();
    await new Promise(setImmediate);
  };
  return { ...clockWatch, found, pass, asked: () => asked };
}

describe("the clock of a process that writes", () => {
  it.each([
    { offMs: 0, answerMs: 10 },
    { offMs: 900, answerMs: 10 },
    { offMs: -900, answerMs: 10 },
    // A slow answer makes the difference uncertain; only a certain one counts.
    { offMs: -4_000, answerMs: 5_000 },
  ])("is taken as right when it may be: $offMs ms, answered in $answerMs", async (row) => {
    await expect(watch(row.offMs, row.answerMs).check()).resolves.toBeUndefined();
  });

  it.each([-3_600_000, -1_100, 1_100, 3_600_000])(
    "is refused when it is off for certain: %s ms",
    async (offMs) => {
      await expect(watch(offMs, 10).check()).rejects.toMatchObject({ code: "kafka.clock_off" });
    },
  );

  it("is compared at once when it was set, either way", async () => {
    for (const setMs of [-3_600_000, 3_600_000]) {
      const { pass, found } = watch(0, 10);
      await pass(50);
      expect(found).toEqual([]);
      await pass(setMs);
      expect(found).toEqual(["kafka.clock_off"]);
    }
  });

  it("is compared from time to time when nothing seems to happen", async () => {
    const { pass, asked } = watch(0, 0);
    for (let tick = 0; tick < 99; tick += 1) await pass(50);
    expect(asked()).toBe(0);
    await pass(50);
    expect(asked()).toBe(1);
  });
});
