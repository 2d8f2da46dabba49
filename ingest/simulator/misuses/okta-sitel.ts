/**
 * January 2022: the workstation of an engineer at a sub-processor is used remotely for 25 minutes at a time over
 * five days; a few customers' administration records are opened, an attempt to enrol a factor fails.
 */
import { minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import type { Tenant } from "../population.ts";
import type { Story } from "../story.ts";
import { intruderNetwork, nearbyNetwork } from "./intruder.ts";
import { doNext, type Moment, view, wait, workingHour } from "./moves.ts";

export const oktaSitel: Story = {
  id: "okta-sitel",
  title: "A sub-processor's session opens customers' administration records",
  naive: {
    doc: "A new machine on a rented network fails to enrol a factor, lists five tenants, opens their administrators and impersonates some.",
    accounts: 1,
    days: 1,
    play: (stage) => {
      for (const agent of stage.agents) {
        const moment = { actor: stage.login(agent, 0, intruderNetwork), offsetMs: 0 };
        wait(moment, stage.random.between(1, 3) * minuteMs);
        doNext(stage, moment, { action: "factor_enroll", outcome: "denied" });
        for (const tenant of visited(stage, 5)) openTenant(stage, moment, { tenant, admins: 5 });
      }
    },
  },
  careful: {
    doc: "The agent's own machine, remotely and in working hours, opens one or two administrators of two tenants on each of five days.",
    accounts: 1,
    days: 7,
    play: (stage) => {
      const tenants = visited(stage, 2);
      for (const agent of stage.agents) {
        for (let day = 0; day < 5; day += 1) {
          const offsetMs = workingHour(stage, agent, day);
          const moment = { actor: stage.hijack(agent, offsetMs, nearbyNetwork(agent)), offsetMs };
          wait(moment, stage.random.between(2, 10) * minuteMs);
          for (const tenant of tenants) openTenant(stage, moment, { tenant, admins: 2 });
        }
      }
    },
  },
};

/** Tenants of middle size, side by side. */
function visited({ random, desk }: Stage, count: number): readonly Tenant[] {
  const { tenants } = desk.population;
  const first = random.below(Math.max(1, tenants.length - count));
  return tenants.slice(first, first + count);
}

interface Visit {
  readonly tenant: Tenant;
  readonly admins: number;
}

/** The administrators are the first ranks of a tenant. */
function openTenant(stage: Stage, moment: Moment, { tenant, admins }: Visit): void {
  const { random, desk } = stage;
  const subjects = desk.population.drawPage(random, tenant, 4 * admins);
  doNext(stage, moment, {
    action: "list",
    subjects,
    result_count: subjects.length,
    fields: ["name", "email"],
  });
  for (let place = 0; place < admins; place += 1) {
    const rank = random.below(Math.min(20, Math.max(1, tenant.subjects - 1)));
    const subject = desk.population.refOf({ tenant, rank });
    view(stage, moment, subject, ["name", "email", "phone"]);
    if (random.chance(0.3)) doNext(stage, moment, { action: "impersonate", subjects: [subject] });
    wait(moment, random.exponential(minuteMs));
  }
}
