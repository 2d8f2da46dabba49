/**
 * Runs the engine at its own pace: takes what sources hand over, records the order, scores, stores the alerts.
 *
 * One turn: take everything that waits → record it in the journal → score it → store the changed alerts →
 * now and then begin a snapshot, which is printed and stored while the next turns go on. A source waits (`feed` resolves late)
 * while `waitingEventsMax` events wait.
 */
import { setImmediate } from "node:timers/promises";
import type { Lease } from "../../ingest/notary/lease.ts";
import type { Clock } from "../../ingest/runtime/clock.ts";
import { errorFields, type Log } from "../../ingest/runtime/log.ts";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { EpochMs } from "../../ingest/vocabulary/brand.ts";
import type { AlertChange } from "../alert.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineInput } from "../engine-input.ts";
import type { EngineJournal, InputOrigin, RecordedInput } from "./engine-journal.ts";
import { recordWhileHeld } from "./recording.ts";
import { createSnapshots } from "./snapshots.ts";
import { createTurnPace } from "./turn-pace.ts";

/** Offsets [start, end) of one partition as a source hands them over. */
export interface Segment {
  readonly source: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  /** What of the range became an event, in order of offset; or the statements at these places of the ledger. */
  readonly events: readonly EngineInput[];
  readonly origin: InputOrigin;
}

export interface RunnerDeps {
  readonly engine: Engine;
  /** `undefined`: nothing outlives this process (replay into a store that is thrown away). */
  readonly journal: EngineJournal | undefined;
  /** Keeps changed alerts; the same change twice is harmless. */
  readonly storeAlerts: (changes: readonly AlertChange[], origin: InputOrigin) => Promise<void>;
  /** Of the topics: only who holds it records. */
  readonly lease: Lease;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
  /** Newest recorded input that `engine` has scored. */
  readonly sequence: number;
  /** Events that `engine` has scored since its last snapshot. */
  readonly unsavedEvents: number;
  readonly snapshotEvents: number;
  /** Called after a snapshot is stored: what was recorded up to now need not be read again. */
  readonly onSnapshot: () => Promise<void>;
  /** Called once when scoring or storing fails for good; the runner then stands still. */
  readonly onFailure: (error: unknown) => void;
}

export interface Runner {
  /** Hands over a segment; resolves when there is room for the next. Rejects once the runner has failed. */
  readonly feed: (segment: Segment) => Promise<void>;
  /** Resolves when everything handed over is scored and its alerts are stored. */
  readonly drain: () => Promise<void>;
  /** Drains and saves a snapshot. */
  readonly stop: () => Promise<void>;
}

/** Events that may wait before sources are held back. */
const waitingEventsMax = 20_000;
/** Events that make a turn of their own without waiting for more. */
const turnEvents = 2_000;

export function createRunner(deps: RunnerDeps): Runner {
  const waiting: Segment[] = [];
  let waitingEvents = 0;
  let sequence = deps.sequence;
  let sinceSnapshot = deps.unsavedEvents;
  let turning: Promise<void> | undefined;
  let failure: unknown;
  const pace = createTurnPace(deps.clock);
  let draining = 0;
  /** Without a journal a turn records nothing. */
  const isUrgent = (): boolean =>
    deps.journal === undefined || draining > 0 || waitingEvents >= turnEvents;

  const fail = (error: unknown): void => {
    failure = error;
    deps.log.error(errorFields(error), "detection failed");
    deps.onFailure(error);
  };
  const snapshots = createSnapshots({ ...deps, onFailure: fail });
  const saveSnapshot = async (): Promise<void> => {
    sinceSnapshot = 0;
    await snapshots.take(sequence);
  };

  const turn = async (): Promise<void> => {
    const segments = waiting.splice(0);
    waitingEvents = 0;
    await record(deps, segments, sequence + 1);
    sequence += segments.length;
    for (const run of runsOfOneOrigin(segments)) {
      sinceSnapshot += run.events.length;
      await score(deps, run.events, run.origin);
    }
    if (sinceSnapshot >= deps.snapshotEvents) await saveSnapshot();
  };

  const turnUntilIdle = async (): Promise<void> => {
    try {
      while (waiting.length > 0 && failure === undefined) {
        await pace.next(isUrgent());
        await turn();
      }
    } catch (error) {
      fail(error);
    } finally {
      turning = undefined;
    }
  };

  const drain = async (): Promise<void> => {
    draining += 1;
    pace.hurry();
    while (turning !== undefined) await turning;
    draining -= 1;
    if (failure !== undefined) throw failure;
  };

  return {
    feed: async (segment) => {
      if (failure !== undefined) throw failure;
      waiting.push(segment);
      waitingEvents += segment.events.length;
      turning ??= turnUntilIdle();
      if (isUrgent()) pace.hurry();
      if (waitingEvents >= waitingEventsMax) await drain();
    },
    drain,
    stop: async () => {
      await drain();
      if (sinceSnapshot > 0) await saveSnapshot();
      await snapshots.stored();
      if (failure !== undefined) throw failure;
    },
  };
}

/** `first`: sequence of the first segment. */
async function record(
  deps: RunnerDeps,
  segments: readonly Segment[],
  first: number,
): Promise<void> {
  const { journal } = deps;
  if (journal === undefined) return;
  await recordWhileHeld({ ...deps, journal }, recordedInputs(segments, first));
}

function recordedInputs(segments: readonly Segment[], first: number): RecordedInput[] {
  return segments.map(({ events: _events, ...input }, index) => ({
    sequence: first + index,
    ...input,
  }));
}

interface Run {
  readonly origin: InputOrigin;
  readonly events: EngineInput[];
}

/** The events in their order, cut where the origin changes: an alert carries one origin. */
export function runsOfOneOrigin(
  segments: readonly Pick<Segment, "origin" | "events">[],
): readonly Run[] {
  const runs: Run[] = [];
  for (const { origin, events } of segments) {
    if (runs.at(-1)?.origin !== origin) runs.push({ origin, events: [] });
    for (const event of events) runs.at(-1)?.events.push(event);
  }
  return runs;
}

type ScoringDeps = Pick<RunnerDeps, "engine" | "storeAlerts" | "metrics" | "clock">;

/** Events scored at one go, about 10 ms; between two goes the process answers others. */
const eventsPerTurn = 300;

/** Scores events in order and stores the last state of every alert that changed. */
export async function score(
  deps: ScoringDeps,
  events: readonly EngineInput[],
  origin: InputOrigin,
): Promise<void> {
  const changed = new Map<string, AlertChange>();
  let newest = 0;
  let scored = 0;
  for (const event of events) {
    scored += 1;
    if (scored % eventsPerTurn === 0) await setImmediate();
    newest = Math.max(newest, timeOf(event));
    for (const change of deps.engine.step(event)) {
      const { alert_id: id } = change.alert;
      changed.set(id, { ...change, isNew: change.isNew || (changed.get(id)?.isNew ?? false) });
    }
  }
  if (newest > 0) {
    deps.metrics.gauge("deskwatch_detect_watermark_timestamp_seconds", {}, newest / 1000);
  }
  if (changed.size === 0) return;
  await deps.storeAlerts([...changed.values()], origin);
  if (origin === "live") observeDelay(deps, [...changed.values()], deps.clock.now());
}

/** Neither a verdict nor a read is an event of the console. */
const timeOf = (input: EngineInput): number =>
  input.kind === "verdict" || input.kind === "read" ? 0 : input.at;

function observeDelay({ metrics }: ScoringDeps, changes: readonly AlertChange[], now: EpochMs) {
  for (const { alert, isNew } of changes) {
    if (!isNew) continue;
    const seconds = Math.max(0, (now - Date.parse(alert.time)) / 1000);
    metrics.observe("deskwatch_detect_event_to_alert_seconds", {}, seconds);
  }
}
