/**
 * December 2021: a former employee, whose access was never withdrawn, downloads reports with the names and
 * portfolios of 8.2 million customers.
 */
import { createLocalTime, dayMs, hourMs, minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import { pick } from "../random.ts";
import type { Story } from "../story.ts";
import { logRows } from "./log-rows.ts";
import { doNext, type Moment, wait } from "./moves.ts";

export const cashApp: Story = {
  id: "cash-app",
  title: "A former employee downloads reports",
  formerAgents: true,
  naive: {
    doc: "Weeks after the last day somebody signs in from home at night and downloads eight reports in a row.",
    accounts: 1,
    days: 2,
    play: (stage) => {
      for (const moment of signIns(stage, { count: 1, localHour: 23 })) {
        for (let file = 0; file < 8; file += 1) download(stage, moment, { rows: 900 });
      }
    },
  },
  careful: {
    doc: "A former employee downloads one small report at noon on each of three days, called what the desk calls its own.",
    accounts: 1,
    days: 4,
    play: (stage) => {
      for (const moment of signIns(stage, { count: 3, localHour: 12 })) {
        download(stage, moment, { rows: 120, reason: "weekly report" });
      }
    },
  },
};

interface Visits {
  readonly count: number;
  readonly localHour: number;
}

/** From home, on the machine that was never handed in, a day apart. */
function signIns(stage: Stage, { count, localHour }: Visits): readonly Moment[] {
  const localTime = createLocalTime();
  return stage.agents.flatMap((agent) => {
    const local = stage.at + localTime.offsetMs(agent.site.timeZone, stage.at);
    const waitMs = (localHour * hourMs - (local % dayMs) + dayMs) % dayMs;
    if (agent.leftAt > stage.at) stage.terminate(agent, -hourMs);
    const { homeIp: ip, homeAsn: asn, site } = agent;
    const home = { ip, asn, country: site.country };
    return Array.from({ length: count }, (_, day) => {
      const offsetMs = waitMs + day * dayMs + stage.random.between(0, 40) * minuteMs;
      return { actor: stage.hijack(agent, offsetMs, home), offsetMs: offsetMs + minuteMs };
    });
  });
}

interface Report {
  readonly rows: number;
  readonly reason?: string;
}

function download(stage: Stage, moment: Moment, { rows, reason }: Report): void {
  const { random, desk } = stage;
  const tenant = pick(random, desk.population.tenants.slice(0, 12));
  const from = random.below(tenant.subjects);
  const subjects = logRows(desk.population, { tenant, from, count: rows });
  doNext(stage, moment, {
    action: "export",
    subjects,
    result_count: subjects.length,
    bytes: 9_000 + 210 * subjects.length,
    fields: ["name", "payment"],
    ...(reason === undefined ? {} : { justification: { source: "manual" as const, reason } }),
  });
  wait(moment, random.between(1, 6) * minuteMs);
}
