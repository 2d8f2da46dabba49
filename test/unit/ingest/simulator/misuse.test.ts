/** Misuses: what they do, what the truth says about it, and how they fit into a running desk. */
import fc from "fast-check";
import { demoMonth, labelledStream } from "../../../../ingest/simulator/demo-month.ts";
import { createDesk } from "../../../../ingest/simulator/desk.ts";
import {
  type MisuseRequest,
  misuses,
  planMisuse,
} from "../../../../ingest/simulator/misuse-catalogue.ts";
import { liveTrickle } from "../../../../ingest/simulator/simulation.ts";
import type { WireEvent } from "../../../../ingest/simulator/wire-event.ts";
import { contractErrors } from "./contract.ts";

const start = Date.UTC(2026, 2, 2);
const at = start + 16 * 86_400_000 + 13 * 3_600_000;
const desk = createDesk({ seed: "misuse", start, agents: 40 });

function plan(request: Omit<MisuseRequest, "desk" | "seed">) {
  const planned = planMisuse({ desk, seed: "1", ...request });
  if (planned === undefined) throw new Error(`no misuse ${request.id}`);
  return planned;
}

const timesOf = (events: readonly WireEvent[]) => events.map(({ time }) => Date.parse(time));

describe.each(misuses.map(({ id }) => id))("the misuse %s", (id) => {
  it("is a contract stream in time order that the truth names event by event", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.integer({ min: 0, max: 25 }), (seed, day) => {
        const planned = plan({ id, at: start + day * 86_400_000 });
        const again = planMisuse({ desk, id, seed, at });
        for (const { events, truth } of [planned, again ?? planned]) {
          const times = timesOf(events);
          expect(contractErrors(events)).toEqual([]);
          expect(times).toEqual(times.toSorted((left, right) => left - right));
          const malicious = events.filter(({ kind }) => kind === "access");
          expect(truth.malicious_event_ids).toEqual(malicious.map(({ event_id }) => event_id));
          expect(truth.agent_ids).toHaveLength(misuses.find((row) => row.id === id)?.accounts ?? 0);
          expect(truth.start).toBe(malicious.at(0)?.time);
          expect(truth.end).toBe(malicious.at(-1)?.time);
        }
      }),
      { numRuns: 5 },
    );
  });

  it("finishes within the time that a running system is given", () => {
    const times = timesOf(plan({ id, at, withinMs: 5_000 }).events);
    expect(times.at(0)).toBeGreaterThanOrEqual(at);
    expect(times.at(-1)).toBeLessThanOrEqual(at + 5_000);
  });

  it("uses the account that is asked for, also one that the desk does not know", () => {
    for (const agentId of [desk.agents.at(4)?.ref.id ?? "", "somebody-else"]) {
      expect(plan({ id, at, agentId }).truth.agent_ids).toContain(agentId);
    }
  });

  it("gives the same bytes for the same request", () => {
    expect(JSON.stringify(plan({ id, at }))).toBe(JSON.stringify(plan({ id, at })));
  });
});

describe("what each misuse leaves behind", () => {
  it("bulk-paging shows well over a thousand distinct subjects of one tenant", () => {
    const { truth } = plan({ id: "bulk-paging", at });
    expect(truth.exposure.displayed.length).toBeGreaterThan(1_000);
    expect(truth.tenants).toHaveLength(1);
    expect(truth.session_ids).toHaveLength(3);
  });

  it("targeted-search searches for dozens without a single ticket", () => {
    const { events, truth } = plan({ id: "targeted-search", at });
    expect(truth.exposure.searched.length).toBeGreaterThan(35);
    expect(events.filter((event) => "justification" in event)).toEqual([]);
  });

  it("code-theft reveals codes that were issued during the session", () => {
    const { events, truth } = plan({ id: "code-theft", at });
    const issued = events.filter(
      (event) => event.kind === "subject" && event.type === "code_issued",
    );
    expect(truth.exposure.revealed.length).toBeGreaterThan(8);
    expect(issued.length).toBeGreaterThanOrEqual(truth.exposure.revealed.length);
    expect(truth.consequence_event_ids.length).toBeGreaterThanOrEqual(issued.length);
  });

  it("canary-touch displays a canary of the desk's configuration", () => {
    const { truth } = plan({ id: "canary-touch", at });
    const canaries = desk.config.canary_subjects.map(
      ({ type, id }) => `${type}:${id.toLowerCase()}`,
    );
    expect(canaries.filter((canary) => truth.exposure.displayed.includes(canary))).toHaveLength(1);
  });

  it("terminated-agent acts only after employment has ended", () => {
    for (const when of [at, start + 3_600_000]) {
      const { events, truth } = plan({ id: "terminated-agent", at: when });
      const left = desk.agents.find(({ ref }) => ref.id === truth.agent_ids.at(0))?.leftAt ?? 0;
      const said = events.find(({ kind }) => kind === "agent");
      expect(Date.parse(truth.start)).toBeGreaterThan(said ? Date.parse(said.time) : left);
    }
  });

  it("a fired terminated-agent left long before, however short the time it is squeezed into", () => {
    const when = start + 3_600_000;
    const { events, truth } = plan({ id: "terminated-agent", at: when, withinMs: 3_000 });
    const left = events.find(({ kind }) => kind === "agent")?.time ?? "";
    expect(Date.parse(left)).toBe(when - 3_600_000);
    expect(Date.parse(truth.start)).toBeGreaterThanOrEqual(when);
    expect(Date.parse(truth.end)).toBeLessThanOrEqual(when + 3_000);
  });
});

describe("the demo's month", () => {
  const month = demoMonth({ seed: "demo", start });
  const events = [...month.events];

  it("has a demo's size, three incidents, and two quiet weeks before the first", () => {
    expect(events.length).toBeGreaterThan(60_000);
    expect(events.length).toBeLessThan(100_000);
    expect(month.truths.map(({ scenario }) => scenario)).toEqual([
      "bulk-paging",
      "targeted-search",
      "terminated-agent",
    ]);
    expect(Date.parse(month.truths.at(0)?.start ?? "")).toBeGreaterThan(start + 14 * 86_400_000);
  });

  it("holds every malicious event, in time order, under unique ids", () => {
    const ids = new Set(events.map(({ event_id }) => event_id));
    const times = timesOf(events);
    expect(ids.size).toBe(events.length);
    for (const truth of month.truths) {
      expect(truth.malicious_event_ids.filter((id) => !ids.has(id))).toEqual([]);
    }
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    expect(times.at(-1)).toBeLessThan(month.end);
  });

  it("leaves the ordinary events as they are without the incidents", () => {
    const planted = new Set(
      month.truths.flatMap((truth) => [
        ...truth.malicious_event_ids,
        ...truth.consequence_event_ids,
      ]),
    );
    const ordinary = events.filter(({ event_id }) => !planted.has(event_id));
    expect(ordinary).toEqual([...labelledStream(month.desk, 30, []).events]);
  });

  it("keeps a misuse of many days within the stream, in sessions of the desk's own work", () => {
    const small = createDesk({ seed: "lasting", start, agents: 12 });
    const at = start + 4 * 86_400_000;
    const {
      end,
      truths,
      events: all,
    } = labelledStream(small, 12, [
      { id: "coinbase-careful", at },
      { id: "slow-drip-careful", at },
    ]);
    const planted = new Set(truths.flatMap(({ malicious_event_ids }) => malicious_event_ids));
    const sessions = new Set(
      [...all].flatMap((event) =>
        event.kind === "access" && !planted.has(event.event_id) ? [event.session.id] : [],
      ),
    );
    for (const truth of truths) {
      expect(Date.parse(truth.end)).toBeLessThan(end);
      expect(truth.session_ids.filter((id) => !sessions.has(id))).toEqual([]);
    }
  });

  it("refuses a misuse that does not exist", () => {
    expect(() => labelledStream(desk, 1, [{ id: "no-such", at: start }])).toThrow(RangeError);
  });
});

describe("the live part", () => {
  const take = (after: number, count: number) => {
    const events: WireEvent[] = [];
    for (const { event } of liveTrickle({ desk, after, signInsPerSecond: 0.5 })) {
      events.push(event);
      if (events.length === count) break;
    }
    return events;
  };

  it("goes on after the month with sessions that were open, and repeats none of its ids", () => {
    const days = 2.5;
    const loaded = [...labelledStream(desk, days, []).events];
    const live = take(start + days * 86_400_000 - 1, 4_000);
    const sessionsOf = (events: readonly WireEvent[]) =>
      new Set(events.flatMap((event) => (event.kind === "access" ? [event.session.id] : [])));
    const before = new Set(loaded.map(({ event_id }) => event_id));
    expect(live.filter(({ event_id }) => before.has(event_id))).toEqual([]);
    const loadedSessions = sessionsOf(loaded);
    const open = [...sessionsOf(live)].filter((id) => loadedSessions.has(id));
    expect(open.length).toBeGreaterThan(1);
  });

  it("begun twice never gives one id to two events", () => {
    const first = take(start + 200_000_000, 3_000);
    const second = take(start + 200_600_000, 3_000);
    const known = new Map(first.map((event) => [event.event_id, JSON.stringify(event)]));
    const clashes = second.filter(
      (event) => (known.get(event.event_id) ?? JSON.stringify(event)) !== JSON.stringify(event),
    );
    expect(second.some(({ event_id }) => known.has(event_id))).toBe(true);
    expect(clashes).toEqual([]);
  });

  it("moves at the rate that it is given", () => {
    const events = take(start + 300_000_000, 2_000);
    const [first, last] = [
      Date.parse(events.at(0)?.time ?? ""),
      Date.parse(events.at(-1)?.time ?? ""),
    ];
    const signIns = events.filter((event) => event.kind === "subject").length;
    expect((signIns * 1_000) / (last - first)).toBeGreaterThan(0.45);
    expect((signIns * 1_000) / (last - first)).toBeLessThan(0.65);
  });
});
