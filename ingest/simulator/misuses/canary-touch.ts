import { minuteMs } from "../calendar.ts";
import type { Misuse } from "../misuse.ts";
import { pick } from "../random.ts";

export const canaryTouch: Misuse = {
  id: "canary-touch",
  scenario: "canary-touch",
  variant: "naive",
  title: "A canary record is opened",
  doc: "An agent browses a tenant's records out of curiosity and opens one that belongs to nobody and that no work can lead to.",
  accounts: 1,
  formerAgents: false,
  days: 1,
  play: (stage) => {
    const { random, desk } = stage;
    const canary = pick(random, desk.config.canary_subjects);
    const tenant = desk.population.tenants.find(({ id }) => id === canary.tenant);
    for (const agent of stage.agents) {
      const actor = stage.login(agent, 0);
      const others = tenant === undefined ? [] : desk.population.drawPage(random, tenant, 3);
      const subjects = [...others, canary];
      stage.act(actor, minuteMs, {
        action: "search",
        search: { kind: "wildcard", field: "other" },
        subjects,
        result_count: subjects.length,
        fields: ["name", "email"],
      });
      subjects.forEach((subject, index) => {
        const offsetMs = (2 + index * random.between(0.3, 0.9)) * minuteMs;
        const fields = ["name", "email", "phone"] as const;
        stage.act(actor, offsetMs, {
          action: "view",
          subjects: [subject],
          result_count: 1,
          fields,
        });
      });
    }
  },
};
