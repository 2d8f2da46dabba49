/** An agent's day: whether there is one, login, one contact after another, lunch, logout. */
import { dayMs, hourMs, minuteMs, utcDayOf, weekdayOf } from "./calendar.ts";
import { access, type Floor, note, recentOf, type Worker } from "./floor.ts";
import { handleContact } from "./handling.ts";
import { onLeave } from "./leave.ts";
import { list, screenMs, search } from "./look-up.ts";
import { createRandom, occasionally, pick } from "./random.ts";
import { agentAt, type DeskAgent } from "./roster.ts";
import { signIn } from "./session.ts";
import { lull, rush } from "./shock.ts";
import { huntFraud, openSweeps, review } from "./side-work.ts";

/** Days are planned this long before 00:00 UTC, when no shift of that local day has begun. */
const planAheadMs = 12 * hourMs;

/** Puts every agent's next days at work on the agenda, for ever. */
export function openShifts(floor: Floor, from: number): void {
  const plan = (day: number) => {
    for (const agent of floor.desk.agents) planDay(floor, agent, day);
    for (const double of floor.desk.doubles) planDay(floor, double, day);
    floor.agenda.add(day + dayMs - planAheadMs, () => plan(day + dayMs));
  };
  for (const agent of floor.desk.agents) announce(floor, agent, from);
  for (const agent of floor.desk.agents) announceChanges(floor, agent, from);
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

/** How long a change goes on being new, for whoever asks what was odd. */
const newForMs = 7 * dayMs;

function announceChanges(floor: Floor, agent: DeskAgent, from: number): void {
  const { agenda, mint, records } = floor;
  const { id: agentId } = agent.ref;
  if (agent.joinedAt > from) {
    const until = agent.joinedAt + 2 * newForMs;
    records?.note({ kind: "new_hire", agentId, from: agent.joinedAt, until });
  }
  for (const { kind, at, next } of agent.changes ?? []) {
    records?.note({ kind, agentId, from: at, until: at + newForMs });
    const { team, role } = next.ref ?? agent.ref;
    if (kind === "new_machine") continue;
    agenda.add(at, mint.agent(at, { type: "team_changed", agent_id: agentId, team, role }));
  }
}

function planDay(floor: Floor, agent: DeskAgent, day: number): void {
  const { random, agenda, localTime } = floor;
  const leave = onLeave(floor.desk.seed, agent.ref.id, day);
  const zoneMs = localTime.offsetMs(agent.site.timeZone, day);
  if (leave !== onLeave(floor.desk.seed, agent.ref.id, day - dayMs)) {
    announceLeave(floor, agent, { leave, at: day - zoneMs + agent.shiftStartMs - hourMs });
  }
  if (leave || agent.daysOff.includes(weekdayOf(day)) || random.chance(0.03)) return;
  if (isOffForHoliday(floor, agent, day)) return;
  const startsAt = day - zoneMs + agent.shiftStartMs + random.between(-10, 15) * minuteMs;
  if (startsAt < agent.joinedAt || startsAt + agent.shiftMs > agent.leftAt) return;
  agenda.add(startsAt, (at) => startShift(floor, agent, at));
}

interface Leave {
  readonly leave: boolean;
  readonly at: number;
}

/** A leave begins and ends an hour before the shift that it concerns; an account's second person has none. */
function announceLeave(floor: Floor, agent: DeskAgent, { leave, at }: Leave): void {
  const { desk, agenda, mint } = floor;
  const isEmployed = agent.joinedAt <= at && agent.leftAt > at;
  if (at <= desk.start || !isEmployed || desk.doubles.includes(agent)) return;
  const type = leave ? "leave_started" : "leave_ended";
  agenda.add(at, mint.agent(at, { type, agent_id: agent.ref.id }));
}

/** Share of agents who do not work on a holiday. */
const holidayOffShare = 0.6;

function isOffForHoliday({ desk }: Floor, agent: DeskAgent, day: number): boolean {
  if (lull(desk, agent.team, day + dayMs / 2) === 1) return false;
  return createRandom(`${desk.seed}/holiday/${agent.ref.id}/${day}`).chance(holidayOffShare);
}

/** Signs in and begins: what is written down about it, and a factor for a machine that is new. */
function openShift(floor: Floor, planned: DeskAgent, at: number): Worker {
  const { random, desk, mint, records } = floor;
  const agent = agentAt(planned, at);
  const actor = signIn(agent, { random, mint, at, vpnShare: desk.profile.vpnShare });
  const until = at + agent.shiftMs * random.between(0.9, 1.05);
  const worker: Worker = {
    agent,
    actor,
    until,
    recent: recentOf(floor, agent.ref.id),
    tickets: [],
  };
  access(floor, actor, at, { action: "login" });
  if (agent.deviceId !== agentAt(planned, at - dayMs).deviceId) {
    access(floor, actor, at + 2 * minuteMs, { action: "factor_enroll" });
  }
  records?.worklog.add({ actor, from: at, until, tickets: worker.tickets });
  if (actor.session.country !== agent.site.country) {
    note(floor, worker, { kind: "vpn_abroad", from: at, until });
  }
  if (desk.doubles.includes(planned)) {
    note(floor, worker, { kind: "shared_account", from: at, until });
  }
  return worker;
}

function startShift(floor: Floor, planned: DeskAgent, at: number): void {
  const { random, agenda, desk } = floor;
  const worker = openShift(floor, planned, at);
  const { agent, actor, until } = worker;
  if (random.chance(1 / 400)) access(floor, actor, at + minuteMs, { action: "factor_enroll" });
  const intensity = agent.pace * random.gamma(agent.evenness);
  const { contactsPerAgentDay } = desk.profile;
  const contactsMin = Math.min(0.5, 0.05 * contactsPerAgentDay);
  const gapMs = agent.shiftMs / Math.max(contactsMin, contactsPerAgentDay * intensity);
  const lunch = at + agent.shiftMs * random.between(0.4, 0.55);
  const pull = (now: number) => {
    const away = now > lunch && now < lunch + 30 * minuteMs;
    if (now >= until) endShift(floor, worker, now);
    else if (!away) work(floor, worker, now);
    const nextAt = now + random.exponential(gapMs / rush(desk, agent.team, now));
    if (now < until) agenda.add(Math.min(nextAt, until), pull);
  };
  agenda.add(at + random.exponential(5 * minuteMs), pull);
  if (random.chance(desk.profile.triageShare))
    triage(floor, worker, at + random.between(2, 20) * minuteMs);
  const recallDay = agent.ref.role === "reporting" ? 1 / 60 : 1 / 900;
  if (random.chance(recallDay)) recall(floor, worker, at + random.between(1, 3) * hourMs);
  if (agent.ref.role === "reporting") report(floor, worker, at + random.between(1, 4) * hourMs);
  openSweeps(floor, worker, at);
}

function endShift(floor: Floor, worker: Worker, at: number): void {
  if (floor.random.chance(0.55)) access(floor, worker.actor, at, { action: "logout" });
}

/** The next thing to do: a waiting contact, or a look back at somebody helped before. */
function work(floor: Floor, worker: Worker, at: number): void {
  const { random, queues, desk } = floor;
  const { role } = worker.agent.ref;
  if (role === "reviewer") {
    review(floor, worker, at);
    return;
  }
  if (role === "fraud_analyst" && occasionally(random, desk.profile.fraudHuntShare)) {
    huntFraud(floor, worker, at);
    return;
  }
  if (worker.recent.length > 0 && random.chance(desk.profile.lookingBack)) {
    lookBack(floor, worker, at);
    return;
  }
  const own = queues[worker.agent.team]?.take();
  const contact =
    own ??
    (random.chance(desk.profile.helping) ? queues[random.below(queues.length)]?.take() : own);
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
  note(floor, worker, { kind: "queue_sorting", from: at, until: now });
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
  note(floor, worker, { kind: "recall_list", from: at, until: now });
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
