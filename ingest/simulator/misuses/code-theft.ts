import { minuteMs } from "../calendar.ts";
import { exactSearch } from "../look-up.ts";
import type { Misuse } from "../misuse.ts";
import { intruderNetwork } from "./intruder.ts";

export const codeTheft: Misuse = {
  id: "code-theft",
  scenario: "code-theft",
  variant: "naive",
  title: "One-time codes are read and used",
  doc: "A phished account searches for customers, has a code issued for each, unmasks it, and some of them are re-registered minutes later.",
  accounts: 1,
  formerAgents: false,
  days: 1,
  play: (stage) => {
    const { random, desk } = stage;
    for (const agent of stage.agents) {
      const actor = stage.login(agent, 0, intruderNetwork);
      let now = random.between(1, 3) * minuteMs;
      for (let left = 10 + random.below(5); left > 0; left -= 1) {
        const subject = desk.population.refOf(desk.population.drawCaller(random));
        stage.act(actor, now, exactSearch(subject));
        stage.consequence(subject, now + random.between(20, 60) * 1_000, "code_issued");
        now += random.between(65, 110) * 1_000;
        stage.act(actor, now, { action: "reveal", subjects: [subject], fields: ["sms_code"] });
        const takenMs = random.between(2, 8) * minuteMs;
        if (random.chance(0.35)) stage.consequence(subject, now + takenMs, "reregistered");
        now += random.between(1, 3) * minuteMs;
      }
    }
  },
};
