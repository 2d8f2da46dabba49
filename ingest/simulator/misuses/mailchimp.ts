/**
 * March 2022: employees of a mailing service are deceived; 319 accounts of one trade are viewed and the audiences
 * of 102 exported.
 */
import { minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import type { Tenant } from "../population.ts";
import type { Story } from "../story.ts";
import { intruderNetwork } from "./intruder.ts";
import { logRows } from "./log-rows.ts";
import { doNext, type Moment, moments, view, wait } from "./moves.ts";

export const mailchimp: Story = {
  id: "mailchimp",
  title: "Lists of one trade's tenants are exported",
  naive: {
    doc: "One phished account opens the tenants of a segment one after another and exports the lists of most in an afternoon.",
    accounts: 1,
    days: 1,
    play: (stage) => {
      for (const agent of stage.agents) {
        const moment = { actor: stage.login(agent, 0, intruderNetwork), offsetMs: 0 };
        wait(moment, 2 * minuteMs);
        for (const tenant of segment(stage, 25)) {
          view(stage, moment, stage.desk.population.refOf({ tenant, rank: 0 }), ["name", "email"]);
          wait(moment, stage.random.exponential(2 * minuteMs));
          if (stage.random.chance(0.7)) exportList(stage, moment, { tenant, rows: 600 });
        }
      }
    },
  },
  careful: {
    doc: "Two agents' own sessions export a hundred rows of another tenant of the segment every other day, called a weekly report.",
    accounts: 2,
    days: 14,
    play: (stage) => {
      const tenants = segment(stage, 12);
      stage.agents.forEach((agent, index) => {
        const own = tenants.filter((_, place) => place % stage.agents.length === index);
        const plan = { count: own.length, citing: 0 };
        moments(stage, agent, plan).forEach((moment, place) => {
          const tenant = own[place];
          if (tenant === undefined) return;
          view(stage, moment, stage.desk.population.refOf({ tenant, rank: 0 }), ["name", "email"]);
          exportList(stage, moment, { tenant, rows: 100, reason: "weekly report" });
        });
      });
    },
  },
};

/** Every third tenant stands for a trade; never more than there are. */
function segment({ random, desk }: Stage, count: number): readonly Tenant[] {
  const which = random.below(3);
  return desk.population.tenants.filter((_, index) => index % 3 === which).slice(0, count);
}

interface List {
  readonly tenant: Tenant;
  readonly rows: number;
  readonly reason?: string;
}

function exportList(stage: Stage, moment: Moment, { tenant, rows, reason }: List): void {
  const { random, desk } = stage;
  const count = Math.ceil(rows * random.between(0.5, 1));
  const from = random.below(tenant.subjects);
  const subjects = logRows(desk.population, { tenant, from, count });
  doNext(stage, moment, {
    action: "export",
    subjects,
    result_count: subjects.length,
    bytes: 4_000 + subjects.length * 180,
    fields: ["name", "email"],
    ...(reason === undefined ? {} : { justification: { source: "manual" as const, reason } }),
  });
}
