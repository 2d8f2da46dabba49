/**
 * Stories of detectors that need to know an agent's habits: a prelude in which everybody works as usual, then a
 * misuse and a look-alike two weeks later.
 */
import { epochMs, eventId, sessionId, tenantId, ticketId } from "../../ingest/vocabulary/brand.ts";
import type {
  AccessEvent,
  ConsoleEvent,
  Session,
  Subject,
  SubjectEvent,
} from "../../ingest/vocabulary/event.ts";
import { type Access, access, createRandom, subject } from "../helpers/support-desk.ts";
import type { StoryPair } from "./detector-stories.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const agents = 12;
const days = 24;

interface Extra {
  readonly device?: string;
  readonly country?: string;
  readonly team?: string;
  readonly tenant?: string;
}

/** An access with the places, teams and tenants that the plain desk leaves out. */
function dressed(given: Access, extra: Extra): AccessEvent {
  const event = access(given);
  const session: Session = {
    id: given.session === undefined ? undefined : sessionId(given.session),
    ip: undefined,
    userAgent: undefined,
    deviceId: extra.device,
    country: extra.country,
    asn: undefined,
    authFactor: undefined,
  };
  const inTenant = (one: Subject): Subject =>
    extra.tenant === undefined ? one : { ...one, tenant: tenantId(extra.tenant) };
  return {
    ...event,
    session,
    agent: { ...event.agent, team: extra.team },
    subjects: event.subjects.map(inTenant),
  };
}

/** Weeks of everybody: eight records a day from nine on, half of them worked on. */
function prelude(start: number): ConsoleEvent[] {
  const random = createRandom(77);
  const events: ConsoleEvent[] = [];
  for (let day = 0; day < days; day += 1) {
    for (let agent = 0; agent < agents; agent += 1) {
      const from = start + day * dayMs + 9 * hourMs + agent * 60_000;
      const count = 4 + Math.floor(9 * random());
      for (let n = 0; n < count; n += 1) {
        const name = `prelude-${day}-${agent}-${n}`;
        const given: Access = {
          id: name,
          at: from + n * 20 * 60_000,
          agent: `agent-${agent}`,
          session: `prelude-${day}-${agent}`,
          action: random() < 0.5 ? "view" : "update",
          subjects: [subject(name)],
        };
        const tenant = "tenant-1";
        events.push(
          dressed(given, { device: `laptop-${agent}`, country: "IE", team: "desk", tenant }),
        );
      }
    }
  }
  return events.sort((a, b) => a.at - b.at);
}

export interface HabitDeps {
  readonly storyAt: number;
  readonly storyAgent: string;
}

export function habitStories({ storyAt, storyAgent }: HabitDeps): Record<string, StoryPair> {
  const start = Math.floor(storyAt / dayMs) * dayMs;
  const work = prelude(start);
  const home: Extra = { device: "laptop-2", country: "IE", team: "desk", tenant: "tenant-1" };
  const later = start + (days + 1) * dayMs + 10 * hourMs;
  const series = (
    count: number,
    one: (n: number) => Partial<Access>,
    extra: (n: number) => Extra = () => ({}),
  ): AccessEvent[] =>
    Array.from({ length: count }, (_, n) =>
      dressed(
        {
          id: `habit-${n}`,
          at: later + n * 60_000,
          agent: storyAgent,
          session: "habit",
          subjects: [subject(`habit-${n}`)],
          ...one(n),
        },
        { ...home, ...extra(n) },
      ),
    );
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
  const enrolled = series(10, signIns).flatMap((event, n) => [
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
        name: "twelve sign-ins of one day from twelve machines",
        events: series(12, signIns, (n) => ({ device: `stranger-${n}` })),
      },
      lookAlike: { name: "twelve sign-ins on the usual machine", events: series(12, signIns) },
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
      misuse: { name: "ten sign-ins that each enrol a factor", events: enrolled },
      lookAlike: { name: "ten sign-ins that enrol none", events: series(10, signIns) },
    },
    "off-shift": {
      prelude: work,
      misuse: {
        name: "sixty records opened before dawn",
        events: series(60, (n) => ({ at: later - 8 * hourMs + n * 60_000 })),
      },
      lookAlike: { name: "sixty records opened in the morning", events: series(60, () => ({})) },
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
        events: [
          ...Array.from(
            { length: 90 },
            (_, n): ConsoleEvent => ({
              kind: "ticket",
              eventId: eventId(`opened-${n}`),
              at: epochMs(later - dayMs),
              type: "opened",
              ticketId: ticketId(`ticket-${n}`),
              agentId: undefined,
              channel: undefined,
              subjects: [],
            }),
          ),
          ...series(90, (n) => ({ ticket: `ticket-${n}` })),
        ],
      },
    },
  };
}
