/**
 * Stories of detectors that need to know an agent's habits: a prelude in which everybody works as usual, then a
 * misuse and a look-alike two weeks later.
 */
import { agentId, epochMs, eventId, tenantId } from "../../ingest/vocabulary/brand.ts";
import type { AgentEvent, SubjectEvent } from "../../ingest/vocabulary/event.ts";
import { subject } from "../helpers/support-desk.ts";
import type { StoryPair } from "./detector-stories.ts";
import { dayMs, type HabitDeps, hourMs, storyDesk } from "./story-desk.ts";

export function habitStories(deps: HabitDeps): Record<string, StoryPair> {
  const { work, later, series, tickets } = storyDesk(deps);
  const roster = (type: AgentEvent["type"], hours: number): AgentEvent => ({
    kind: "agent",
    eventId: eventId(type),
    at: epochMs(later - hours * hourMs),
    type,
    agentId: agentId(deps.storyAgent),
    team: undefined,
    role: undefined,
  });
  const happened = (n: number, type: SubjectEvent["type"], at: number): SubjectEvent => ({
    kind: "subject",
    eventId: eventId(`happened-${n}-${type}`),
    at: epochMs(at),
    type,
    subject: { ...subject(`habit-${n}`), tenant: tenantId("tenant-1") },
  });
  const reveal = { action: "reveal", fields: ["sms_code"] } as const;
  const update = { action: "update" } as const;
  const signIns = (n: number) => ({ session: `habit-${n}` });
  const coded = series(20, () => reveal).flatMap((event, n) => [
    happened(n, "code_issued", event.at - 60_000),
    event,
  ]);
  const earlier = (hours: number) =>
    series(20, () => reveal).flatMap((event, n) => [
      happened(n, "code_issued", event.at - hours * hourMs),
      event,
    ]);
  // The day before, other people's codes were read long after they had been sent.
  const before = series(20, (n) => ({
    ...reveal,
    id: `before-${n}`,
    at: later - dayMs + n * 60_000,
    session: "before",
    subjects: [subject(`before-${n}`)],
  }));
  const looked = series(14, () => ({}));
  const hourly = (n: number) => ({ at: later - 4 * hourMs + n * 12 * 60_000 });
  const enrolling = (country: string) =>
    series(10, signIns, () => ({ country })).flatMap((event, n) => [
      { ...event, eventId: eventId(`enrol-${n}`), action: "factor_enroll" as const, subjects: [] },
      event,
    ]);
  const others = ["agent-5", "agent-7", "agent-8"].flatMap((agent) =>
    series(15, (n) => ({ id: `${agent}-${n}`, agent, session: agent, at: later - hourMs + n })),
  );
  return {
    "new-device": {
      prelude: work,
      misuse: {
        name: "twelve sign-ins of one day from twelve machines abroad",
        events: series(12, signIns, (n) => ({ device: `stranger-${n}`, country: "ZZ" })),
      },
      lookAlike: {
        name: "twelve sign-ins from twelve machines on the usual network",
        events: series(12, signIns, (n) => ({ device: `stranger-${n}` })),
      },
    },
    "new-network": {
      prelude: work,
      misuse: {
        name: "twelve sign-ins of one day from twelve countries",
        events: series(12, signIns, (n) => ({ country: `Z${String.fromCharCode(65 + n)}` })),
      },
      lookAlike: { name: "twelve sign-ins from the usual network", events: series(12, signIns) },
    },
    "new-factor": {
      prelude: work,
      misuse: { name: "ten sign-ins abroad that each enrol a factor", events: enrolling("ZZ") },
      lookAlike: { name: "ten that do so on the usual network", events: enrolling("IE") },
    },
    "off-shift": {
      prelude: work,
      misuse: {
        name: "sixty records opened before dawn",
        events: series(60, (n) => ({ at: later - 8 * hourMs + n * 60_000 })),
      },
      lookAlike: { name: "sixty records opened in the morning", events: series(60, () => ({})) },
    },
    away: {
      prelude: work,
      misuse: {
        name: "eight hours of work by somebody who is on leave",
        events: [roster("leave_started", 10), ...series(40, hourly)],
      },
      lookAlike: {
        name: "the same by somebody who is back from leave",
        events: [roster("leave_started", 10), roster("leave_ended", 5), ...series(40, () => ({}))],
      },
    },
    affinity: {
      prelude: work,
      misuse: {
        name: "forty records of a customer and a team that are not the agent's",
        events: series(
          40,
          () => ({}),
          () => ({ tenant: "tenant-9", team: "other" }),
        ),
      },
      lookAlike: { name: "forty records of the usual customer", events: series(40, () => ({})) },
    },
    "views-without-work": {
      prelude: work,
      misuse: { name: "sixty records opened, none worked on", events: series(60, () => ({})) },
      lookAlike: { name: "sixty records worked on", events: series(60, () => update) },
    },
    "code-race": {
      prelude: [...work, ...before],
      misuse: { name: "twenty codes read a minute after they were sent", events: coded },
      lookAlike: { name: "twenty codes read hours after they were sent", events: earlier(3) },
    },
    "look-up-then-takeover": {
      prelude: work,
      misuse: {
        name: "fourteen people looked up, twelve lose their account within the day",
        events: [
          ...looked,
          ...Array.from({ length: 12 }, (_, n) => happened(n, "reregistered", later + 2 * hourMs)),
        ],
      },
      lookAlike: {
        name: "fourteen people looked up, others lose their account",
        events: [
          ...looked,
          ...Array.from({ length: 12 }, (_, n) =>
            happened(n + 100, "reregistered", later + 2 * hourMs),
          ),
        ],
      },
    },
    "subject-crowd": {
      prelude: [...work, ...others],
      misuse: { name: "fifteen people whom three others had just opened", events: looked },
      lookAlike: {
        name: "fifteen people whom nobody else had opened",
        events: series(15, (n) => ({ subjects: [subject(`alone-${n}`)] })),
      },
    },
    "export-tail": {
      prelude: work,
      misuse: {
        name: "a dozen files taken by somebody who never exports",
        events: series(12, () => ({ action: "export" })),
      },
      lookAlike: {
        name: "a dozen exports that were denied",
        events: series(12, () => ({ action: "export", outcome: "denied" })),
      },
    },
    ticketless: {
      prelude: work,
      misuse: { name: "ninety records without any ticket", events: series(90, () => ({})) },
      lookAlike: {
        name: "the same, each from a ticket opened the day before",
        events: [...tickets(90), ...series(90, (n) => ({ ticket: `ticket-${n}` }))],
      },
    },
  };
}
