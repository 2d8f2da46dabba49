/** An agent's day: whether there is one, login, one contact after another, lunch, logout. */
import { dayMs, hourMs, minuteMs, utcDayOf, weekdayOf } from "./calendar.ts";
import { access, type Floor, type Worker } from "./floor.ts";
import { handleContact } from "./handling.ts";
import { list, screenMs, search } from "./look-up.ts";
import { createRandom, pick } from "./random.ts";
import type { DeskAgent } from "./roster.ts";
import { signIn } from "./session.ts";

/** Share of weeks that an agent is on leave. */
const leaveShare = 0.06;
/** Days are planned this long before 00:00 UTC, when no shift of that local day has begun. */
const planAheadMs = 12 * hourMs;

/** Puts every agent's next days at work on the agenda, for ever. */
export function openShifts(floor: Floor, from: number): void {
  const plan = (day: number) => {
    for (const agent of floor.desk.agents) planDay(floor, agent, day);
    floor.agenda.add(day + dayMs - planAheadMs, () => plan(day + dayMs));
  };
  for (const agent of floor.desk.agents) announce(floor, agent, from);
  plan(utcDayOf(from));
}

/** The roster changes that the plan already holds: who joins, who leaves. */
function announce(floor: Floor, { ref, joinedAt, leftAt }: DeskAgent, from: number): void {
  const { agenda, mint } = floor;
  const { id: agent_id, team, role } = ref;
  if (joinedAt > from) {
    agenda.add(joinedAt, mint.agent(joinedAt, { type: "hired", agent_id, team, role }));
  }
  if (leftAt < Number.POSITIVE_INFINITY) {
    agenda.add(leftAt, mint.agent(leftAt, { type: "terminated", agent_id, team, role }));
  }
}

/** Whether `agent` is away in the week of the UTC day `day`; the same answer whenever it is asked. */
function onLeave(floor: Floor, agent: DeskAgent, day: number): boolean {
  const week = Math.floor((day / dayMs + 3) / 7);
  return createRandom(`${floor.desk.seed}/leave/${agent.ref.id}/${week}`).chance(leaveShare);
}

function planDay(floor: Floor, agent: DeskAgent, day: number): void {
  const { random, agenda, localTime } = floor;
  const leave = onLeave(floor, agent, day);
  if (leave !== onLeave(floor, agent, day - dayMs) && day > floor.desk.start) {
    const type = leave ? "leave_started" : "leave_ended";
    agenda.add(day, floor.mint.agent(day, { type, agent_id: agent.ref.id }));
  }
  if (leave || agent.daysOff.includes(weekdayOf(day)) || random.chance(0.03)) return;
  const zoneMs = localTime.offsetMs(agent.site.timeZone, day);
  const startsAt = day - zoneMs + agent.shiftStartMs + random.between(-10, 15) * minuteMs;
  if (startsAt < agent.joinedAt || startsAt + agent.shiftMs > agent.leftAt) return;
  agenda.add(startsAt, (at) => startShift(floor, agent, at));
}

function startShift(floor: Floor, agent: DeskAgent, at: number): void {
  const { random, agenda, desk, mint } = floor;
  const actor = signIn(agent, { random, mint, at });
  const until = at + agent.shiftMs * random.between(0.9, 1.05);
  const worker: Worker = { agent, actor, until, recent: [] };
  access(floor, actor, at, { action: "login" });
  if (random.chance(1 / 400)) access(floor, actor, at + minuteMs, { action: "factor_enroll" });
  const intensity = agent.pace * random.gamma(agent.evenness);
  const gapMs = agent.shiftMs / Math.max(0.5, desk.contactsPerAgentDay * intensity);
  const lunch = at + agent.shiftMs * random.between(0.4, 0.55);
  const pull = (now: number) => {
    const away = now > lunch && now < lunch + 30 * minuteMs;
    if (now >= until) endShift(floor, worker, now);
    else if (!away) work(floor, worker, now);
    if (now < until) agenda.add(now + random.exponential(gapMs), pull);
  };
  agenda.add(at + random.exponential(5 * minuteMs), pull);
  if (random.chance(0.04)) triage(floor, worker, at + random.between(2, 20) * minuteMs);
  const recallDay = agent.ref.role === "reporting" ? 1 / 60 : 1 / 900;
  if (random.chance(recallDay)) recall(floor, worker, at + random.between(1, 3) * hourMs);
  if (agent.ref.role === "reporting") report(floor, worker, at + random.between(1, 4) * hourMs);
}

function endShift(floor: Floor, worker: Worker, at: number): void {
  if (floor.random.chance(0.55)) access(floor, worker.actor, at, { action: "logout" });
}

/** The next thing to do: a waiting contact, or a look back at somebody helped before. */
function work(floor: Floor, worker: Worker, at: number): void {
  const { random, queues } = floor;
  if (worker.recent.length > 0 && random.chance(0.12)) {
    lookBack(floor, worker, at);
    return;
  }
  const own = queues[worker.agent.team]?.take();
  const contact = own ?? (random.chance(0.7) ? queues[random.below(queues.length)]?.take() : own);
  if (contact !== undefined) handleContact(floor, worker, contact, at);
}

/** Returns to an earlier customer without a ticket: ordinary, and the reason novelty floods. */
function lookBack(floor: Floor, worker: Worker, at: number): void {
  const { random, desk } = floor;
  const place = pick(random, worker.recent);
  let now = random.chance(0.3) ? search(floor, worker, { place, at, why: {} }) : at;
  for (let views = 1 + random.geometric(0.3); views > 0; views -= 1) {
    const subjects = [desk.population.refOf(place)];
    const fields = ["name", "email"] as const;
    access(floor, worker.actor, now, { action: "view", subjects, result_count: 1, fields });
    now += screenMs(floor);
  }
}

/** Sorts the morning's queue: up to 44 customers in a row, seconds apart, none of them for long. */
function triage(floor: Floor, worker: Worker, at: number): void {
  const { random, desk } = floor;
  let now = at;
  for (let left = Math.min(44, 4 + random.geometric(0.82)); left > 0; left -= 1) {
    const subjects = [desk.population.refOf(desk.population.drawCaller(random))];
    const justification = { source: "queue" } as const;
    access(floor, worker.actor, now, { action: "view", subjects, result_count: 1, justification });
    now += 3_000 + random.exponential(9_000);
  }
}

/** Pages through an announced recall list: hundreds of customers in a few events, legitimately. */
function recall(floor: Floor, worker: Worker, at: number): void {
  const { random, desk } = floor;
  const place = desk.population.drawCaller(random);
  const justification = { source: "manual", reason: "recall list" } as const;
  let now = at;
  for (let pages = 6 + random.below(4); pages > 0; pages -= 1) {
    const subjects = desk.population.drawPage(random, place.tenant, 50);
    access(floor, worker.actor, now, { action: "list", subjects, justification });
    now += random.between(5, 40) * minuteMs;
  }
}

/** The reporting role's work: a few lists and one export of a tenant's customers most days. */
function report(floor: Floor, worker: Worker, at: number): void {
  const { random, desk } = floor;
  const place = desk.population.drawCaller(random);
  const why = { justification: { source: "manual", reason: "weekly report" } } as const;
  const shownAt = list(floor, worker, { place, at, why });
  if (!random.chance(0.6)) return;
  const rows = Math.min(400, 20 + Math.floor(random.exponential(60)));
  const subjects = desk.population.drawPage(random, place.tenant, rows);
  access(floor, worker.actor, shownAt, {
    action: "export",
    subjects,
    result_count: subjects.length,
    bytes: 4_000 + subjects.length * (180 + random.below(60)),
    fields: ["name", "email"],
    ...why,
  });
}
