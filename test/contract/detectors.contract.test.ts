/** What every detector keeps, whichever it is; a new line in the registry is under it at once. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AlertChange } from "../../detectors/alert.ts";
import type { ExposureSighting } from "../../detectors/detector.ts";
import type { Engine, SnapshotRow } from "../../detectors/engine/engine.ts";
import { createWatchedEngine } from "../../detectors/engine/watched-engine.ts";
import type { OpenDetector } from "../../detectors/evidence/open-detector.ts";
import { openRegistry } from "../../detectors/registry.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { isOpening } from "../../ingest/vocabulary/exposure.ts";
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

type EventEngine = Pick<Engine, "restore" | "snapshotDirty"> & {
  readonly step: (event: ConsoleEvent) => readonly AlertChange[];
};

/** An engine with this detector alone; what the console's agents do is what readers ask, where it watches these. */
function only(id: string): EventEngine {
  const engine = createWatchedEngine({
    falseAlertsPer100AgentDays: 1,
    canaries: [{ token: canarySubject.token, tenant: undefined }],
    watchlist: [{ token: watchedSubject.token, tenant: undefined }],
    disabledDetectors: ids.filter((other) => other !== id),
  });
  if (fresh(id).over === "agents") return engine;
  return {
    ...engine,
    // A question names whom it is about; there are no pages of others.
    step: (event) =>
      event.kind === "access" && isOpening(event)
        ? engine.step({ kind: "read", access: event })
        : [],
  };
}

const play = (engine: EventEngine, events: readonly ConsoleEvent[]) =>
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
  if (event.kind !== "access") return { findings, tally: undefined, answers: undefined };
  const sighting: ExposureSighting = {
    kind: "exposure",
    event,
    exposure: "searched",
    relation: "none",
    isSelfOpened: false,
    freshSubjects: event.subjects.length,
    freshInKind: event.subjects.length,
    unknownSubjects: event.subjects.length,
    isRareTenant: true,
    isRareTeam: true,
    isRareHour: true,
    absence: "silence",
    isMislinked: false,
    isReturn: false,
    isNeighbour: true,
    isFirstOfHour: true,
    hasLiveCode: true,
    onlookers: 3,
  };
  const tally = detector.counting?.tally(sighting);
  const answers = detector.counting?.ask(sighting);
  return { findings, tally, answers };
}

/** What was expected in each version of the alerts, by unit; whatever is told exceeds it. */
function expectations(changes: readonly AlertChange[]): Map<string, number[]> {
  const expected = new Map<string, number[]>();
  for (const reason of changes.flatMap(({ alert }) => alert.reasons)) {
    expect(reason.observed).toBeGreaterThan(reason.expected ?? 0);
    expected.set(reason.unit, [...(expected.get(reason.unit) ?? []), reason.expected ?? 0]);
  }
  return expected;
}

describe.each(ids)("%s keeps the detector contract", (id) => {
  const story = stories[id];
  if (story === undefined) throw new Error(`${id} has no stories`);

  const playBefore = (engine: EventEngine) => {
    const raised = play(engine, work);
    play(engine, story.prelude ?? []);
    return raised;
  };
  /** The ordinary work is played once: what it raised, and the state that it left. */
  let played: { raised: readonly AlertChange[]; rows: readonly SnapshotRow[] } | undefined;
  const ordinary = () => {
    if (played === undefined) {
      const engine = only(id);
      played = { raised: playBefore(engine), rows: engine.snapshotDirty() };
    }
    return played;
  };
  const afterWork = (): EventEngine => {
    const engine = only(id);
    engine.restore(ordinary().rows);
    return engine;
  };
  const trialUnits = new Set(fresh(id).counting?.trials.map(({ unit }) => unit));

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
    const { counts = [], trials = [] } = detector.counting ?? {};
    const shares = [...counts, ...trials].reduce((sum, { share }) => sum + share, 0);
    expect(shares).toBeCloseTo(detector.counting === undefined ? 0 : 1, 12);
    for (const event of [...work.slice(0, 500), ...story.misuse.events]) {
      const { tally = counts.map(() => 0) } = answers(detector, event);
      expect(tally.length).toBe(counts.length);
      expect(tally.every((amount) => Number.isInteger(amount) && amount >= 0)).toBe(true);
    }
  });

  it("answers each of its trials or none, and never yes more often than asked", () => {
    const detector = fresh(id);
    const { trials = [] } = detector.counting ?? {};
    for (const event of [...work.slice(0, 500), ...story.misuse.events]) {
      const { answers: given = trials.map(() => undefined) } = answers(detector, event);
      expect(given.length).toBe(trials.length);
      const told = given.flatMap((answer) => (answer === undefined ? [] : [answer]));
      expect(told.every(({ asked, yes }) => 0 <= yes && yes <= asked)).toBe(true);
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
    const engine = afterWork();
    const alerts = play(engine, story.misuse.events).map(({ alert }) => alert);
    expect(
      alerts.some(
        ({ agent_ids, detectors }) =>
          agent_ids?.includes(storyAgent) === true && detectors[0] === id,
      ),
    ).toBe(true);
    const own = new Set<string>(story.misuse.events.map(({ eventId }) => eventId));
    expect(alerts.at(-1)?.evidence.every((event) => own.has(event))).toBe(true);
  });

  it("stays silent on its look-alike", () => {
    const engine = afterWork();
    expect(play(engine, story.lookAlike.events)).toEqual([]);
  });

  it("scores before it learns: no growth of the misuse moves what was expected of its window", () => {
    const engine = afterWork();
    const expected = expectations(play(engine, story.misuse.events));
    expect(expected.size).toBeGreaterThan(0);
    // A count's expectation stands still; a trial's is its rate times what was asked so far, and only grows.
    for (const [unit, values] of expected) {
      const allowed = trialUnits.has(unit) ? [...values].sort((a, b) => a - b) : [values[0]];
      expect([...new Set(values)]).toEqual([...new Set(allowed)]);
    }
  });

  it("gives the same alerts when the engine restarts in the middle of its misuse", () => {
    const straight = only(id);
    playBefore(straight);
    const rows = new Map(ordinary().rows.map(({ key, state }) => [key, state]));
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
    const raised = ordinary().raised.filter((change) => change.isNew && isSettled(change));
    const agentDays = 25 * 0.8 * 15;
    expect((100 * raised.length) / agentDays).toBeLessThanOrEqual(1);
  });
});
