/**
 * Detection as one piece: the engine, its journal, and the way of its alerts into the store and the topic.
 *
 * Starts once, where the last process stood. Sources then feed it segments; it works at its own pace.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "../ingest/clickhouse/client.ts";
import { type Lease, soleLease } from "../ingest/notary/lease.ts";
import type { Clock } from "../ingest/runtime/clock.ts";
import type { Log } from "../ingest/runtime/log.ts";
import type { Metrics } from "../ingest/runtime/metrics.ts";
import type { Config } from "../ingest/runtime/settings.ts";
import type { Alert } from "./alert.ts";
import { type Engine, engineVersion } from "./engine/engine.ts";
import { createWatchedEngine } from "./engine/watched-engine.ts";
import {
  type DetectionPlan,
  type DetectionSettings,
  detectionPlan,
  engineOptionsOf,
} from "./parameters/detection-plan.ts";
import { createEngineJournal, type InputOrigin, type StateRow } from "./runner/engine-journal.ts";
import { resume } from "./runner/plan-change.ts";
import { recover } from "./runner/recovery.ts";
import { createRunner, type Runner, type Segment, score } from "./runner/runner.ts";
import { createStatementFeed, type StatementFeed } from "./runner/statement-feed.ts";
import { noStatements, type StatementLogs, statementPartitions } from "./store/statement-log.ts";
import type { Suppressions } from "./store/suppression-store.ts";

import type { SubjectLists } from "./subject-lists.ts";
import { createAlertKeeper } from "./suppression/alert-keeper.ts";

export interface DetectionDeps {
  readonly config: DetectionSettings & Pick<Config, "snapshotEvents" | "retentionEngineInputsDays">;
  /** Absent: that of the configuration. */
  readonly plan?: DetectionPlan;
  readonly store: Store;
  readonly lists: SubjectLists;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  /** Of the topics; absent where nobody else can have them. */
  readonly lease?: Lease;
  /** false: nothing outlives this process; for a store that is thrown away. */
  readonly durable: boolean;
  /** Keep alerts from paging; absent where nobody is ever paged. */
  readonly suppressions?: Pick<Suppressions, "within">;
  /** What analysts decide, which detection learns from, and ask, which it watches; absent: nobody does. */
  readonly statements?: StatementLogs;
  /** Looks for statements by itself, again and again, until it is stopped. */
  readonly followsStatements?: boolean;
  /** Sends changed alerts on to their topic; at least once. */
  readonly publish?: (alerts: readonly Alert[]) => Promise<void>;
  /** Called after a snapshot: what was scored up to now need not be read again. */
  readonly onSnapshot?: () => Promise<void>;
  /** Called once when scoring or storing fails for good. Whoever feeds learns of it by a rejection, too. */
  readonly onFailure?: (error: unknown) => void;
}

export interface Detection {
  /** Restores the last snapshot and scores what was recorded after it. Later calls wait for the first. */
  readonly start: () => Promise<void>;
  /** Where the inputs of a partition end that were handed over, by this process or a former one. */
  readonly endOf: (source: string, partition: number) => number | undefined;
  /** Hands over a segment; resolves when there is room for the next. Only after `start`. */
  readonly feed: (segment: Segment) => Promise<void>;
  readonly drain: () => Promise<void>;
  /** Hands over what analysts have decided and asked since the last look. Only after `start`. */
  readonly takeStatements: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly describe: Engine["describe"];
}

/** Throws `ConfigError`. */
export function createDetection(deps: DetectionDeps): Detection {
  const { config, metrics, clock } = deps;
  const plan = deps.plan ?? detectionPlan(config);
  const options = engineOptionsOf(plan, deps.lists);
  const engine = createWatchedEngine({ ...options, metrics });
  const lease = deps.lease ?? soleLease;
  const scoring = { engine, metrics, clock, storeAlerts: createAlertKeeper(deps) };
  const ends = new Map<string, number>();
  let runner: Runner | undefined;
  let started: Promise<void> | undefined;
  const running = (): Runner => {
    if (runner === undefined) throw new TypeError("detection was not started");
    return runner;
  };
  const open = async (): Promise<void> => {
    const resumed = await resumeWith(deps, scoring, plan);
    const { journal } = resumed;
    for (const [source, partition, end] of (await journal?.recordedEnds()) ?? []) {
      ends.set(partitionKey(source, partition), end);
    }
    runner = createRunner({
      ...deps,
      ...scoring,
      ...resumed,
      lease,
      snapshotEvents: config.snapshotEvents,
      onSnapshot: deps.onSnapshot ?? (() => Promise.resolve()),
      onFailure: deps.onFailure ?? (() => undefined),
    });
    if (deps.followsStatements === true) for (const one of feeds) one.start();
  };
  const endOf: Detection["endOf"] = (source, partition) =>
    ends.get(partitionKey(source, partition));
  const feed: Detection["feed"] = (segment) => {
    ends.set(partitionKey(segment.source, segment.partition), segment.end);
    return running().feed(segment);
  };
  const feeds = statementFeedsOf({ ...deps, endOf, feed });
  return {
    start: () => {
      started ??= open();
      return started;
    },
    endOf,
    feed,
    drain: () => running().drain(),
    takeStatements: async () => {
      for (const one of feeds) await one.look();
    },
    stop: async () => {
      for (const one of feeds) await one.stop();
      await runner?.stop();
    },
    describe: engine.describe,
  };
}

type Scoring = Parameters<typeof score>[0] & { readonly engine: Engine };

/** Where the last process stood: the journal to go on with, what the engine has scored, and what is not saved. */
async function resumeWith(deps: DetectionDeps, scoring: Scoring, plan: DetectionPlan) {
  if (!deps.durable) return { journal: undefined, sequence: 0, unsavedEvents: 0 };
  const { store, lists, metrics, clock, lease = soleLease, statements = noStatements } = deps;
  let unsavedEvents = 0;
  const engineUnder = (under: DetectionPlan, seen?: Metrics) =>
    createWatchedEngine({ ...engineOptionsOf(under, lists), ...(seen && { metrics: seen }) });
  const resumed = await resume(scoring.engine, {
    plan,
    openJournal: () => createEngineJournal(store, engineVersion),
    engineUnder: (under) => engineUnder(under, metrics),
    now: clock.now,
    onChange: (former, present) => {
      deps.log.info({ former, present }, "detection plan changed");
    },
    onUnreadable: () => {
      deps.log.warn("saved detection plan unreadable: the present one scores what came since");
      metrics.count("deskwatch_detect_plans_unreadable_total", {});
    },
    recover: (engine, under, journal) => {
      unsavedEvents = 0;
      const scoreAgain = (events: Segment["events"], origin: InputOrigin) => {
        unsavedEvents += events.length;
        return score({ ...scoring, engine }, events, origin);
      };
      const isReadable = (rows: readonly StateRow[]) => canRestore(engineUnder(under), rows);
      const again = { ...deps, engine, journal, lease, statements, isReadable };
      return recover({ ...again, reader: store.reader, score: scoreAgain, pause: sleep });
    },
  });
  return { ...resumed, unsavedEvents };
}

const dayMs = 86_400_000;
/** Reads that were put down while no detection ran are looked for this far back; a verdict however old. Days. */
const readsReachDays = 30;
/** Clocks that differ, and a write. Reads come by the thousand, and are looked through again so far back. */
const lateMs = { verdicts: 3_600_000, reads: 120_000 } as const;

type Feeding = Pick<DetectionDeps, "statements" | "clock" | "log" | "config"> &
  Pick<Detection, "endOf" | "feed">;

function statementFeedsOf(deps: Feeding): readonly StatementFeed[] {
  const { verdicts, reads } = deps.statements ?? noStatements;
  const { retentionEngineInputsDays: days } = deps.config;
  // Of a chain whose recorded inputs are gone nobody knows how far it was taken in.
  const reachDays = days === 0 ? readsReachDays : Math.min(readsReachDays, days - 1);
  return [
    createStatementFeed({
      ...deps,
      statements: verdicts,
      partition: statementPartitions.verdicts,
      reachMs: Number.POSITIVE_INFINITY,
      lateMsMax: lateMs.verdicts,
    }),
    createStatementFeed({
      ...deps,
      statements: reads,
      partition: statementPartitions.reads,
      reachMs: reachDays * dayMs,
      lateMsMax: lateMs.reads,
    }),
  ];
}

/** The engine is spoilt if it cannot. */
function canRestore(engine: Engine, rows: readonly StateRow[]): boolean {
  try {
    engine.restore(rows);
    return true;
  } catch {
    return false;
  }
}

const partitionKey = (source: string, partition: number): string => `${partition}@${source}`;
