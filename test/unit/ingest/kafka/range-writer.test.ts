import type { KafkaRecord } from "../../../../ingest/kafka/kafka-record.ts";
import { createWriteLine } from "../../../../ingest/kafka/write-line.ts";
import { createLetterGuard } from "../../../../ingest/pipeline/letter-guard.ts";
import { systemClock } from "../../../../ingest/runtime/clock.ts";
import { createLog } from "../../../../ingest/runtime/log.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";
import { createMemoryAuditStore } from "./memory-audit-store.ts";

const undecodableFrom = (start: number, count: number): KafkaRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    offset: start + index,
    bytes: 0,
    key: null,
    value: null,
    headers: {},
    undecodable: "codec number 5",
  }));

const limitsOf = (writeMsMax: number) => ({
  writeMsMax,
  batchRowsMax: 10_000,
  batchBytesMax: 1_000_000,
});

/** Writes ranges of 600 records one after the other; every one of them beyond any codec. */
async function writeUndecodable(ranges: number, shareMax: number) {
  const auditStore = createMemoryAuditStore();
  const deps = {
    auditStore,
    deadLetters: { publish: async () => undefined },
    learnForeign: async () => undefined,
    guard: createLetterGuard(shareMax),
    metrics: createMetrics(),
    log: createLog({ logLevel: "silent" }),
    clock: systemClock,
  };
  const deadline = epochMs(systemClock.now() + 60_000);
  const results: string[] = [];
  for (let start = 0; start < ranges * 600; start += 600) {
    results.push(
      await createWriteLine(
        deps,
        limitsOf(60_000),
      )({
        topic: "console.access",
        partition: 0,
        range: { start, end: start + 600, deadline },
        records: undecodableFrom(start, 600),
        mode: "insert",
        deadline,
        isOurs: () => true,
      }),
    );
  }
  return { results, stored: auditStore.rows };
}

describe("a topic of batches that no codec opens", () => {
  it("stops at the share of dead letters, before the range that passes it is stored", async () => {
    const { results, stored } = await writeUndecodable(3, 0.5);
    expect(results).toEqual(["written", "refused", "refused"]);
    expect(stored).toHaveLength(600);
    const reasons = stored.map(({ outcome }) => outcome.kind === "dead_letter" && outcome.reason);
    expect(new Set(reasons)).toEqual(new Set(["unknown_codec"]));
  });
});

type WriteDeps = Parameters<typeof createWriteLine>[0];

/** Three records whose earlier write may come until 2,000 ms, looked up and written until `deadline`. */
const reconciled = (own: Pick<WriteDeps, "auditStore" | "clock" | "reader">, deadline: number) => {
  const deps: WriteDeps = {
    ...own,
    deadLetters: { publish: async () => undefined },
    learnForeign: async () => undefined,
    guard: createLetterGuard(1),
    metrics: createMetrics(),
    log: createLog({ logLevel: "silent" }),
  };
  return createWriteLine(
    deps,
    limitsOf(2_000),
  )({
    topic: "console.access",
    partition: 0,
    range: { start: 0, end: 3, deadline: epochMs(2_000) },
    records: undecodableFrom(0, 3),
    mode: "reconcile",
    deadline: epochMs(deadline),
    isOurs: () => true,
  });
};

describe("a range whose earlier write may still land", () => {
  it.each([
    { of: "deadline by the store's clock is not over", storeMs: 1_500, expected: "deferred" },
    { of: "deadline by the store's clock is over", storeMs: 9_000, expected: "written" },
  ])("is $expected while the $of, whatever the own clock shows", async ({ storeMs, expected }) => {
    const reader = { query: async () => [{ at: storeMs }] };
    for (const ownMs of [1_000, 3_600_000]) {
      const clock = { now: () => epochMs(ownMs) };
      const auditStore = createMemoryAuditStore();
      expect(await reconciled({ auditStore, reader, clock }, ownMs + 2_000)).toBe(expected);
    }
  });

  it("is not written when the deadline passes during the read-back: what landed meanwhile was not seen", async () => {
    let now = 1_500;
    const auditStore = createMemoryAuditStore();
    const slow = {
      ...auditStore,
      missing: async (...asked: Parameters<typeof auditStore.missing>) => {
        const found = await auditStore.missing(...asked);
        now = 9_000;
        return found;
      },
    };
    const write = () =>
      reconciled(
        { auditStore: slow, reader: undefined, clock: { now: () => epochMs(now) } },
        12_000,
      );
    expect(await write()).toBe("deferred");
    expect(auditStore.rows).toEqual([]);
    expect(await write()).toBe("written");
    expect(auditStore.rows).toHaveLength(3);
  });
});
