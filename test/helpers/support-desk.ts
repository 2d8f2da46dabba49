/**
 * A small support desk for tests: seeded, over-dispersed between agents and between sessions, in event time.
 * Nothing in it was made by the code under test.
 */
import { createHash } from "node:crypto";
import {
  agentId,
  epochMs,
  eventId,
  sessionId,
  subjectToken,
  tenantId,
  ticketId,
} from "../../ingest/vocabulary/brand.ts";
import type { AccessEvent, Subject } from "../../ingest/vocabulary/event.ts";

/** mulberry32: a uniform on [0, 1) from a 32-bit seed. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Gamma variate of `shape` and mean 1: Marsaglia and Tsang 2000, boosted below shape 1. */
export function gamma(random: () => number, shape: number): number {
  const boosted = shape < 1 ? shape + 1 : shape;
  const d = boosted - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const v = (1 + c * normal) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random()) < 0.5 * normal * normal + d - d * v + d * Math.log(v)) {
      const boost = shape < 1 ? (1 - random()) ** (1 / shape) : 1;
      return (d * v * boost) / shape;
    }
  }
}

/** Poisson variate by inversion; `mean` below 700. */
export function poisson(random: () => number, mean: number): number {
  let left = random();
  let mass = Math.exp(-mean);
  let count = 0;
  while (left > mass && count < 10_000) {
    left -= mass;
    count += 1;
    mass *= mean / count;
  }
  return count;
}

export function subject(name: string): Subject {
  const hex = createHash("sha256").update(name).digest("hex");
  const token = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
  return { token: subjectToken(token), type: "account", tenant: tenantId("tenant-1") };
}

export interface Access {
  readonly id: string;
  readonly at: number;
  readonly agent: string;
  readonly session?: string;
  readonly role?: string;
  readonly action?: AccessEvent["action"];
  readonly search?: AccessEvent["search"];
  readonly outcome?: AccessEvent["outcome"];
  readonly subjects?: readonly Subject[];
  /** Absent: one that hardly any other subject has. */
  readonly neighbourhood?: number;
  readonly fields?: AccessEvent["fields"];
  readonly ticket?: string;
}

export function access(given: Access): AccessEvent {
  return {
    kind: "access",
    eventId: eventId(given.id),
    at: epochMs(given.at),
    console: "desk",
    agent: { id: agentId(given.agent), team: undefined, role: given.role, timeZone: undefined },
    session:
      given.session === undefined
        ? undefined
        : {
            id: sessionId(given.session),
            ip: undefined,
            userAgent: undefined,
            deviceId: undefined,
            country: undefined,
            asn: undefined,
            authFactor: undefined,
          },
    action: given.action ?? "view",
    outcome: given.outcome ?? "success",
    search: given.search,
    subjects: given.subjects ?? [],
    neighbourhood: given.neighbourhood ?? neighbourhoodOf(given.subjects),
    resultCount: undefined,
    bytes: undefined,
    fields: given.fields ?? [],
    justification:
      given.ticket === undefined
        ? undefined
        : { ticketId: ticketId(given.ticket), source: "ticket_link", reason: undefined },
  };
}

function neighbourhoodOf(subjects: readonly Subject[] = []): number | undefined {
  const [only, ...others] = subjects;
  if (only === undefined || others.length > 0) return undefined;
  return 1 + (Number.parseInt(only.token.slice(0, 8), 16) % 65_535);
}

export interface DeskOptions {
  readonly seed: number;
  readonly agents: number;
  readonly days: number;
  /** Sessions carry an id; without one they are told apart by silence. */
  readonly named?: boolean;
}

export const deskStart = Date.UTC(2024, 0, 1);
const dayMs = 86_400_000;

/** Exact searches without a ticket, secret reveals and pages of one session, of means as at real desks. */
function sideActs(random: () => number): Pick<Access, "action" | "search" | "fields">[] {
  const acts: Pick<Access, "action" | "search" | "fields">[] = [];
  for (let n = poisson(random, 0.3 * gamma(random, 1)); n > 0; n -= 1) {
    acts.push({ action: "search", search: { kind: "exact", field: "phone" } });
  }
  for (let n = poisson(random, 0.3 * gamma(random, 1)); n > 0; n -= 1) {
    acts.push({ action: "reveal", fields: ["sms_code"] });
  }
  for (let n = poisson(random, 0.8 * gamma(random, 1)); n > 0; n -= 1)
    acts.push({ action: "list" });
  return acts;
}

interface Shift {
  readonly seed: number;
  readonly agent: number;
  readonly day: number;
  readonly hour: number;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly mean: number;
  readonly named: boolean;
}

/** One session: records one after the other, then the rest, about a minute apart. */
function sessionEvents(random: () => number, shift: Shift): AccessEvent[] {
  const { seed, agent, day, hour, start, mean, named } = shift;
  const views = Array.from({ length: 1 + poisson(random, mean * gamma(random, 1)) }, () => ({}));
  const acts: Partial<Access>[] = [...views, ...sideActs(random)];
  return acts.map((act, n) => {
    const id = `${seed}-${agent}-${day}-${hour}-${n}`;
    const pool = random() < 0.33 ? `new-${id}` : `known-${agent}-${Math.floor(20 * random())}`;
    const rows = act.action === "list" ? 2 + Math.floor(48 * random()) : 1;
    return access({
      id,
      at: Math.round(start + n * 60_000 * random() * 2),
      agent: `agent-${agent}`,
      ...(named ? { session: `session-${agent}-${day}-${hour}` } : {}),
      subjects: Array.from({ length: rows }, (_, row) => subject(`${pool}-${row}`)),
      ...act,
    });
  });
}

/**
 * Ordinary work: per agent a gamma mean of records per session (shape 2, mean 6), per session a gamma rate
 * (shape 1), two sessions on four of five days; a third of the subjects new to the agent.
 */
export function ordinaryWork({ seed, agents, days, named = true }: DeskOptions): AccessEvent[] {
  const random = createRandom(seed);
  const means = Array.from({ length: agents }, () => 6 * gamma(random, 2));
  const events: AccessEvent[] = [];
  for (let day = 0; day < days; day += 1) {
    for (const [agent, mean] of means.entries()) {
      if (random() < 0.2) continue;
      for (const hour of [8, 13]) {
        const start = deskStart + day * dayMs + (hour + 3 * random()) * 3_600_000;
        events.push(...sessionEvents(random, { seed, agent, day, hour, start, mean, named }));
      }
    }
  }
  return events.sort((a, b) => a.at - b.at || (a.eventId < b.eventId ? -1 : 1));
}
