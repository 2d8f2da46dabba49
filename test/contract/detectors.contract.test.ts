/** What every detector keeps, whichever it is; a new line in the registry is under it at once. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createEngine, type Engine } from "../../detectors/engine/engine.ts";
import type { OpenDetector } from "../../detectors/evidence/open-detector.ts";
import { openRegistry } from "../../detectors/registry.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { ordinaryWork } from "../helpers/support-desk.ts";
import { canarySubject, stories, storyAgent, watchedSubject } from "./detector-stories.ts";

const work = ordinaryWork({ seed: 41, agents: 25, days: 22 });
const ids = openRegistry().map(({ meta }) => meta.id);

/** An instance of its own, so that no test leaves state to the next. */
function fresh(id: string): OpenDetector {
  const detector = openRegistry().find(({ meta }) => meta.id === id);
  if (detector === undefined) throw new Error(`${id} is not registered`);
  return detector;
}

/** An engine with this detector alone. */
const only = (id: string): Engine =>
  createEngine({
    falseAlertsPer100AgentDays: 1,
    canaries: [{ token: canarySubject.token, tenant: undefined }],
    watchlist: [{ token: watchedSubject.token, tenant: undefined }],
    disabledDetectors: ids.filter((other) => other !== id),
  });

const play = (engine: Engine, events: readonly ConsoleEvent[]) =>
  events.flatMap((event) => [...engine.step(event)]);

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}

const lists = {
  canaries: { has: () => true },
  watchlist: { has: () => true },
};

/** What the detector itself says to an event, without engine: its findings and its tally. */
function answers(detector: OpenDetector, event: ConsoleEvent) {
  const findings = detector.policy?.step("agent", event, lists);
  const tally =
    event.kind === "access"
      ? detector.counting?.tally({
          event,
          exposure: "searched",
          justified: false,
          freshSubjects: event.subjects.length,
          freshInKind: event.subjects.length,
          unknownSubjects: event.subjects.length,
        })
      : undefined;
  return { findings, tally };
}

describe.each(ids)("%s keeps the detector contract", (id) => {
  const story = stories[id];
  if (story === undefined) throw new Error(`${id} has no stories`);

  it("lives in the file that is named after it and says what an analyst needs", () => {
    const { meta } = fresh(id);
    expect(existsSync(join(import.meta.dirname, `../../detectors/rules/${id}.ts`))).toBe(true);
    for (const list of [meta.attack, meta.falsePositives, meta.blindSpots, meta.references]) {
      expect(list.length).toBeGreaterThan(0);
    }
    expect(meta.runbook.length).toBeGreaterThanOrEqual(2);
    for (const text of [meta.aggravating, meta.legitimate, ...meta.runbook]) {
      expect(text).toMatch(/[.?]$/);
    }
  });

  it("is pure: frozen events, and the same answer from a fresh instance", () => {
    const events = deepFreeze([...work.slice(0, 300), ...story.misuse.events]);
    const [one, other] = [fresh(id), fresh(id)];
    for (const event of events) expect(answers(other, event)).toEqual(answers(one, event));
  });

  it("counts amounts that a count can have: whole, at least 0, one for each count", () => {
    const detector = fresh(id);
    const shares = detector.counting?.counts.reduce((sum, { share }) => sum + share, 0) ?? 1;
    expect(shares).toBeCloseTo(1, 12);
    for (const event of [...work.slice(0, 500), ...story.misuse.events]) {
      const { tally } = answers(detector, event);
      if (tally === undefined) continue;
      expect(tally.length).toBe(detector.counting?.counts.length);
      expect(tally.every((amount) => Number.isInteger(amount) && amount >= 0)).toBe(true);
    }
  });

  it("keeps its policy state within its bound, whatever it has seen", () => {
    const detector = fresh(id);
    for (const event of [...work.slice(0, 300), ...story.misuse.events]) {
      detector.policy?.step(storyAgent, event, lists);
      const state = detector.policy?.save(storyAgent) ?? "";
      expect(state.length).toBeLessThanOrEqual(detector.meta.stateBytesMax);
    }
  });

  it("alerts on its misuse", () => {
    const engine = only(id);
    play(engine, work);
    const alerts = play(engine, story.misuse.events).map(({ alert }) => alert);
    expect(
      alerts.some(({ agent_id, detectors }) => agent_id === storyAgent && detectors[0] === id),
    ).toBe(true);
    const own = new Set<string>(story.misuse.events.map(({ eventId }) => eventId));
    expect(alerts.at(-1)?.evidence.every((event) => own.has(event))).toBe(true);
  });

  it("stays silent on its look-alike", () => {
    const engine = only(id);
    play(engine, work);
    expect(play(engine, story.lookAlike.events)).toEqual([]);
  });

  it("scores before it learns: no growth of the misuse moves what was expected of its window", () => {
    const engine = only(id);
    play(engine, work);
    const expected = new Map<string, Set<number | null>>();
    for (const { alert } of play(engine, story.misuse.events)) {
      for (const reason of alert.reasons) {
        const known = expected.get(reason.unit) ?? new Set();
        expected.set(reason.unit, known.add(reason.expected));
        expect(reason.observed).toBeGreaterThan(reason.expected ?? 0);
      }
    }
    expect(expected.size).toBeGreaterThan(0);
    for (const values of expected.values()) expect(values.size).toBe(1);
  });

  it("gives the same alerts when the engine restarts in the middle of its misuse", () => {
    const straight = only(id);
    play(straight, work);
    const rows = new Map(straight.snapshotDirty().map(({ key, state }) => [key, state]));
    const expected = play(straight, story.misuse.events);
    const got = story.misuse.events.flatMap((event) => {
      const engine = only(id);
      engine.restore([...rows].map(([key, state]) => ({ key, state })));
      const changes = [...engine.step(event)];
      for (const { key, state } of engine.snapshotDirty()) rows.set(key, state);
      return changes;
    });
    expect(got).toEqual(expected);
  });

  it("stays within its budget on ordinary work: at most one alert in 100 agent-days", () => {
    const isSettled = ({ alert }: { alert: { time: string } }) =>
      Date.parse(alert.time) >= Date.UTC(2024, 0, 8);
    const raised = play(only(id), work).filter((change) => change.isNew && isSettled(change));
    const agentDays = 25 * 0.8 * 15;
    expect((100 * raised.length) / agentDays).toBeLessThanOrEqual(1);
  });
});
