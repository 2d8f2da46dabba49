import fc from "fast-check";
import type { AlertChange } from "../../../../detectors/alert.ts";
import {
  createEngine,
  type Engine,
  type EngineOptions,
  type SnapshotRow,
} from "../../../../detectors/engine/engine.ts";
import { openRegistry } from "../../../../detectors/registry.ts";
import type { ConsoleEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, deskStart, ordinaryWork, subject } from "../../../helpers/support-desk.ts";

const canary = subject("canary");
const options: EngineOptions = {
  falseAlertsPer100AgentDays: 1,
  canaries: [{ token: canary.token, tenant: undefined }],
  watchlist: [],
};

const dayMs = 86_400_000;
const attackAt = deskStart + 20 * dayMs + 9 * 3_600_000;

/** `records` opened one after the other by one agent, ten seconds apart. */
function bulk(agent: string, at: number, records: number, session = "stolen"): ConsoleEvent[] {
  return Array.from({ length: records }, (_, n) =>
    access({
      id: `bulk-${agent}-${session}-${n}`,
      at: at + n * 10_000,
      agent,
      session,
      subjects: [subject(`victim-${agent}-${session}-${n}`)],
    }),
  );
}

const work = ordinaryWork({ seed: 21, agents: 12, days: 20 });
const story = [...work, ...bulk("agent-3", attackAt, 80)];

function run(engine: Engine, events: readonly ConsoleEvent[]): AlertChange[] {
  return events.flatMap((event) => [...engine.step(event)]);
}

/** Runs `events`, moving to a fresh engine by snapshot wherever `restarts` says so. */
function runRestarting(events: readonly ConsoleEvent[], restarts: ReadonlySet<number>) {
  const stored = new Map<string, string>();
  let engine = createEngine(options);
  const changes: AlertChange[] = [];
  for (const [n, event] of events.entries()) {
    changes.push(...engine.step(event));
    if (!restarts.has(n)) continue;
    for (const { key, state } of engine.snapshotDirty()) stored.set(key, state);
    engine = createEngine(options);
    const rows: SnapshotRow[] = [...stored].map(([key, state]) => ({ key, state }));
    engine.restore(rows.reverse());
  }
  return { changes, engine };
}

describe("the engine", () => {
  it("finds a bulk look-up while it runs and keeps to one alert for it", () => {
    const changes = run(createEngine(options), story);
    const own = changes.filter(({ alert }) => alert.session_ids?.includes("stolen"));
    expect(new Set(own.map(({ alert }) => alert.alert_id)).size).toBe(1);
    expect(own.filter(({ isNew }) => isNew).length).toBe(1);
    const [first] = own;
    expect(Date.parse(first?.alert.time ?? "")).toBeLessThan(attackAt + 79 * 10_000);
    const last = own.at(-1);
    expect(last?.alert.exposure?.displayed).toBe(80);
    expect(last?.alert.evidence.every((id) => id.startsWith("bulk-agent-3"))).toBe(true);
    expect(last?.revision).toBeGreaterThan(first?.revision ?? 0);
  });

  it("joins the sign-ins of one episode in one alert", () => {
    const second = bulk("agent-3", attackAt + 3_600_000, 60, "stolen-again");
    const changes = run(createEngine(options), [...story, ...second]);
    const own = changes.filter(({ alert }) =>
      alert.session_ids?.some((id) => id.startsWith("stolen")),
    );
    expect(new Set(own.map(({ alert }) => alert.alert_id)).size).toBe(1);
    expect(own.at(-1)?.alert.session_ids).toEqual(["stolen", "stolen-again"]);
    expect(own.at(-1)?.alert.exposure?.displayed).toBe(140);
  });

  it("gives the same alerts whatever restarts lie between", () => {
    const straight = run(createEngine(options), story);
    expect(straight.length).toBeGreaterThan(0);
    const places = fc.uniqueArray(fc.nat(story.length - 1), { maxLength: 12 });
    fc.assert(
      fc.property(places, (restarts) => {
        const attack = [work.length + 3, work.length + 40];
        const { changes } = runRestarting(story, new Set([...restarts, ...attack]));
        expect(changes).toEqual(straight);
      }),
      { numRuns: 8 },
    );
  });

  it("gives the same alerts when it restarts after every single event", () => {
    const tail = story.slice(-120);
    const straight = run(createEngine(options), tail);
    const every = new Set(tail.map((_, n) => n));
    expect(runRestarting(tail, every).changes).toEqual(straight);
  });

  it("scores a delivery once, however often it comes, across a restart too", () => {
    const once = run(createEngine(options), story);
    const twice = story.flatMap((event) => [event, event]);
    const again = runRestarting(twice, new Set([twice.length - 2, 1001])).changes;
    expect(again).toEqual(once);
  });

  it("is indifferent to what subjects and events are called", () => {
    const renamed = story.map((event) =>
      event.kind === "access"
        ? {
            ...event,
            subjects: event.subjects.map(({ token, ...rest }) => ({
              ...subject(`x${token}`),
              ...rest,
            })),
          }
        : event,
    );
    const times = (changes: readonly AlertChange[]) =>
      changes.filter(({ isNew }) => isNew).map(({ alert }) => [alert.agent_id, alert.time]);
    expect(times(run(createEngine(options), renamed))).toEqual(
      times(run(createEngine(options), story)),
    );
  });

  it("still scores an event that comes late and claims an earlier time", () => {
    const backdated = bulk("agent-3", attackAt - 6 * 3_600_000, 80);
    const present = access({ id: "now", at: attackAt, agent: "agent-3", session: "stolen" });
    const changes = run(createEngine(options), [...work, present, ...backdated]);
    expect(changes.some(({ alert }) => alert.session_ids?.includes("stolen"))).toBe(true);
  });

  it("gives the same alerts when agents are packed away between their events", () => {
    const packing = createEngine({ ...options, agentsAtHandMax: 1 });
    expect(run(packing, story)).toEqual(run(createEngine(options), story));
  });

  it("prints only what changed since the last snapshot", () => {
    const engine = createEngine(options);
    run(engine, work);
    expect(engine.snapshotDirty().filter(({ key }) => key.startsWith("agent/")).length).toBe(12);
    run(engine, bulk("agent-3", attackAt, 1));
    const keys = engine.snapshotDirty().map(({ key }) => key);
    expect(keys.filter((key) => key.startsWith("agent/"))).toEqual(["agent/agent-3"]);
    expect(keys.filter((key) => key.startsWith("duplicates/")).length).toBe(1);
  });

  it("tells policy alerts from statistical ones and counts canaries by session", () => {
    const touch = (n: number) =>
      access({
        id: `touch-${n}`,
        at: attackAt + n,
        agent: "agent-1",
        session: "s",
        subjects: [canary],
      });
    const changes = run(createEngine(options), [...work, touch(1), touch(2)]);
    const own = changes.filter(({ alert }) => alert.lane === "policy");
    expect(own.map(({ alert }) => alert.reasons[0]?.observed)).toEqual([1, 2]);
    expect(new Set(own.map(({ alert }) => alert.alert_id)).size).toBe(1);
    expect(own.at(-1)?.alert).toMatchObject({
      e_value: null,
      detectors: ["canary"],
      evidence: ["touch-1", "touch-2"],
    });
  });

  it("leaves a disabled detector out and says so", () => {
    const engine = createEngine({ ...options, disabledDetectors: ["canary"] });
    const touch = access({ id: "t", at: attackAt, agent: "agent-1", subjects: [canary] });
    expect(run(engine, [touch])).toEqual([]);
    const row = engine.describe().find(({ meta }) => meta.id === "canary");
    expect(row).toMatchObject({ enabled: false, alerts: 0 });
  });

  it("keeps what it learnt when a detector is switched off over a restart, and on again", () => {
    const engine = createEngine(options);
    run(engine, work);
    const stored = new Map(engine.snapshotDirty().map(({ key, state }) => [key, state]));
    const rows = () => [...stored].map(([key, state]) => ({ key, state }));
    const off = createEngine({ ...options, disabledDetectors: ["secret-reveal"] });
    off.restore(rows());
    const quiet = bulk("agent-3", attackAt - 3_600_000, 1, "usual");
    run(engine, quiet);
    run(off, quiet);
    for (const { key, state } of off.snapshotDirty()) stored.set(key, state);
    const on = createEngine(options);
    on.restore(rows());
    const attack = bulk("agent-3", attackAt, 80);
    // How rare a window is among all may differ: one that closed meanwhile was weighed otherwise.
    // What a trial expects grows with what was asked, so only counts are compared.
    const counts = openRegistry().flatMap(({ counting }) => counting?.counts ?? []);
    const expectations = (changes: readonly AlertChange[]) =>
      new Map(
        changes
          .flatMap(({ alert }) => alert.reasons)
          .filter(({ unit }) => counts.some((count) => unit.startsWith(count.unit)))
          .map(({ unit, expected }) => [unit, expected]),
      );
    const before = expectations(run(engine, attack));
    const after = expectations(run(on, attack));
    expect(after.size).toBeGreaterThan(0);
    for (const [unit, expected] of after) expect(before.get(unit) ?? expected).toBe(expected);
    expect(run(off, attack).at(-1)?.alert.detectors).not.toContain("secret-reveal");
  });
});
