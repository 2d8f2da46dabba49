/** One step of an engine: which of its inputs is an event for it, and what everything that watches makes of that. */
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import type { AlertChange } from "../alert.ts";
import type { Watched } from "../detector.ts";
import type { EngineInput } from "../engine-input.ts";
import type { RaisedBySigma, SigmaBook } from "../sigma/sigma-book.ts";
import type { Verdict } from "../verdict.ts";
import type { AgentScoring } from "./agent-scoring.ts";
import type { ConsoleWatch } from "./console-watch.ts";
import type { Duplicates } from "./duplicates.ts";
import type { Totals } from "./totals.ts";

interface ScoringParts {
  readonly duplicates: Pick<Duplicates, "admit">;
  readonly totals: Pick<Totals, "noteEvent" | "noteAlert" | "events">;
  readonly consoles: Pick<ConsoleWatch, "note">;
  readonly scoring: Pick<AgentScoring, "score">;
  readonly sigma: Pick<SigmaBook, "judge">;
  readonly metrics: Pick<Metrics, "count"> | undefined;
}

/** Scores one event by everything that watches it, once. */
export function scoreEvent(
  { duplicates, totals, consoles, scoring, sigma, metrics }: ScoringParts,
  event: ConsoleEvent,
): readonly AlertChange[] {
  if (!duplicates.admit(event.eventId)) {
    metrics?.count("deskwatch_detect_duplicate_events_total", {});
    return [];
  }
  totals.noteEvent(event);
  consoles.note(event);
  const changes = together(scoring.score(event), sigma.judge(event), totals.events());
  for (const { alert, isNew } of changes) if (isNew) totals.noteAlert(alert);
  return changes;
}

/** The event in the input; undefined: it is of those whom another engine watches. */
export function eventIn(
  input: Exclude<EngineInput, Verdict>,
  over: Watched,
): ConsoleEvent | undefined {
  if (input.kind === "read") return over === "readers" ? input.access : undefined;
  return over === "agents" ? input : undefined;
}

function together(
  changes: readonly AlertChange[],
  raised: readonly RaisedBySigma[],
  revision: number,
): readonly AlertChange[] {
  if (raised.length === 0) return changes;
  return [...changes, ...raised.map((one) => ({ ...one, revision }))];
}
