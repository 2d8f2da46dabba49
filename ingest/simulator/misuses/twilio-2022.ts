/**
 * August 2022: phished sessions of a communications provider's console page through one messenger's
 * verification log (about 1,900 numbers), search for three numbers, read their codes, and take one account over.
 */
import { minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import type { Tenant } from "../population.ts";
import { pick } from "../random.ts";
import type { Story } from "../story.ts";
import { intruderNetwork, nearbyNetwork } from "./intruder.ts";
import { logRows } from "./log-rows.ts";
import { doNext, type Moment, searchFor, victims, view, wait, workingHour } from "./moves.ts";

export const twilio2022: Story = {
  id: "twilio-2022",
  title: "Phished sessions read a messenger's verification data",
  naive: {
    doc: "Three phished accounts sign in from one unknown network, enrol a factor, page through one tenant's log within the hour, and read three codes.",
    accounts: 3,
    days: 1,
    play: (stage) => {
      const tenant = messenger(stage);
      stage.agents.forEach((agent, index) => {
        const startsAt = index * stage.random.between(3, 8) * minuteMs;
        const moment = { actor: stage.login(agent, startsAt, intruderNetwork), offsetMs: startsAt };
        wait(moment, stage.random.between(1, 4) * minuteMs);
        doNext(stage, moment, { action: "factor_enroll" });
        const pages = { tenant, from: index * 700, pages: 11 + stage.random.below(4), rows: 50 };
        pageThrough(stage, moment, { ...pages, pauseMinutes: 2 });
        if (index === 0) readCodes(stage, moment, { tenant, count: 3, taken: 1 });
      });
    },
  },
  careful: {
    doc: "Two copied sessions, from a line in the agents' own country and in their hours, show a few short pages a day for five days and read two codes.",
    accounts: 2,
    days: 7,
    play: (stage) => {
      const tenant = messenger(stage);
      stage.agents.forEach((agent, index) => {
        for (let day = 0; day < 5; day += 1) {
          const offsetMs = workingHour(stage, agent, day);
          const moment = { actor: stage.hijack(agent, offsetMs, nearbyNetwork(agent)), offsetMs };
          wait(moment, stage.random.between(4, 15) * minuteMs);
          const from = index * 500 + day * 100;
          pageThrough(stage, moment, { tenant, from, pages: 3, rows: 25, pauseMinutes: 12 });
          if (day > 2 && index === 0) readCodes(stage, moment, { tenant, count: 1, taken: 1 });
        }
      });
    },
  },
};

/** A large customer, but not the largest: its log is paged now and then in ordinary work. */
const messenger = (stage: Stage) =>
  pick(stage.random, stage.desk.population.tenants.slice(0, 8).filter(holdsALog));
const holdsALog = ({ subjects }: Tenant, index: number) => index === 0 || subjects > 800;

interface Paging {
  readonly tenant: Tenant;
  readonly from: number;
  readonly pages: number;
  readonly rows: number;
  readonly pauseMinutes: number;
}

function pageThrough(stage: Stage, moment: Moment, paging: Paging): void {
  for (let page = 0; page < paging.pages; page += 1) {
    const from = paging.from + page * paging.rows;
    const subjects = logRows(stage.desk.population, { ...paging, from, count: paging.rows });
    doNext(stage, moment, {
      action: "list",
      subjects,
      result_count: subjects.length,
      fields: ["phone"],
    });
    wait(moment, stage.random.exponential(paging.pauseMinutes * minuteMs));
  }
}

interface Codes {
  readonly tenant: Tenant;
  readonly count: number;
  /** How many of the accounts are then taken over. */
  readonly taken: number;
}

function readCodes(stage: Stage, moment: Moment, { tenant, count, taken }: Codes): void {
  victims(stage, [tenant], count).forEach((victim, index) => {
    searchFor(stage, moment, victim);
    view(stage, moment, victim, ["phone", "call_log"]);
    stage.consequence(victim, moment.offsetMs, "code_issued");
    wait(moment, stage.random.between(25, 70) * 1_000);
    doNext(stage, moment, { action: "reveal", subjects: [victim], fields: ["sms_code"] });
    const takenAt = moment.offsetMs + stage.random.between(3, 9) * minuteMs;
    if (index < taken) stage.consequence(victim, takenAt, "reregistered");
  });
}
