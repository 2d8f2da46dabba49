/** One agent of each team is on call for a week and is called at night now and then. */
import { dayMs, hourMs, minuteMs, weekdayOf } from "./calendar.ts";
import { access, type Floor, note, type Worker } from "./floor.ts";
import { handleContact } from "./handling.ts";
import { onLeave } from "./leave.ts";
import { createRandom, type Random } from "./random.ts";
import { agentAt, type DeskAgent } from "./roster.ts";
import { signIn } from "./session.ts";

/** Puts every week's rota on the agenda, for ever; nothing in desks that call nobody. */
export function openOnCall(floor: Floor, from: number): void {
  const { desk, agenda } = floor;
  if (desk.profile.callOutsPerTenNights === 0) return;
  const random = createRandom(`${desk.seed}/on-call`);
  const monday = from + ((8 - weekdayOf(from)) % 7) * dayMs;
  const week = (at: number) => {
    for (let team = 0; team < desk.teams; team += 1) openWeek(floor, random, { team, at });
    agenda.add(at + 7 * dayMs, week);
  };
  agenda.add(monday + 8 * hourMs, week);
}

interface Week {
  readonly team: number;
  readonly at: number;
}

function openWeek(floor: Floor, random: Random, { team, at }: Week): void {
  const { desk, agenda, mint } = floor;
  const members = desk.agents.filter(
    (agent) =>
      agent.team === team &&
      agent.joinedAt <= at &&
      agent.leftAt > at + 8 * dayMs &&
      !onLeave(desk.seed, agent.ref.id, at),
  );
  const agent = members[random.below(Math.max(1, members.length))];
  if (agent === undefined) return;
  const agent_id = agent.ref.id;
  const until = at + 7 * dayMs;
  agenda.add(at, mint.agent(at, { type: "on_call_started", agent_id }));
  agenda.add(until, mint.agent(until, { type: "on_call_ended", agent_id }));
  for (let night = 0; night < 7; night += 1) {
    if (!random.chance(desk.profile.callOutsPerTenNights / 10)) continue;
    const offsetMs = floor.localTime.offsetMs(agent.site.timeZone, at);
    const midnight = at - (at % dayMs) + (night + 1) * dayMs - offsetMs;
    agenda.add(Math.floor(midnight + random.between(-2, 5) * hourMs), (calledAt) => {
      callOut(floor, agentAt(agent, calledAt), calledAt);
    });
  }
}

/** Up to three contacts at night, from home or wherever the agent is. */
function callOut(floor: Floor, agent: DeskAgent, at: number): void {
  const { random, mint, agenda, queues, desk } = floor;
  const actor = signIn(agent, { random, mint, at, vpnShare: desk.profile.vpnShare });
  const until = at + 90 * minuteMs;
  const worker: Worker = { agent, actor, until, recent: [], tickets: [] };
  access(floor, actor, at, { action: "login" });
  note(floor, worker, { kind: "on_call", from: at, until });
  for (let contacts = 1 + random.below(3); contacts > 0; contacts -= 1) {
    agenda.add(at + contacts * random.between(2, 20) * minuteMs, (now) => {
      const contact = queues[agent.team]?.take() ?? queues[random.below(queues.length)]?.take();
      if (contact !== undefined) handleContact(floor, worker, contact, now);
    });
  }
}
