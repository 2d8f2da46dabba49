/** Whoever asks through the API is watched beside the console's agents, and neither moves the other. */
import type { AlertChange } from "../../../../detectors/alert.ts";
import type { Engine, EngineOptions } from "../../../../detectors/engine/engine.ts";
import { createWatchedEngine } from "../../../../detectors/engine/watched-engine.ts";
import type { EngineInput } from "../../../../detectors/engine-input.ts";
import { readInputOf } from "../../../../detectors/store/read-input.ts";
import type { Read } from "../../../../detectors/store/read-store.ts";
import { aboutSubject, lookup, readersWeeks } from "../../../helpers/readers.ts";
import { deskStart, ordinaryWork } from "../../../helpers/support-desk.ts";
import { bulk } from "./doubted-desk.ts";

const dayMs = 86_400_000;
const start = Date.UTC(2026, 0, 5);

const open = (options: Partial<EngineOptions> = {}): Engine =>
  createWatchedEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [], ...options });

const play = (engine: Engine, inputs: readonly EngineInput[]): AlertChange[] =>
  inputs.flatMap((input) => [...engine.step(input)]);
const ask = (engine: Engine, reads: readonly Read[]): AlertChange[] =>
  play(engine, reads.map(readInputOf));

const timeOf = (input: EngineInput): number => {
  if (input.kind === "verdict") return 0;
  return input.kind === "read" ? input.access.at : input.at;
};
const inOrder = (inputs: readonly EngineInput[]) =>
  inputs.toSorted((a, b) => timeOf(a) - timeOf(b));

const begun = (changes: readonly AlertChange[]) =>
  changes.filter(({ isNew }) => isNew).map(({ alert }) => alert);
const daysOf = (reads: readonly Read[]): number =>
  new Set(reads.map(({ principal, at }) => `${principal}/${Math.floor(at / dayMs)}`)).size;

describe("readers", () => {
  it("keep the budget of one false alert in 100 days of theirs, few of them or many", () => {
    let alerts = 0;
    let days = 0;
    for (const [readers, weeks] of [
      [3, 20],
      [10, 16],
      [60, 8],
    ] as const) {
      const reads = readersWeeks({ seed: `quiet-${readers}`, readers, days: 7 * weeks, start });
      alerts += begun(ask(open(), reads)).length;
      days += daysOf(reads);
    }
    expect(days).toBeGreaterThan(3_000);
    // Of a detection at its budget no more in 99.9 % of runs, Poisson(30): 48 by R's qpois(0.999, 0.01 * 3000).
    expect(alerts).toBeLessThanOrEqual(Math.min(48, 0.01 * days));
  });

  const known = readersWeeks({ seed: "known", readers: 8, days: 42, start });
  const later = start + 43 * dayMs + 12 * 3_600_000;
  const story = (count: number, question: typeof lookup): readonly Read[] =>
    Array.from({ length: count }, (_, n) =>
      question({ id: `story-${n}`, at: later + n * 20_000, by: "1" }, 900_000 + n),
    );

  it.each([
    ["asks about a hundred strangers in half an hour", story(100, aboutSubject)],
    ["looks thirty people up by their identifier", story(30, lookup)],
  ])("alert when one %s, and the alert says so", (_name, misuse) => {
    const engine = open();
    ask(engine, known);
    const [alert] = begun(ask(engine, misuse));
    expect(alert).toMatchObject({ agent_id: "key:1", detectors: ["watcher"], lane: "statistical" });
    const ids = new Set(misuse.map(({ requestId }) => requestId));
    expect(alert?.evidence.every((id) => ids.has(id))).toBe(true);
  });

  it("do not alert for asking about the same hundred times, nor for what alerts are read", () => {
    const engine = open();
    ask(engine, known);
    const same = story(100, aboutSubject).map((read) => ({ ...read, subjectTokens: [] }));
    const again = story(100, aboutSubject).map((read, n) => ({
      ...read,
      requestId: `again-${n}`,
      subjectTokens: known.flatMap(({ subjectTokens }) => subjectTokens).slice(0, 1),
    }));
    const alerts = same.map((read) => ({ ...read, route: "/v1/alerts/{alert_id}", alertId: "x" }));
    expect(ask(engine, [...alerts, ...again])).toEqual([]);
  });

  it("ask about nobody by an incident, whose exposure is part of the work on it", () => {
    const [read] = story(1, aboutSubject).map((one) => ({ ...one, subjectTokens: [] }));
    if (read === undefined) throw new Error("no question");
    const ofTime = { ...read, route: "/v1/exposure", from: read.at };
    const subjectsOf = (one: Read) => readInputOf(one).access.subjects;
    expect(subjectsOf(ofTime)).toHaveLength(1);
    expect(subjectsOf({ ...ofTime, incidentId: "i-1" })).toEqual([]);
  });

  it("and the console's agents move nothing of each other", () => {
    const reads = readersWeeks({ seed: "beside", readers: 6, days: 24, start: deskStart });
    const misuse = bulk(deskStart + 23 * dayMs, 90, "stolen");
    const asked = Array.from({ length: 100 }, (_, n) =>
      aboutSubject(
        { id: `s-${n}`, at: deskStart + 23.5 * dayMs + n * 9_000, by: "1" },
        800_000 + n,
      ),
    );
    const console: EngineInput[] = [...ordinaryWork({ seed: 5, agents: 12, days: 22 }), ...misuse];
    const questions = inOrder([...reads, ...asked].map(readInputOf));
    const mixed = inOrder([...console, ...questions]);
    const told = (changes: readonly AlertChange[]) => changes.map(({ alert }) => alert);
    const isOfReader = ({ agent_id: id }: { agent_id?: string | null }) => id?.startsWith("key:");
    const together = told(play(open(), mixed));
    const [alone, apart] = [told(play(open(), console)), told(play(open(), questions))];
    expect(alone.length).toBeGreaterThan(0);
    expect(apart.length).toBeGreaterThan(0);
    expect(together.filter((alert) => !isOfReader(alert))).toEqual(alone);
    expect(together.filter(isOfReader)).toEqual(apart);
  });

  it("are known again after a restart anywhere, and learn what is found out about them", () => {
    const straight = open();
    ask(straight, known);
    const misuse = story(100, aboutSubject).map(readInputOf);
    const [first] = begun(play(straight, misuse));
    const verdict = { kind: "verdict", alertId: first?.alert_id ?? "", disposition: null } as const;
    const judged = [{ ...verdict, disposition: "malicious" }, verdict] as const;
    const inputs: EngineInput[] = [...misuse, ...judged, ...misuse.slice(0, 1)];

    const counted: string[] = [];
    const metrics = {
      count: (name: string, labels: object) => {
        if (name.includes("verdicts")) counted.push(JSON.stringify(labels));
      },
      gauge: () => undefined,
    };
    let engine = open({ metrics });
    ask(engine, known);
    const rows = new Map<string, string>();
    const changes = inputs.flatMap((input, n) => {
      const found = [...engine.step(input)];
      for (const { key, state } of engine.snapshotDirty()) rows.set(key, state);
      if (n % 7 === 3 || input.kind === "verdict") {
        engine = open({ metrics });
        engine.restore([...rows].map(([key, state]) => ({ key, state })));
      }
      return found;
    });
    const undisturbed = open();
    ask(undisturbed, known);
    expect(changes).toEqual(play(undisturbed, inputs));
    expect(counted).toEqual(['{"result":"misuse"}', '{"result":"open"}']);
  });
});
