import { createEngine } from "../../../../detectors/engine/engine.ts";
import { agentId, epochMs, eventId } from "../../../../ingest/vocabulary/brand.ts";
import type { AgentEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, subject } from "../../../helpers/support-desk.ts";
import { agentOf } from "./doubted-desk.ts";

const hourMs = 3_600_000;
const leftAt = Date.UTC(2024, 2, 1, 17);

const leaving: AgentEvent = {
  kind: "agent",
  eventId: eventId("roster-1"),
  at: epochMs(leftAt),
  type: "terminated",
  agentId: agentId("agent-1"),
  team: undefined,
  role: undefined,
};

const viewAt = (at: number, id: string) =>
  access({ id, at, agent: "agent-1", session: "s1", subjects: [subject("somebody")] });

const newEngine = () =>
  createEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] });

describe("a roster that is late", () => {
  it("raises what was done after the leaving that it tells of only now", () => {
    const engine = newEngine();
    expect(engine.step(viewAt(leftAt + hourMs, "view-1"))).toEqual([]);
    expect(engine.step(viewAt(leftAt + 2 * hourMs, "view-2"))).toEqual([]);
    const [change] = engine.step(leaving);
    expect(change?.alert).toMatchObject({
      detectors: ["terminated"],
      lane: "policy",
      evidence: ["view-2"],
      session_ids: ["s1"],
      time: new Date(leftAt + 2 * hourMs).toISOString(),
    });
    const [next] = engine.step(viewAt(leftAt + 3 * hourMs, "view-3"));
    expect(next?.alert).toMatchObject({ alert_id: change?.alert.alert_id });
    expect(next?.alert.evidence).toEqual(["view-2", "view-3"]);
  });

  it("raises nothing when the work ended before the leaving", () => {
    const engine = newEngine();
    engine.step(viewAt(leftAt - hourMs, "view-1"));
    expect(engine.step(leaving)).toEqual([]);
  });

  it("raises nothing for who was hired again before the roster told of the leaving", () => {
    const engine = newEngine();
    engine.step(viewAt(leftAt - hourMs, "view-1"));
    engine.step(leaving);
    engine.step({
      ...leaving,
      eventId: eventId("roster-2"),
      type: "hired",
      at: epochMs(leftAt + 1),
    });
    expect(engine.step(viewAt(leftAt + hourMs, "view-2"))).toEqual([]);
  });

  it("goes on raising who left when it tells late of the hiring before", () => {
    const engine = newEngine();
    engine.step(leaving);
    const hiring = { ...leaving, eventId: eventId("roster-0"), type: "hired" } as const;
    engine.step({ ...hiring, at: epochMs(leftAt - 24 * hourMs) });
    const [change] = engine.step(viewAt(leftAt + hourMs, "view-1"));
    expect(change?.alert.detectors).toEqual(["terminated"]);
  });

  it.each([
    [0.5, "less than an hour"],
    [1.5, "1 hour"],
    [2, "2 hours"],
    [47.9, "47 hours"],
    [48, "2 days"],
  ])("says of an access %d hours after the leaving: %s before", (hours, told) => {
    const engine = newEngine();
    engine.step(leaving);
    const [change] = engine.step(viewAt(leftAt + hours * hourMs, "view-1"));
    expect(change?.alert.explanation).toContain(`the agent had left ${told} before;`);
  });
});

describe("what the roster tells out of order", () => {
  const later = Date.UTC(2024, 2, 4, 9);
  const told = (type: AgentEvent["type"], at: number): AgentEvent => ({
    ...leaving,
    eventId: eventId(`${type}-${at}`),
    type,
    at: epochMs(at),
    team: type === "team_changed" ? `team-${at}` : undefined,
  });
  /** What is known of the agent after an access and the events in this order. */
  const stateAfter = (events: readonly AgentEvent[]) => {
    const engine = newEngine();
    engine.step(viewAt(leftAt - hourMs, "view-1"));
    for (const event of events) engine.step(event);
    const row = engine.snapshotDirty().find(({ key }) => key === "agent/agent-1");
    return agentOf(row?.state ?? "{}").habits;
  };

  it.each<[AgentEvent["type"], AgentEvent["type"]]>([
    ["leave_started", "leave_ended"],
    ["leave_ended", "leave_started"],
    ["leave_started", "hired"],
    ["on_call_started", "on_call_ended"],
    ["on_call_ended", "on_call_started"],
    ["team_changed", "team_changed"],
  ])("leaves %s then %s as it was in their order of time", (first, second) => {
    const [early, late] = [told(first, leftAt), told(second, later)];
    expect(stateAfter([late, early])).toEqual(stateAfter([early, late]));
  });
});

describe("an access that does not name the role", () => {
  it("leaves the agent with the role that it was last named with", () => {
    const engine = newEngine();
    const view = viewAt(leftAt, "view-1");
    engine.step({ ...view, agent: { ...view.agent, role: "tier1" } });
    engine.step({ ...viewAt(leftAt + hourMs, "view-2") });
    expect(engine.learning("agent-1")?.role).toBe("tier1");
  });
});
