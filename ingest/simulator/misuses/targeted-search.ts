import { minuteMs } from "../calendar.ts";
import { exactSearch } from "../look-up.ts";
import type { Misuse } from "../misuse.ts";
import { pick } from "../random.ts";

export const targetedSearch: Misuse = {
  id: "targeted-search",
  scenario: "targeted-search",
  variant: "naive",
  title: "An insider looks people up one by one",
  doc: "An agent on shift searches for dozens of customers by their exact identifier, without any ticket, and opens most of them.",
  accounts: 1,
  formerAgents: false,
  days: 1,
  play: (stage) => {
    const { random, desk } = stage;
    const tenants = [pick(random, desk.population.tenants), pick(random, desk.population.tenants)];
    for (const agent of stage.agents) {
      const actor = stage.login(agent, 0);
      let now = minuteMs;
      for (let left = 45 + random.below(16); left > 0; left -= 1) {
        const tenant = pick(random, tenants);
        const subject = desk.population.refOf({ tenant, rank: random.below(tenant.subjects - 1) });
        stage.act(actor, now, exactSearch(subject));
        now += random.between(8, 30) * 1_000;
        if (random.chance(0.6)) {
          const fields = ["name", "phone", "address"] as const;
          stage.act(actor, now, { action: "view", subjects: [subject], result_count: 1, fields });
        }
        now += random.exponential(2.2 * minuteMs);
      }
    }
  },
};
