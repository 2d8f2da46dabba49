/**
 * The detection engine: events in, changed alerts out. One engine runs all detectors.
 *
 * It scores events in the order in which they are handed over, knows event time only, and draws no lots: the
 * same inputs give the same alerts, on any machine and across any restart. Per event O(subjects of the
 * event); memory is bounded by `agentsMax` agents of a few kilobytes each, and by the rings.
 */

import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { AlertChange } from "../alert.ts";
import type { Lists, Watched } from "../detector.ts";
import type { EngineInput } from "../engine-input.ts";
import type { Observer } from "../evidence/observer.ts";
import type { DetectionParameters } from "../parameters/detection-parameters.ts";
import { openRegistry } from "../registry.ts";
import { createSigmaBook, type SigmaBook } from "../sigma/sigma-book.ts";
import type { SigmaRule } from "../sigma/sigma-rule.ts";
import { createAgentBook } from "./agent-book.ts";
import { createAgentScoring } from "./agent-scoring.ts";
import { incidentIdOf } from "./alert-composer.ts";
import { createConsoleWatch } from "./console-watch.ts";
import { createDuplicates } from "./duplicates.ts";
import { modeOf, openDetectors, parametersOf, voiceless } from "./engine-detectors.ts";
import { eventIn, scoreEvent } from "./event-step.ts";
import type { StandingOf } from "./exposure-tally.ts";
import { createGatheringBook, type GatheringBook } from "./gathering-book.ts";
import { crowd, type GatheringKind, pair } from "./gathering-kinds.ts";
import { standings } from "./harm.ts";
import { createIncidentBook, type IncidentBook } from "./incident-book.ts";
import { type AgentLearning, learningCensus, learningOf, learningStates } from "./learning.ts";
import { createLocalTime } from "./local-time.ts";
import { createPlaceBook } from "./place-book.ts";
import { holdsAlert } from "./probation.ts";
import { createRobotBook } from "./robot-book.ts";
import { type ListedSubject, subjectListOf } from "./subject-list.ts";
import { createSubjectTrail } from "./subject-trail.ts";
import { createTicketBook } from "./ticket-book.ts";
import { createTotals, type DetectorDescription } from "./totals.ts";

/** Raised whenever a snapshot of an older engine cannot be read or would mean something else. */
export const engineVersion = 9;

export interface EngineOptions {
  /** The budget, all lanes; > 0. */
  readonly falseAlertsPer100AgentDays: number;
  /** What holds beside the budget above and the modes below; absent: the defaults. */
  readonly parameters?: DetectionParameters;
  readonly canaries: readonly ListedSubject[];
  readonly watchlist: readonly ListedSubject[];
  /** Ids of detectors that do not run. */
  readonly disabledDetectors?: readonly string[];
  /** Ids of detectors that run and are scored, but raise no alert. */
  readonly shadowDetectors?: readonly string[];
  /** Analysts' own; those switched off or in the shadow are named above like detectors. */
  readonly sigmaRules?: readonly SigmaRule[];
  readonly metrics?: Pick<Metrics, "count" | "gauge">;
  /** Agents that are not packed away; changes memory and speed only. At least 25. */
  readonly agentsAtHandMax?: number;
  /** Whose accesses it scores; of others it takes nothing. Absent: the console's agents. */
  readonly over?: Watched;
  /** Told of every closed window before it is learnt. */
  readonly observer?: Observer;
}

export interface SnapshotRow {
  readonly key: string;
  /** Text. */
  readonly state: string;
}

export interface Engine {
  /**
   * Scores the event, then learns. An event id that was scored within the window does nothing. A verdict is learnt
   * and changes no alert.
   */
  readonly step: (input: EngineInput) => readonly AlertChange[];
  /** Whether the alert is one that a verdict may teach something about. */
  readonly holds: (alertId: string) => boolean;
  /** The keys whose state changed since the last call. */
  readonly snapshotDirty: () => readonly SnapshotRow[];
  /**
   * The same, as it is at the call, in pieces of some milliseconds each: scoring may go on before all are taken. What
   * is not an agent's is printed at the call, some 70 ms. Throws Error while pieces of the call before are left.
   */
  readonly snapshotPieces: () => Iterable<readonly SnapshotRow[]>;
  /**
   * Into a fresh engine only; throws ZodError, SyntaxError or RangeError if a row is no snapshot of this version.
   * `areChecked`: another engine has taken these rows, so that agents need not be looked into again.
   */
  readonly restore: (rows: readonly SnapshotRow[], areChecked?: boolean) => void;
  readonly describe: () => readonly DetectorDescription[];
  /** How far the agent is known; undefined: not at all. */
  readonly learning: (agentId: string) => AgentLearning | undefined;
}

type Loader = (state: string, key: string, isChecked: boolean) => void;

export function createEngine(options: EngineOptions): Engine {
  const { metrics, over = "agents" } = options;
  const { parameters, all, detectors, dimensions, population } = openDetectors(options);
  const book = createAgentBook(detectors, metrics, options.agentsAtHandMax);
  const duplicates = createDuplicates();
  const { robots, tickets, trail, places, consoles } = openBooks(parameters, metrics);
  const incidents = createIncidentBook(parameters, metrics);
  const lists = listsOf(options);
  const standingOf = standings(parameters.severity, lists.watchlist);
  const gatherings = { ...options, standingOf };
  const crowds = openGatherings(gatherings, crowd, "subject-crowd", incidentIdOf);
  const pairs = openGatherings(gatherings, pair, "collusion", incidents.assignAll);
  const sigma = openSigma(options);
  const totals = createTotals(all, voiceless(options), options.falseAlertsPer100AgentDays, metrics);
  const scoring = createAgentScoring({
    over,
    detectors,
    population,
    book,
    tickets,
    trail,
    robots,
    places,
    incidents,
    crowds,
    pairs,
    localTime: createLocalTime(),
    totals,
    lists,
    standingOf,
    parameters,
  });

  const whole = { places, population, crowds, pairs, robots, consoles, totals };
  const loaders: Readonly<Record<string, Loader>> = {
    ...loadersOf(whole),
    agent: (state, key, isChecked) => book.load(key.slice("agent/".length), state, isChecked),
    duplicates: duplicates.load,
    ...loadersByKey(["tickets", "ticketed"], tickets),
    ...loadersByKey(["trails", "codes"], trail),
    incidents: incidents.load,
    sigma: (state, key) => sigma.load(key, state),
  };
  const parts = { duplicates, totals, consoles, scoring, sigma, metrics };
  const snapshotPieces = (): Iterable<readonly SnapshotRow[]> => {
    countLearners(learningCensus(dimensions, population, book.atHand()), metrics);
    // Agents are nearly all of it. The others change with every event, so they are printed now.
    const others = [...piecesOf([duplicates, tickets, trail, incidents, sigma], whole)];
    return joined(others, book.saveDirty());
  };
  return {
    step: (input) => {
      if (input.kind === "verdict") {
        scoring.learn(input);
        return [];
      }
      const event = eventIn(input, over);
      return event === undefined ? [] : scoreEvent(parts, event);
    },
    holds: (alertId) => book.hasHolder(alertId, (one) => holdsAlert(one, alertId)),
    snapshotDirty: () => [...snapshotPieces()].flat(),
    snapshotPieces,
    restore: (rows, areChecked = false) => {
      for (const { key, state } of rows) {
        loaders[key.split("/", 1)[0] ?? ""]?.(state, key, areChecked);
      }
      book.settle();
    },
    describe: () => totals.describe(population.budget()),
    learning: (agentId) => learningOf(dimensions, population, book.peek(agentId)),
  };
}

/** What is remembered of others than agents. */
function openBooks(
  { windows, consoles: limits }: DetectionParameters,
  metrics: EngineOptions["metrics"],
) {
  const robots = createRobotBook(metrics);
  return {
    robots,
    tickets: createTicketBook(windows.ticket_alive_days),
    trail: createSubjectTrail(robots),
    places: createPlaceBook(),
    consoles: createConsoleWatch({ robots, limits, metrics }),
  };
}

/** Something that prints what changed of it, in pieces. */
interface Printed {
  readonly saveDirty: () => Iterable<readonly SnapshotRow[]>;
}

function* piecesOf(
  parts: readonly Printed[],
  whole: Readonly<Record<string, Saved | undefined>>,
): Generator<readonly SnapshotRow[]> {
  for (const one of parts) yield* one.saveDirty();
  for (const one of Object.entries(whole)) yield rowOf(one);
}

function* joined<Piece>(...parts: readonly Iterable<Piece>[]): Generator<Piece> {
  for (const pieces of parts) yield* pieces;
}

/** What is switched off does not run; it begins anew when it is switched on again. */
function openSigma({
  sigmaRules = [],
  disabledDetectors = [],
  shadowDetectors = [],
  metrics,
}: EngineOptions): SigmaBook {
  const rules = sigmaRules.filter(({ id }) => !disabledDetectors.includes(id));
  return createSigmaBook({ rules, shadow: new Set(shadowDetectors), metrics });
}

interface Saved {
  readonly save: () => string;
  readonly load: (state: string) => void;
}

const loadersOf = (whole: Readonly<Record<string, Saved | undefined>>): Record<string, Loader> =>
  Object.fromEntries(
    Object.entries(whole).map(([key, saved]) => [key, (state: string) => saved?.load(state)]),
  );

/** Of one that keeps several kinds of rows. */
const loadersByKey = (
  kinds: readonly string[],
  { load }: { readonly load: (key: string, state: string) => void },
): Record<string, Loader> =>
  Object.fromEntries(kinds.map((kind) => [kind, (state: string, key: string) => load(key, state)]));

/** A state that is saved whole; none of what does not run. */
const rowOf = ([key, saved]: [string, Saved | undefined]): SnapshotRow[] =>
  saved === undefined ? [] : [{ key, state: saved.save() }];

function countLearners(
  census: ReturnType<typeof learningCensus>,
  metrics: EngineOptions["metrics"],
): void {
  for (const [detector, counted] of census) {
    for (const state of learningStates) {
      metrics?.gauge("deskwatch_detect_learning_agents", { detector, state }, counted[state]);
    }
  }
}

const listsOf = ({ canaries, watchlist }: EngineOptions): Lists => ({
  canaries: subjectListOf(canaries),
  watchlist: subjectListOf(watchlist),
});

/** A kind of gathering is part of the detector of that id; undefined: that watches others. */
function openGatherings(
  options: EngineOptions & { readonly standingOf: StandingOf },
  kind: GatheringKind,
  detector: string,
  incidentOf: IncidentBook["assignAll"],
): GatheringBook | undefined {
  const { over = "agents" } = options;
  const meta = openRegistry().find((one) => one.meta.id === detector && one.over === over)?.meta;
  if (meta === undefined) return undefined;
  const { metrics, standingOf } = options;
  const parameters = parametersOf(options);
  const mode = modeOf(detector, options);
  return createGatheringBook({ kind, meta, parameters, metrics, mode, standingOf, incidentOf });
}
