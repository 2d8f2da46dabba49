/** Work that no customer asked for: reviews, fraud hunts, and short runs through a handful of records. */
import { minuteMs } from "./calendar.ts";
import { access, type Floor, note, type Worker } from "./floor.ts";
import { exactSearch, screenMs } from "./look-up.ts";
import type { SubjectPlace } from "./population.ts";
import { pick } from "./random.ts";

const reviewCitesShare = 0.6;

/** A reviewer reads what a colleague did: a finished ticket, and the record behind it. */
export function review(floor: Floor, worker: Worker, at: number): void {
  const { random, desk, finished } = floor;
  if (finished.length === 0) return;
  const { ticketId, place } = pick(random, finished);
  const cites = random.chance(reviewCitesShare);
  const justification = cites ? { ticket_id: ticketId, source: "manual" as const } : undefined;
  let now = at;
  for (let views = 1 + random.geometric(0.35); views > 0; views -= 1) {
    access(floor, worker.actor, now, {
      action: "view",
      subjects: [desk.population.refOf(place)],
      result_count: 1,
      fields: ["name", "email"],
      ...(justification === undefined ? {} : { justification }),
    });
    now += screenMs(floor);
  }
  note(floor, worker, { kind: "review", from: at, until: now });
}

/** A fraud analyst follows a trail: one customer searched for, then others of the same tenant, no ticket. */
export function huntFraud(floor: Floor, worker: Worker, at: number): void {
  const { random, desk } = floor;
  const place = desk.population.drawCaller(random);
  const first = desk.population.refOf(place);
  const why = random.chance(0.5)
    ? { justification: { source: "manual" as const, reason: "fraud case" } }
    : {};
  access(floor, worker.actor, at, { ...exactSearch(first), ...why });
  let now = at + screenMs(floor);
  const others = desk.population.drawPage(random, place.tenant, random.geometric(0.6));
  for (const subject of [first, ...others]) {
    const fields = ["name", "phone", "payment"] as const;
    access(floor, worker.actor, now, {
      action: "view",
      subjects: [subject],
      result_count: 1,
      fields,
      ...why,
    });
    now += screenMs(floor);
  }
  if (random.chance(0.08)) {
    access(floor, worker.actor, now, {
      action: "reveal",
      subjects: [first],
      fields: ["payment"],
      ...why,
    });
  }
  note(floor, worker, { kind: "fraud_search", from: at, until: now });
}

/** Runs through a few requests that need a glance each: other customers, seconds apart. */
function sweep(floor: Floor, worker: Worker, at: number): void {
  const { random, desk } = floor;
  let now = at;
  for (let left = Math.min(20, 3 + random.geometric(0.75)); left > 0; left -= 1) {
    const subjects = [desk.population.refOf(glancedAt(floor, worker))];
    const justification = { source: "queue" } as const;
    access(floor, worker.actor, now, { action: "view", subjects, result_count: 1, justification });
    now += 2_000 + random.exponential(7_000);
  }
}

/** Mostly somebody helped before, to see whether anything has come back. */
function glancedAt({ random, desk }: Floor, { recent, agent }: Worker): SubjectPlace {
  if (recent.length > 2 && random.chance(0.85)) return pick(random, recent);
  if (random.chance(desk.profile.affinity)) {
    return desk.population.drawOwnCaller(random, agent.team);
  }
  return desk.population.drawCaller(random);
}

/** Puts the shift's sweeps on the agenda; none in desks that know none. */
export function openSweeps(floor: Floor, worker: Worker, at: number): void {
  const { random, desk, agenda } = floor;
  const { sweepsPerContact, contactsPerAgentDay } = desk.profile;
  if (sweepsPerContact === 0) return;
  const perShift = sweepsPerContact * contactsPerAgentDay * worker.agent.pace;
  const meanMs = (worker.until - at) / perShift;
  const next = (now: number) => {
    if (now >= worker.until) return;
    sweep(floor, worker, now);
    agenda.add(now + random.exponential(meanMs), next);
  };
  agenda.add(at + 10 * minuteMs + random.exponential(meanMs), next);
}
