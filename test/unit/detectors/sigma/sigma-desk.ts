/** An engine with an analyst's rule, and who searches whom. */
import type { AlertChange } from "../../../../detectors/alert.ts";
import {
  createEngine,
  type Engine,
  type EngineOptions,
} from "../../../../detectors/engine/engine.ts";
import { compileSigma } from "../../../../detectors/sigma/sigma-file.ts";
import type { AccessEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, subject } from "../../../helpers/support-desk.ts";

export const start = Date.parse("2026-03-02T09:00:00Z");
export const minute = 60_000;
export const hour = 60 * minute;

export const bare: EngineOptions = { falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] };
export const optionsFor = (text: string): EngineOptions => ({
  ...bare,
  sigmaRules: compileSigma([{ file: "own.yml", text }]),
});

export const search = (n: number, at: number, who: string, agent = "ag-1"): AccessEvent =>
  access({
    id: `e${n}`,
    at,
    agent,
    action: "search",
    search: { kind: "exact", field: "phone" },
    subjects: [subject(who)],
  });

const byRule = (changes: readonly AlertChange[]) =>
  changes.filter(({ alert }) => alert.detectors[0]?.startsWith("sigma:"));
export const run = (engine: Engine, events: readonly AccessEvent[]) =>
  byRule(events.flatMap((event) => engine.step(event)));

/** As `run`, by engines of which each begins with what the one before has saved. */
export function runRestarting(options: EngineOptions, events: readonly AccessEvent[]) {
  const saved = new Map<string, string>();
  return events.flatMap((event) => {
    const engine = createEngine(options);
    engine.restore([...saved].map(([key, state]) => ({ key, state })));
    const changes = run(engine, [event]);
    for (const { key, state } of engine.snapshotDirty()) saved.set(key, state);
    return changes;
  });
}

export const eventCount = {
  "type: value_count": "type: event_count",
  "field: subjects.token, ": "",
};
