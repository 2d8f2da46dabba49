/**
 * Two engines as one: over the console's agents, and over whoever asks through the service's own API. Neither's
 * baselines, books or budget know of the other's: whoever investigates an agent is no crowd around its subjects.
 */
import { createEngine, type Engine, type EngineOptions, type SnapshotRow } from "./engine.ts";

const prefix = "readers/";

/** Of a row of the engine over readers among the rows of both. */
export const readersKey = (key: string): string => `${prefix}${key}`;

export function createWatchedEngine(options: EngineOptions): Engine {
  const agents = createEngine(options);
  const readers = createEngine(readersOptions(options));
  const snapshotPieces = () => bothOf(agents.snapshotPieces(), readers.snapshotPieces());
  return {
    step: (input) => {
      if (input.kind === "read") return readers.step(input);
      if (input.kind !== "verdict") return agents.step(input);
      return (readers.holds(input.alertId) ? readers : agents).step(input);
    },
    holds: (alertId) => readers.holds(alertId) || agents.holds(alertId),
    snapshotDirty: () => [...snapshotPieces()].flat(),
    snapshotPieces,
    restore: (rows, areChecked) => {
      const isReaders = ({ key }: SnapshotRow): boolean => key.startsWith(prefix);
      const own = rows.filter(isReaders).map(({ key, state }) => ({
        key: key.slice(prefix.length),
        state,
      }));
      agents.restore(
        rows.filter((row) => !isReaders(row)),
        areChecked,
      );
      readers.restore(own, areChecked);
    },
    describe: () => [...agents.describe(), ...readers.describe()],
    learning: (agentId) => agents.learning(agentId) ?? readers.learning(agentId),
  };
}

function* bothOf(
  agents: Iterable<readonly SnapshotRow[]>,
  readers: Iterable<readonly SnapshotRow[]>,
): Generator<readonly SnapshotRow[]> {
  yield* agents;
  for (const rows of readers) {
    yield rows.map(({ key, state }) => ({ key: readersKey(key), state }));
  }
}

/** Analysts' own rules and the subject lists are about the console. */
const readersOptions = ({ metrics, ...options }: EngineOptions): EngineOptions => ({
  ...options,
  over: "readers",
  canaries: [],
  watchlist: [],
  sigmaRules: [],
  ...(metrics && { metrics: readersMetrics(metrics) }),
});

type EngineMetrics = NonNullable<EngineOptions["metrics"]>;

/** What both tell under one name without saying whom it is about is told of the console's agents only. */
const readersMetrics = ({ count, gauge }: EngineMetrics): EngineMetrics => ({
  count: (name, ...rest) => {
    if (ofBoth.has(name)) count(name, ...rest);
  },
  gauge: (name, ...rest) => {
    if (ofBoth.has(name)) gauge(name, ...rest);
  },
});

const ofBoth: ReadonlySet<string> = new Set([
  "deskwatch_detect_alerts_total",
  "deskwatch_detect_verdicts_total",
  "deskwatch_detect_learning_agents",
  "deskwatch_detect_shadow_scores_total",
]);
