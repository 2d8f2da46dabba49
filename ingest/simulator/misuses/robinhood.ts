/**
 * November 2021: a support employee is deceived by telephone; five million e-mail addresses are taken, and more
 * details of some 310 customers, extensive ones of about ten.
 */
import { minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import { pick } from "../random.ts";
import type { Story } from "../story.ts";
import { intruderNetwork } from "./intruder.ts";
import { logRows } from "./log-rows.ts";
import { doNext, type Moment, moments, victims, view, wait } from "./moves.ts";

export const robinhood: Story = {
  id: "robinhood",
  title: "E-mail addresses in bulk, a few customers in detail",
  naive: {
    doc: "One deceived employee's account exports thousands of addresses in four files, then opens ten customers in every detail.",
    accounts: 1,
    days: 1,
    play: (stage) => {
      for (const agent of stage.agents) {
        const moment = { actor: stage.login(agent, 0, intruderNetwork), offsetMs: 0 };
        wait(moment, stage.random.between(2, 6) * minuteMs);
        for (let file = 0; file < 4; file += 1) {
          takeAddresses(stage, moment, { action: "export", from: file * 1_200, count: 1_200 });
          wait(moment, stage.random.between(2, 8) * minuteMs);
        }
        openInDetail(stage, moment, 10);
      }
    },
  },
  careful: {
    doc: "The employee's own sessions bring up two pages a day of filtered addresses for ten days, and one customer in detail.",
    accounts: 1,
    days: 14,
    play: (stage) => {
      for (const agent of stage.agents) {
        moments(stage, agent, { count: 20, citing: 0.3 }).forEach((moment, index) => {
          takeAddresses(stage, moment, { action: "search", from: index * 40, count: 40 });
          if (index % 2 === 0) openInDetail(stage, moment, 1);
        });
      }
    },
  },
};

interface Addresses {
  readonly action: "export" | "search";
  readonly from: number;
  readonly count: number;
}

function takeAddresses(stage: Stage, moment: Moment, { action, from, count }: Addresses): void {
  const [tenant = pick(stage.random, stage.desk.population.tenants)] =
    stage.desk.population.tenants;
  const subjects = logRows(stage.desk.population, { tenant, from, count });
  const shown = { subjects, result_count: subjects.length, fields: ["email"] } as const;
  if (action === "export") {
    doNext(stage, moment, { action, bytes: 2_000 + 40 * subjects.length, ...shown });
    return;
  }
  doNext(stage, moment, { action, search: { kind: "filter", field: "email" }, ...shown });
}

function openInDetail(stage: Stage, moment: Moment, count: number): void {
  for (const victim of victims(stage, stage.desk.population.tenants.slice(0, 1), count)) {
    view(stage, moment, victim, ["name", "email", "phone", "address", "payment"]);
    wait(moment, stage.random.exponential(minuteMs));
  }
}
