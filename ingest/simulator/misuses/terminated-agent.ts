import { hourMs, minuteMs } from "../calendar.ts";
import type { Misuse } from "../misuse.ts";
import { pick } from "../random.ts";

export const terminatedAgent: Misuse = {
  id: "terminated-agent",
  scenario: "terminated-agent",
  variant: "naive",
  title: "A former agent's account still works",
  doc: "Somebody whose employment has ended signs in from home, pages through a tenant's records and opens a few.",
  accounts: 1,
  formerAgents: true,
  days: 1,
  play: (stage) => {
    const { random, desk, at } = stage;
    const tenant = pick(random, desk.population.tenants.slice(0, 12));
    for (const agent of stage.agents) {
      if (agent.leftAt > at) stage.terminate(agent, -hourMs);
      let now = 0;
      const { homeIp: ip, homeAsn: asn, site } = agent;
      const actor = stage.login(agent, now, { ip, asn, country: site.country });
      for (let page = 0; page < 3; page += 1) {
        now += random.between(1, 4) * minuteMs;
        const subjects = desk.population.drawPage(random, tenant, 25);
        const result_count = subjects.length;
        stage.act(actor, now, {
          action: "list",
          subjects,
          result_count,
          fields: ["name", "email"],
        });
        for (const subject of subjects.slice(0, 4)) {
          now += random.between(10, 40) * 1_000;
          const fields = ["name", "email", "phone"] as const;
          stage.act(actor, now, { action: "view", subjects: [subject], result_count: 1, fields });
        }
      }
    }
  },
};
