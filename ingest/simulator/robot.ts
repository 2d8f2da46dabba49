/** Service accounts among the agents: no machine, no shift, no ticket, bursts of views every hour. */
import { dayMs, hourMs } from "./calendar.ts";
import { access, type Floor } from "./floor.ts";
import { createRandom, type Random } from "./random.ts";
import type { Actor } from "./wire-event.ts";

/** A robot for this many agents. */
const agentsPerRobot = 200;

/** Puts the robots' rounds on the agenda, for ever. */
export function openRobots(floor: Floor, from: number): void {
  const robots = robotCount(floor.desk.agents.length);
  const { robotViews, hiddenRobotViews } = floor.desk.profile;
  const perHour = (floor.desk.agents.length * robotViews) / robots / 24;
  for (let index = 0; index < robots; index += 1) {
    const random = createRandom(`${floor.desk.seed}/robot/${index}`);
    openRobot(floor, { random, actor: robotActor(floor, index), from, perHour });
  }
  if (hiddenRobotViews === 0) return;
  const random = createRandom(`${floor.desk.seed}/hidden-robot`);
  const busyHour = (floor.desk.agents.length * hiddenRobotViews) / 24;
  openRobot(floor, { random, actor: hiddenRobot(floor), from, perHour: busyHour });
  const agentId = hiddenRobotId;
  floor.records?.note({ kind: "robot_among_agents", agentId, from, until: from + 400 * dayMs });
}

interface Robot {
  readonly random: Random;
  readonly actor: Actor;
  readonly from: number;
  readonly perHour: number;
}

function openRobot(floor: Floor, { random, actor, from, perHour }: Robot): void {
  const day = (at: number) => {
    access(floor, actor, at, { action: "login" });
    floor.agenda.add(at + dayMs, day);
  };
  const hour = (at: number) => {
    let now = at;
    for (let left = Math.round(perHour * random.gamma(1.2)); left > 0; left -= 1) {
      now += 800 + random.exponential(4_000);
      const subjects = [floor.desk.population.refOf(floor.desk.population.drawCaller(random))];
      const action = random.chance(0.05) ? "update" : "view";
      access(floor, actor, now, { action, subjects, result_count: 1, fields: ["name", "email"] });
    }
    floor.agenda.add(at + hourMs, hour);
  };
  floor.agenda.add(from + hourMs, day);
  floor.agenda.add(from + 3 * 60_000, hour);
}

const hiddenRobotId = "ag-0b0700000";

/** A script under somebody's name: the roster and the console call it an agent. */
function hiddenRobot(floor: Floor): Actor {
  const { agent, session } = robotActor(floor, 0);
  const [colleague] = floor.desk.agents;
  return {
    agent: { ...agent, ...colleague?.ref, id: hiddenRobotId, role: "agent" },
    session: { ...session, ip: "203.0.113.77", device_id: "dv-0b0700000" },
  };
}

export const serviceAccountsOf = (agents: number): readonly string[] =>
  Array.from({ length: robotCount(agents) }, (_, index) => serviceIdOf(index));

const robotCount = (agents: number) => Math.max(1, Math.round(agents / agentsPerRobot));
const serviceIdOf = (index: number) => `ag-svc0${index.toString(16).padStart(4, "0")}`;

function robotActor(floor: Floor, index: number): Actor {
  const hex = index.toString(16).padStart(4, "0");
  return {
    agent: { id: serviceIdOf(index), team: "tm-platform", role: "service", time_zone: "UTC" },
    session: {
      id: floor.mint.id("ss-"),
      ip: `2001:db8:ffff::${hex}`,
      user_agent: "desk-sync/4",
      device_id: `dv-svc0${hex}`,
      country: "IE",
      asn: 64_496,
      auth_factor: "none",
    },
  };
}
