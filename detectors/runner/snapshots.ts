/** Snapshots of the engine: begun between two turns, printed and stored while the next turns go on. */
import type { Clock } from "../../ingest/runtime/clock.ts";
import { errorFields, type Log } from "../../ingest/runtime/log.ts";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
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
  /** Of everything up to `sequence`: nothing after it must be scored before it resolves. Waits for the one before. */
  readonly take: (sequence: number) => Promise<void>;
  /** Resolves when what was taken is stored, or has failed. */
  readonly stored: () => Promise<void>;
}

export function createSnapshots(deps: SnapshotDeps): Snapshots {
  let storing = Promise.resolve();
  return {
    take: async (sequence) => {
      const { journal } = deps;
      if (journal === undefined) return;
      await storing;
      storing = keep({ ...deps, journal }, sequence).catch(deps.onFailure);
    },
    stored: () => storing,
  };
}

async function keep(
  {
    engine,
    journal,
    log,
    metrics,
    clock,
    onSnapshot,
  }: SnapshotDeps & { readonly journal: EngineJournal },
  sequence: number,
): Promise<void> {
  const from = clock.now();
  await journal.save(engine.snapshotPieces(), sequence, from);
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
