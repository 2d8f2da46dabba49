import { minuteMs } from "../calendar.ts";
import type { Misuse, Stage } from "../misuse.ts";
import type { Tenant } from "../population.ts";
import { pick } from "../random.ts";
import type { DeskAgent } from "../roster.ts";
import { intruderNetwork } from "./intruder.ts";
import { logRows } from "./log-rows.ts";

const rowsPerPage = 50;

export const bulkPaging: Misuse = {
  id: "bulk-paging",
  scenario: "bulk-paging",
  variant: "naive",
  title: "Phished sessions page through a tenant's log",
  doc: "Three phished accounts sign in from one unknown network, enrol a factor and page through the log of one tenant.",
  accounts: 3,
  formerAgents: false,
  days: 1,
  play: (stage) => {
    const tenant = pick(stage.random, stage.desk.population.tenants.slice(0, 8));
    const firstRow = stage.random.below(tenant.subjects);
    stage.agents.forEach((agent, index) => {
      pageThrough(stage, agent, { tenant, index, firstRow });
    });
  },
};

interface Part {
  readonly tenant: Tenant;
  /** 0 for the first account. */
  readonly index: number;
  readonly firstRow: number;
}

function pageThrough(stage: Stage, agent: DeskAgent, { tenant, index, firstRow }: Part): void {
  const { random } = stage;
  let now = index * random.between(3, 8) * minuteMs;
  const actor = stage.login(agent, now, intruderNetwork);
  now += random.between(1, 5) * minuteMs;
  stage.act(actor, now, { action: "factor_enroll" });
  const pages = 11 + random.below(4);
  for (let page = 0; page < pages; page += 1) {
    now += random.between(0.8, 3) * minuteMs;
    const from = firstRow + (index * 15 + page) * rowsPerPage;
    const subjects = logRows(stage.desk.population, { tenant, from, count: rowsPerPage });
    const result_count = subjects.length;
    stage.act(actor, now, { action: "list", subjects, result_count, fields: ["phone"] });
  }
}
