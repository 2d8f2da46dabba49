/** Which pairs of phase and event the step was asked about, and which faults occurred, over many schedules. */
import type { Buffered, Phase, RangeEvent } from "../../../../../ingest/kafka/range-state.ts";

type PhaseKind = Phase["kind"];
type EventKind = RangeEvent<Buffered>["kind"];

const phaseKinds: readonly PhaseKind[] = [
  "unassigned",
  "recovering",
  "rebuilding",
  "idle",
  "announcing",
  "writing",
  "backing_off",
  "confirming",
  "halted",
  "drained",
];
const eventKinds: readonly EventKind[] = [
  "assigned",
  "revoked",
  "committed",
  "read",
  "tick",
  "commit_accepted",
  "commit_failed",
  "written",
  "write_failed",
  "write_deferred",
  "write_refused",
  "drain",
];

/** Counts by name; `phase × event` for pairs. */
export type Coverage = Record<string, number>;

export const pairOf = (phase: PhaseKind, event: EventKind): string => `${phase} × ${event}`;

export function addTo(sum: Coverage, more: Coverage): void {
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
}

const isNever = (phase: PhaseKind, event: EventKind): boolean =>
  unreachable.some(({ phases, events }) => phases.includes(phase) && events.includes(event));

const allBut = (...phases: readonly PhaseKind[]): readonly PhaseKind[] =>
  phaseKinds.filter((phase) => !phases.includes(phase));

/** Pairs that cannot come about, and why. */
const unreachable: readonly {
  readonly phases: readonly PhaseKind[];
  readonly events: readonly EventKind[];
  readonly why: string;
}[] = [
  {
    phases: ["halted"],
    events: eventKinds,
    why: "nothing in this world makes a person look: no dead letters, no topic made anew",
  },
  { phases: phaseKinds, events: ["write_refused"], why: "as above" },
  { phases: allBut("unassigned"), events: ["assigned"], why: "every assignment has a new runner" },
  {
    phases: allBut("recovering", "drained"),
    events: ["committed"],
    why: "asked for when a partition is assigned, which only a drain or the end of the epoch ends",
  },
  {
    phases: allBut("announcing", "confirming"),
    events: ["commit_accepted", "commit_failed"],
    why: "whoever waits for a commit stays so until its answer or the end of the epoch",
  },
  {
    phases: allBut("writing"),
    events: ["written", "write_failed", "write_deferred"],
    why: "whoever writes does so until its end or the end of the epoch",
  },
  {
    phases: ["recovering", "drained"],
    events: ["read"],
    why: "the partition is paused",
  },
  { phases: ["drained"], events: ["drain"], why: "a process drains once" },
];

/** Pairs that should have been visited and were not, and pairs said to be unreachable that were. */
export function unvisited(coverage: Coverage): readonly string[] {
  return phaseKinds.flatMap((phase) =>
    eventKinds
      .filter((event) => isNever(phase, event) === pairOf(phase, event) in coverage)
      .map((event) => pairOf(phase, event)),
  );
}

/** How often the step was asked about each pair, then how often each act and fault occurred. */
export function coverageTable(coverage: Coverage): string {
  const cell = (phase: PhaseKind, event: EventKind): string =>
    isNever(phase, event) ? "–" : `${coverage[pairOf(phase, event)] ?? 0}`;
  const rows = eventKinds.map((event) => [event, ...phaseKinds.map((phase) => cell(phase, event))]);
  const faults = Object.keys(coverage)
    .filter((name) => !name.includes(" × "))
    .sort()
    .map((name) => `${name.padEnd(36)}${String(coverage[name]).padStart(10)}`);
  const table = [["event \\ phase", ...phaseKinds], ...rows].map((row) =>
    row.map((text, column) => (column === 0 ? text.padEnd(16) : text.padStart(12))).join(""),
  );
  const reasons = unreachable.map(
    ({ phases, events, why }) => `– ${events.join(", ")} in ${phases.join(", ")}: ${why}`,
  );
  return `${[...table, "", ...reasons, "", ...faults].join("\n")}\n`;
}
