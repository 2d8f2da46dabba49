/** The desk that stories of habits are set on: weeks in which everybody works as usual, and a day after them. */
import { epochMs, eventId, sessionId, tenantId, ticketId } from "../../ingest/vocabulary/brand.ts";
import type { AccessEvent, ConsoleEvent, Session, Subject } from "../../ingest/vocabulary/event.ts";
import { type Access, access, createRandom, subject } from "../helpers/support-desk.ts";

export const dayMs = 86_400_000;
export const hourMs = 3_600_000;
const agents = 12;
const days = 24;

export interface Extra {
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

export interface StoryDesk {
  readonly work: readonly ConsoleEvent[];
  /** When the story begins: at ten on the day after. */
  readonly later: number;
  /** Accesses of the story's agent, one a minute, each as `one` and `extra` say. */
  readonly series: (
    count: number,
    one: (n: number) => Partial<Access>,
    extra?: (n: number) => Extra,
  ) => AccessEvent[];
  /** `ticket-0` and further ones, opened the day before. */
  readonly tickets: (count: number) => ConsoleEvent[];
}

export function storyDesk({ storyAt, storyAgent }: HabitDeps): StoryDesk {
  const start = Math.floor(storyAt / dayMs) * dayMs;
  const home: Extra = { device: "laptop-2", country: "IE", team: "desk", tenant: "tenant-1" };
  const later = start + (days + 1) * dayMs + 10 * hourMs;
  const series: StoryDesk["series"] = (count, one, extra = () => ({})) =>
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
  const tickets = (count: number) =>
    Array.from(
      { length: count },
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
    );
  return { work: prelude(start), later, series, tickets };
}
