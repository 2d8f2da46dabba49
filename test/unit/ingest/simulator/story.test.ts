/** What each story leaves behind: the marks by which it is that story, in both tellings. */
import { createDesk } from "../../../../ingest/simulator/desk.ts";
import { planMisuse } from "../../../../ingest/simulator/misuse-catalogue.ts";
import type { WireAccess, WireEvent } from "../../../../ingest/simulator/wire-event.ts";

const start = Date.UTC(2026, 2, 2);
const at = start + 16 * 86_400_000 + 13 * 3_600_000;
const desk = createDesk({ seed: "story", start, agents: 60 });

function play(id: string) {
  const planned = planMisuse({ desk, seed: "1", id, at });
  if (planned === undefined) throw new Error(`no misuse ${id}`);
  const accesses = planned.events.filter((event) => event.kind === "access");
  return { ...planned, accesses };
}

const citesOf = (accesses: readonly WireAccess[]) =>
  accesses.flatMap(({ justification }) => justification?.ticket_id ?? []);
const typesOf = (events: readonly WireEvent[]) =>
  new Set(events.flatMap((event) => (event.kind === "subject" ? [event.type] : [])));
const subjectsOf = (accesses: readonly WireAccess[]) =>
  new Set(accesses.flatMap(({ subjects = [] }) => subjects.map(({ id }) => id)));

describe("a story", () => {
  it("of Twilio has three phished sessions, three codes and one account lost", () => {
    const { truth } = play("twilio-2022-naive");
    expect(truth.session_ids).toHaveLength(3);
    expect(truth.tenants).toHaveLength(1);
    expect(truth.exposure.displayed.length).toBeGreaterThan(1_000);
    expect(truth.exposure.searched).toHaveLength(3);
    expect(truth.exposure.revealed).toHaveLength(3);
    expect(truth.exposure.reregistered).toHaveLength(1);
  });

  it.each(["naive", "careful"])(
    "of Twitter 2020, %s, changes who owns what was searched",
    (how) => {
      const { truth, events, accesses } = play(`twitter-2020-${how}`);
      const changed = subjectsOf(accesses.filter(({ action }) => action === "update"));
      const searched = subjectsOf(
        accesses.filter(({ search, action }) => action === "search" && search?.kind === "exact"),
      );
      expect(changed).toEqual(searched);
      expect([...typesOf(events)]).toEqual(
        expect.arrayContaining(["email_changed", "factor_reset"]),
      );
      expect(truth.consequence_event_ids.length).toBeGreaterThanOrEqual(2 * changed.size);
    },
  );

  it.each(["naive", "careful"])("of collusion, %s, shows both agents the same subjects", (how) => {
    const { truth, accesses } = play(`collusion-${how}`);
    const [first, second] = truth.agent_ids.map((id) =>
      subjectsOf(accesses.filter(({ agent, action }) => agent.id === id && action === "view")),
    );
    expect(truth.agent_ids).toHaveLength(2);
    expect(first?.size).toBeGreaterThan(15);
    expect(first).toEqual(second);
  });

  it.each(["naive", "careful"])(
    "of laundering, %s, opens each ticket before it cites it",
    (how) => {
      const { events, accesses } = play(`ticket-laundering-${how}`);
      const openedAt = new Map(
        events.flatMap((event) =>
          event.kind === "ticket" && event.type === "opened" ? [[event.ticket_id, event.time]] : [],
        ),
      );
      const early = accesses.filter(
        ({ justification, time }) => (openedAt.get(justification?.ticket_id ?? "") ?? "9") > time,
      );
      expect(openedAt.size).toBeGreaterThan(10);
      expect(early).toEqual([]);
    },
  );

  it("of mimicry, naive, cites tickets that nobody opened", () => {
    const { events, accesses } = play("mimic-naive");
    expect(citesOf(accesses)).toHaveLength(accesses.length);
    expect(events.filter(({ kind }) => kind === "ticket")).toEqual([]);
  });

  it.each(["naive", "careful"])("of enumeration, %s, asks for numbers of one block", (how) => {
    const { accesses } = play(`enumeration-${how}`);
    const asked = accesses.filter(({ action }) => action === "search");
    const numbers = [...subjectsOf(asked)].map((id) => Number(id.slice(2)));
    const spread = Math.max(...numbers) - Math.min(...numbers);
    expect(asked.filter(({ outcome }) => outcome === "not_found").length).toBeGreaterThan(10);
    expect(spread).toBeLessThan(3 * numbers.length);
  });

  it.each(["naive", "careful"])("of a SIM swap, %s, costs the number after the look", (how) => {
    const { events, accesses } = play(`sim-swap-insider-${how}`);
    const looked = subjectsOf(accesses);
    const lost = events.filter((event) => event.kind === "subject");
    expect(lost.filter(({ subject }) => !looked.has(subject.id))).toEqual([]);
    expect([...typesOf(events)]).toContain("sim_changed");
  });

  it.each(["naive", "careful"])(
    "of a famous record, %s, is one record and several agents",
    (how) => {
      const { truth, accesses } = play(`celebrity-${how}`);
      expect(truth.agent_ids.length).toBeGreaterThanOrEqual(4);
      expect(subjectsOf(accesses).size).toBe(1);
    },
  );

  it.each(["naive", "careful"])("of a slow drip, %s, takes more on each day", (how) => {
    const perDay = new Map<string, number>();
    for (const { action, session } of play(`slow-drip-${how}`).accesses) {
      if (action === "view") perDay.set(session.id, (perDay.get(session.id) ?? 0) + 1);
    }
    const counts = [...perDay.values()];
    expect(counts.length).toBeGreaterThan(5);
    expect(counts).toEqual(counts.toSorted((left, right) => left - right));
  });

  it.each([
    "slow-drip",
    "coinbase",
    "enumeration",
    "robinhood",
    "sim-swap-insider",
    "twilio-2022",
    "twitter-2015",
  ])("%s goes slower when it is careful", (story) => {
    const perDay = (how: string) => {
      const days = new Map<string, number>();
      for (const { time } of play(`${story}-${how}`).accesses) {
        days.set(time.slice(0, 10), (days.get(time.slice(0, 10)) ?? 0) + 1);
      }
      return Math.max(...days.values());
    };
    expect(perDay("careful")).toBeLessThan(perDay("naive"));
  });
});
