import {
  type AgentState,
  newAgent,
  type SessionWindow,
  type Stray,
} from "../../../../detectors/engine/agent-state.ts";
import { newRecord } from "../../../../detectors/engine/alert-book.ts";
import { emptyTally } from "../../../../detectors/engine/exposure-tally.ts";
import { newTrace } from "../../../../detectors/engine/habits.ts";
import { createIncidentBook } from "../../../../detectors/engine/incident-book.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";

const dayMs = 86_400_000;
const start = Date.parse("2026-03-02T09:00:00Z");

/** An agent who looked at these subjects without work, all of them on the day of `at`. */
function strayed(marks: readonly number[], at: number): AgentState {
  const strays = marks.map((mark): Stray => ({ mark, place: 0, day: Math.floor(at / dayMs) }));
  return { ...newAgent(), strays };
}

/** An agent who serves another organisation, in a session of alert `id` that opened so many subjects of each of these. */
function served(id: string, opened: readonly (readonly [number, number])[]): AgentState {
  const agent = newAgent();
  agent.habits.tenants.set(usualTenant, 500);
  const session: SessionWindow = {
    key: `s:${id}`,
    cause: id,
    start,
    last: start,
    counts: undefined,
    tally: emptyTally(),
    trace: { ...newTrace(), tenants: new Map(opened) },
    device: 0,
    network: 0,
    hasEnrolled: false,
    cited: [],
    alertId: id,
  };
  agent.sessions.set(session.key, session);
  return agent;
}

const usualTenant = 1;
const target = 2;

interface Told {
  readonly id: string;
  readonly agentId: string;
  readonly marks?: readonly number[];
  readonly at?: number;
}

function openBook() {
  const book = createIncidentBook(defaultParameters);
  const assign = ({ id, agentId, marks = [], at = start }: Told): string =>
    book.assign(agentId, strayed(marks, at), newRecord(id, "session", at));
  return { ...book, assign };
}

describe("incidents", () => {
  it("are one for agents who looked at the same subjects without work", () => {
    const { assign } = openBook();
    const first = assign({ id: "a", agentId: "ag-1", marks: [1, 2, 3, 4] });
    expect(assign({ id: "b", agentId: "ag-2", marks: [2, 3, 4, 5, 6] })).toBe(first);
  });

  it.each([
    { what: "only two subjects", marks: [3, 4, 5] },
    { what: "less than half of what the other looked at", marks: [2, 3, 4, 5, 6, 7, 8] },
  ])("are two if they have $what in common", ({ marks }) => {
    const { assign } = openBook();
    const first = assign({ id: "a", agentId: "ag-1", marks: [1, 2, 3, 4] });
    expect(assign({ id: "b", agentId: "ag-2", marks })).not.toBe(first);
  });

  it("are two if the same subjects were looked at long ago", () => {
    const { assign } = openBook();
    const first = assign({ id: "a", agentId: "ag-1", marks: [1, 2, 3] });
    const later = start + 8 * dayMs;
    expect(assign({ id: "b", agentId: "ag-2", marks: [1, 2, 3], at: later })).not.toBe(first);
  });

  it("are an agent's own before they are somebody else's with the same subjects", () => {
    const { assign } = openBook();
    const own = assign({ id: "a", agentId: "ag-1", marks: [1, 2, 3] });
    const other = assign({ id: "b", agentId: "ag-2", marks: [8, 9, 10] });
    expect(assign({ id: "c", agentId: "ag-1", marks: [1, 8, 9, 10], at: start + dayMs })).toBe(own);
    expect(other).not.toBe(own);
  });

  it("take in the alert of a pair, whichever of the two alerted before", () => {
    const { assign, assignAll } = openBook();
    const own = assign({ id: "a", agentId: "ag-2" });
    expect(assignAll("pair", ["ag-1", "ag-2"], start + dayMs)).toBe(own);
    expect(assign({ id: "b", agentId: "ag-1", at: start + 2 * dayMs })).toBe(own);
  });

  it("begin with the alert of a pair if neither has alerted lately", () => {
    const { assign, assignAll } = openBook();
    const old = assign({ id: "a", agentId: "ag-2" });
    const at = start + 8 * dayMs;
    const pair = assignAll("pair", ["ag-1", "ag-2"], at);
    expect(pair).not.toBe(old);
    expect(assign({ id: "b", agentId: "ag-2", at })).toBe(pair);
  });

  it("are one for sessions that were mostly about one customer whom neither agent serves", () => {
    const book = createIncidentBook(defaultParameters);
    const told = (id: string, opened: readonly (readonly [number, number])[]) =>
      book.assign(`ag-${id}`, served(id, opened), newRecord(id, "session", start));
    const first = told("a", [[target, 6]]);
    const mostly = [
      [target, 3],
      [usualTenant, 3],
    ] as const;
    expect(told("b", mostly)).toBe(first);
    const inPassing = [
      [target, 3],
      [usualTenant, 20],
    ] as const;
    expect(told("c", inPassing)).not.toBe(first);
  });

  it("that go on stay known among thousands of others; one forgotten early is counted", async () => {
    const metrics = createMetrics();
    const book = createIncidentBook(defaultParameters, metrics);
    const assign = (id: string, agentId: string, at: number) =>
      book.assign(agentId, strayed([], at), newRecord(id, "session", at));
    const first = assign("a", "ag", start);
    const lost = "deskwatch_detect_state_evictions_total";
    for (let n = 0; n < 4_095; n += 1) assign(`o${n}`, `other-${n}`, start + n);
    expect(assign("b", "ag", start + dayMs)).toBe(first);
    expect(await metrics.registry.metrics()).not.toContain(`${lost}{`);
    assign("late", "late", start + dayMs);
    expect(assign("c", "ag", start + dayMs)).toBe(first);
    expect(await metrics.registry.metrics()).toContain(`${lost}{detector="incidents"} 1`);
    assign("later", "later", start + 9 * dayMs);
    expect(await metrics.registry.metrics()).toContain(`${lost}{detector="incidents"} 1`);
  });

  it("are the same after a restart", () => {
    const { assign, saveDirty } = openBook();
    const first = assign({ id: "a", agentId: "ag-1", marks: [1, 2, 3] });
    const restored = createIncidentBook(defaultParameters);
    for (const { state } of saveDirty().flat()) restored.load(state);
    const record = newRecord("b", "session", start);
    expect(restored.assign("ag-2", strayed([1, 2, 3], start), record)).toBe(first);
  });
});
