/** Snapshots of the engine: taken between two turns, stored while the next turns go on. */
import type { Clock } from "../../ingest/runtime/clock.ts";
import { errorFields, type Log } from "../../ingest/runtime/log.ts";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineJournal } from "./engine-journal.ts";

interface SnapshotDeps {
  readonly engine: Pick<Engine, "snapshotPieces">;
  /** `undefined`: none is taken. */
  readonly journal: EngineJournal | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly onSnapshot: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

export interface Snapshots {
  /** Of everything up to `sequence`; nothing must be scored before it resolves. Waits for the one before. */
  readonly take: (sequence: number) => Promise<void>;
  /** Resolves when what was taken is stored, or has failed. */
  readonly stored: () => Promise<void>;
}

export function createSnapshots(deps: SnapshotDeps): Snapshots {
  let storing = Promise.resolve();
  return {
    take: async (sequence) => {
      const { engine, journal, clock } = deps;
      if (journal === undefined) return;
      await storing;
      const from = clock.now();
      const store = await journal.take(engine.snapshotPieces(), sequence, from);
      storing = keep({ ...deps, journal }, { from, store }).catch(deps.onFailure);
    },
    stored: () => storing,
  };
}

interface Taken {
  readonly from: EpochMs;
  readonly store: () => Promise<void>;
}

async function keep(
  { journal, log, metrics, clock, onSnapshot }: SnapshotDeps & { readonly journal: EngineJournal },
  { from, store }: Taken,
): Promise<void> {
  await store();
  await tidy(journal, log);
  metrics.observe("deskwatch_detect_snapshot_seconds", {}, (clock.now() - from) / 1000);
  await onSnapshot();
}

/** What is not dropped now will be after the next snapshot. */
async function tidy(journal: Pick<EngineJournal, "tidy">, log: Log): Promise<void> {
  try {
    await journal.tidy();
  } catch (error) {
    log.warn(errorFields(error), "replaced snapshots not dropped");
  }
}
