import type { EngineJournal } from "../../../../detectors/runner/engine-journal.ts";
import { createSnapshots } from "../../../../detectors/runner/snapshots.ts";
import { createLog } from "../../../../ingest/runtime/log.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import { epochMs } from "../../../../ingest/vocabulary/brand.ts";

/** Snapshots over a store that takes each in when it is let; `seen` tells what happened in which order. */
function snapshotsOver() {
  const seen: string[] = [];
  const held: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  const journal: EngineJournal = {
    recordInputs: async () => undefined,
    inputsAfter: async () => [],
    savedUnder: async () => undefined,
    tidy: async () => undefined,
    save: async (_pieces, sequence) => {
      seen.push(`taken ${sequence}`);
      await new Promise<void>((resolve, reject) => held.push({ resolve, reject }));
      seen.push(`stored ${sequence}`);
    },
    load: async () => ({ kind: "saved", sequence: 0, rows: [] }),
    dropFormer: async () => [],
    discard: async () => undefined,
    recordedEnds: async () => [],
  };
  const snapshots = createSnapshots({
    engine: { snapshotPieces: () => [] },
    journal,
    log: createLog({ logLevel: "silent" }),
    metrics: createMetrics(),
    clock: { now: () => epochMs(1_000) },
    onSnapshot: async () => {
      seen.push("told");
    },
    onFailure: () => {
      seen.push("failed");
    },
  });
  return { snapshots, seen, held };
}

const settled = async (): Promise<void> => {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
};

describe("a snapshot of the engine", () => {
  it("lets scoring go on once it is taken, and is told of once it is stored", async () => {
    const { snapshots, seen, held } = snapshotsOver();
    await snapshots.take(1);
    expect(seen).toEqual(["taken 1"]);
    held[0]?.resolve();
    await snapshots.stored();
    expect(seen).toEqual(["taken 1", "stored 1", "told"]);
  });

  it("is not taken before the one before is stored", async () => {
    const { snapshots, seen, held } = snapshotsOver();
    await snapshots.take(1);
    const second = snapshots.take(2);
    await settled();
    expect(seen).toEqual(["taken 1"]);
    held[0]?.resolve();
    await second;
    expect(seen).toEqual(["taken 1", "stored 1", "told", "taken 2"]);
  });

  it("that is not stored ends detection and is told of to nobody", async () => {
    const { snapshots, seen, held } = snapshotsOver();
    await snapshots.take(1);
    held[0]?.reject(new Error("no room"));
    await snapshots.stored();
    expect(seen).toEqual(["taken 1", "failed"]);
  });
});
