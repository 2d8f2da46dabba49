import { type Alert, alertSchema } from "../../../../detectors/alert.ts";
import { createEngine, type Engine } from "../../../../detectors/engine/engine.ts";
import type { ListedSubject } from "../../../../detectors/engine/subject-list.ts";
import { epochMs, eventId, ticketId } from "../../../../ingest/vocabulary/brand.ts";
import type { ConsoleEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, deskStart, ordinaryWork, subject } from "../../../helpers/support-desk.ts";

const hourMs = 3_600_000;
const start = deskStart + 20 * 24 * hourMs;
const famous = subject("famous");
const lookers = Array.from({ length: 7 }, (_, n) => `agent-${n}`);

/** Each of the agents opens the famous subject once, an hour after the one before. */
const looks = (agents: readonly string[], ticket?: string): ConsoleEvent[] =>
  agents.map((agent, n) =>
    access({
      id: `look-${agent}`,
      at: start + n * hourMs,
      agent,
      session: `look-${agent}`,
      subjects: [famous],
      ...(ticket === undefined ? {} : { ticket }),
    }),
  );

const aCase: ConsoleEvent = {
  kind: "ticket",
  eventId: eventId("case"),
  at: epochMs(start - hourMs),
  type: "opened",
  ticketId: ticketId("case"),
  agentId: undefined,
  channel: undefined,
  subjects: [famous],
};

function afterWork(watchlist: readonly ListedSubject[] = []): Engine {
  const engine = createEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist });
  for (const event of ordinaryWork({ seed: 8, agents: 12, days: 20 })) engine.step(event);
  return engine;
}

const crowdAlerts = (engine: Engine, events: readonly ConsoleEvent[]): Alert[] =>
  events
    .flatMap((event) => [...engine.step(event)])
    .map(({ alert }) => alert)
    .filter(({ agent_id }) => agent_id === null);

describe("a crowd around one subject", () => {
  it("is one alert that names every agent and cites every look, nobody's in particular", () => {
    const versions = crowdAlerts(afterWork(), looks(lookers));
    expect(new Set(versions.map(({ alert_id }) => alert_id)).size).toBe(1);
    const last = versions.at(-1);
    expect(alertSchema.safeParse(last).success).toBe(true);
    expect(last?.agent_ids).toEqual(lookers);
    expect([...(last?.evidence ?? [])].sort()).toEqual(lookers.map((agent) => `look-${agent}`));
    expect(last?.reasons[0]).toMatchObject({ observed: lookers.length, baseline: "global" });
  });

  it("tells in which ways its members exposed the subject, each apart", () => {
    const [search, ...others] = looks(lookers);
    const searched = [
      { ...search, action: "search", search: { kind: "exact", field: undefined } },
    ] as ConsoleEvent[];
    const exposureOf = (events: readonly ConsoleEvent[]) =>
      crowdAlerts(afterWork(), events).at(-1)?.exposure;
    const none = { searched: 0, displayed: 0, revealed: 0, exported: 0 };
    expect(exposureOf([...searched, ...others])).toEqual({ ...none, searched: 1, displayed: 1 });
    const all = looks(lookers).map((event) => ({ ...event, action: "reveal" })) as ConsoleEvent[];
    expect(exposureOf(all)).toEqual({ ...none, revealed: 1 });
  });

  it("is told sooner and is worse where the subject is on the watch list, and says so", () => {
    const [usual] = crowdAlerts(afterWork(), looks(lookers));
    const watched = crowdAlerts(afterWork([{ ...famous, tenant: undefined }]), looks(lookers));
    const sizeOf = (alert: Alert | undefined) => alert?.reasons[0]?.observed ?? 0;
    expect(sizeOf(watched[0])).toBeGreaterThan(1);
    expect(sizeOf(watched[0])).toBeLessThan(sizeOf(usual));
    const alike = watched.find((alert) => sizeOf(alert) === sizeOf(usual));
    expect(alike?.risk).toBeGreaterThan(usual?.risk ?? 0);
    expect(alike?.explanation).toContain("The subject is on the watch list.");
    expect(usual?.explanation).not.toContain("watch list.");
  });

  it("is none where the subject has a case", () => {
    const helped = [aCase, ...looks(lookers.slice(0, 1), "case"), ...looks(lookers.slice(1))];
    expect(crowdAlerts(afterWork(), helped)).toEqual([]);
  });

  it("is none of two, nor of one who looks again and again", () => {
    const again = Array.from({ length: 9 }, (_, n) =>
      access({ id: `again-${n}`, at: start + n * hourMs, agent: "agent-3", subjects: [famous] }),
    );
    expect(crowdAlerts(afterWork(), [...again, ...looks(["agent-4"])])).toEqual([]);
  });

  it("goes on after a restart between any two of its members", () => {
    const expected = crowdAlerts(afterWork(), looks(lookers));
    let engine = afterWork();
    const rows = new Map<string, string>();
    const got = looks(lookers).flatMap((event) => {
      for (const { key, state } of engine.snapshotDirty()) rows.set(key, state);
      engine = createEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [] });
      engine.restore([...rows].map(([key, state]) => ({ key, state })));
      return crowdAlerts(engine, [event]);
    });
    expect(got).toEqual(expected);
    expect(got.length).toBeGreaterThan(1);
  });
});
