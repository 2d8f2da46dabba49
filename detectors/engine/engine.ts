/**
 * The detection engine: events in, changed alerts out. One engine runs all detectors.
 *
 * It scores events in the order in which they are handed over, knows event time only, and draws no lots: the
 * same inputs give the same alerts, on any machine and across any restart. Per event O(subjects of the
 * event); memory is bounded by `agentsMax` agents of a few kilobytes each, and by the rings.
 */

import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import type { AlertChange } from "../alert.ts";
import { type Dimensions, dimensionsOf } from "../evidence/dimension.ts";
import { type Observer, observedPopulation } from "../evidence/observer.ts";
import { silenced } from "../evidence/open-detector.ts";
import { createPopulation, type Population } from "../evidence/population.ts";
import { openRegistry } from "../registry.ts";
import { createAgentBook } from "./agent-book.ts";
import { createAgentScoring } from "./agent-scoring.ts";
import { createDuplicates } from "./duplicates.ts";
import {
  createGatheringBook,
  crowd,
  type GatheringBook,
  type GatheringKind,
  pair,
} from "./gathering-book.ts";
import { createIncidentBook } from "./incident-book.ts";
import { createLocalTime } from "./local-time.ts";
import { createPlaceBook } from "./place-book.ts";
import { type ListedSubject, subjectListOf } from "./subject-list.ts";
import { createSubjectTrail } from "./subject-trail.ts";
import { createTicketBook } from "./ticket-book.ts";
import { createTotals, type DetectorDescription } from "./totals.ts";

/** Raised whenever a snapshot of an older engine cannot be read or would mean something else. */
export const engineVersion = 3;

export interface EngineOptions {
  /** The budget, all lanes; > 0. */
  readonly falseAlertsPer100AgentDays: number;
  readonly canaries: readonly ListedSubject[];
  readonly watchlist: readonly ListedSubject[];
  /** Ids of detectors that do not run. */
  readonly disabledDetectors?: readonly string[];
  readonly metrics?: Pick<Metrics, "count" | "gauge">;
  /** Agents that are not packed away; changes memory and speed only. At least 25. */
  readonly agentsAtHandMax?: number;
  /** Told of every closed window before it is learnt. */
  readonly observer?: Observer;
}

export interface SnapshotRow {
  readonly key: string;
  /** Text. */
  readonly state: string;
}

export interface Engine {
  /** Scores the event, then learns. An event id that was scored within the window does nothing. */
  readonly step: (event: ConsoleEvent) => readonly AlertChange[];
  /** The keys whose state changed since the last call. */
  readonly snapshotDirty: () => readonly SnapshotRow[];
  /**
   * Into a fresh engine only; throws ZodError, SyntaxError or RangeError if a row is no snapshot of this version.
   * `areChecked`: another engine has taken these rows, so that agents need not be looked into again.
   */
  readonly restore: (rows: readonly SnapshotRow[], areChecked?: boolean) => void;
  readonly describe: () => readonly DetectorDescription[];
}

type Loader = (state: string, key: string, isChecked: boolean) => void;

export function createEngine(options: EngineOptions): Engine {
  const { metrics } = options;
  const disabled = new Set(options.disabledDetectors ?? []);
  const all = openRegistry();
  const detectors = all.map((one) => (disabled.has(one.meta.id) ? silenced(one) : one));
  const population = openPopulation(dimensionsOf(detectors), options.observer);
  const book = createAgentBook(detectors, metrics, options.agentsAtHandMax);
  const duplicates = createDuplicates();
  const tickets = createTicketBook();
  const trail = createSubjectTrail();
  const places = createPlaceBook();
  const incidents = createIncidentBook();
  const crowds = openGatherings(options, crowd, "subject-crowd");
  const pairs = openGatherings(options, pair, "collusion");
  const totals = createTotals(all, disabled, options.falseAlertsPer100AgentDays, metrics);
  const scoring = createAgentScoring({
    detectors,
    population,
    book,
    tickets,
    trail,
    places,
    incidents,
    crowds,
    pairs,
    localTime: createLocalTime(),
    totals,
    lists: {
      canaries: subjectListOf(options.canaries),
      watchlist: subjectListOf(options.watchlist),
    },
    falseAlertsPer100AgentDays: options.falseAlertsPer100AgentDays,
  });

  const loaders: Readonly<Record<string, Loader>> = {
    agent: (state, key, isChecked) => book.load(key.slice("agent/".length), state, isChecked),
    duplicates: duplicates.load,
    tickets: tickets.load,
    trails: (state, key) => trail.load(key, state),
    codes: (state, key) => trail.load(key, state),
    incidents: incidents.load,
    crowds: (state) => crowds?.load(state),
    pairs: (state) => pairs?.load(state),
    places: places.load,
    population: population.load,
    totals: totals.load,
  };
  return {
    step: (event) => {
      if (!duplicates.admit(event.eventId)) {
        metrics?.count("deskwatch_detect_duplicate_events_total", {});
        return [];
      }
      totals.noteEvent(event);
      const changes = scoring.score(event);
      for (const { alert, isNew } of changes) if (isNew) totals.noteAlert(alert);
      return changes;
    },
    snapshotDirty: () => [
      ...book.saveDirty(),
      ...duplicates.saveDirty(),
      ...tickets.saveDirty(),
      ...trail.saveDirty(),
      ...incidents.saveDirty(),
      { key: "places", state: places.save() },
      { key: "population", state: population.save() },
      ...(crowds === undefined ? [] : [{ key: "crowds", state: crowds.save() }]),
      ...(pairs === undefined ? [] : [{ key: "pairs", state: pairs.save() }]),
      { key: "totals", state: totals.save() },
    ],
    restore: (rows, areChecked = false) => {
      for (const { key, state } of rows) {
        loaders[key.split("/", 1)[0] ?? ""]?.(state, key, areChecked);
      }
      book.settle();
    },
    describe: () => totals.describe(population.budget()),
  };
}

function openPopulation(dimensions: Dimensions, observer: Observer | undefined): Population {
  const population = createPopulation(dimensions);
  return observer === undefined ? population : observedPopulation(population, dimensions, observer);
}

/** A kind of gathering is part of the detector of that id; undefined: it does not run. */
function openGatherings(
  { disabledDetectors, falseAlertsPer100AgentDays }: EngineOptions,
  kind: GatheringKind,
  detector: string,
): GatheringBook | undefined {
  const meta = openRegistry().find((one) => one.meta.id === detector)?.meta;
  if (meta === undefined || disabledDetectors?.includes(detector) === true) return undefined;
  return createGatheringBook(kind, meta, falseAlertsPer100AgentDays);
}
