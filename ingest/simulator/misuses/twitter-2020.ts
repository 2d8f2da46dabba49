/**
 * July 2020: employees phished by telephone lend their tools; e-mail addresses of famous accounts are changed,
 * factors reset, and the accounts taken over the same afternoon.
 */
import { hourMs, minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import type { Story } from "../story.ts";
import type { WireSubjectRef } from "../wire-event.ts";
import { intruderNetwork, nearbyNetwork } from "./intruder.ts";
import { doNext, type Moment, searchFor, victims, view, wait, workingHour } from "./moves.ts";

export const twitter2020: Story = {
  id: "twitter-2020",
  title: "Phished tools change who owns famous accounts",
  naive: {
    doc: "Two phished accounts try the tool out, search for ten famous accounts, change their e-mail and reset their factors within the hour.",
    accounts: 2,
    days: 1,
    play: (stage) => {
      const famous = [...stage.desk.config.watchlist_subjects.slice(2, 5), ...famousOf(stage, 8)];
      stage.agents.forEach((agent, index) => {
        const offsetMs = index * 20 * minuteMs;
        const moment = { actor: stage.login(agent, offsetMs, intruderNetwork), offsetMs };
        tryOut(stage, moment);
        for (const target of famous.filter((_, place) => place % 2 === index)) {
          takeOver(stage, moment, { target, delayMs: minuteMs });
          wait(moment, stage.random.between(1, 4) * minuteMs);
        }
      });
    },
  },
  careful: {
    doc: "One copied session, in the agent's hours, changes five accounts of the better known in three days; each is taken over hours later.",
    accounts: 1,
    days: 5,
    play: (stage) => {
      for (const agent of stage.agents) {
        famousOf(stage, 5).forEach((target, index) => {
          const offsetMs = workingHour(stage, agent, Math.floor(index / 2));
          const moment = { actor: stage.hijack(agent, offsetMs, nearbyNetwork(agent)), offsetMs };
          wait(moment, stage.random.between(5, 30) * minuteMs);
          takeOver(stage, moment, { target, delayMs: 2 * hourMs });
        });
      }
    },
  },
};

const famousOf = (stage: Stage, count: number) =>
  victims(stage, stage.desk.population.tenants.slice(0, 10), count);

/** What the tool shows, before anybody in particular is looked for. */
function tryOut(stage: Stage, moment: Moment): void {
  for (let tries = 0; tries < 4; tries += 1) {
    const subjects = famousOf(stage, 6);
    doNext(stage, moment, {
      action: "search",
      search: { kind: "wildcard", field: "name" },
      subjects,
      result_count: subjects.length,
      fields: ["name", "email"],
    });
  }
}

interface TakeOver {
  readonly target: WireSubjectRef;
  /** Mean time until the account's owner loses it. */
  readonly delayMs: number;
}

function takeOver(stage: Stage, moment: Moment, { target, delayMs }: TakeOver): void {
  searchFor(stage, moment, target);
  view(stage, moment, target, ["name", "email", "phone"]);
  doNext(stage, moment, { action: "update", subjects: [target], fields: ["email"] });
  stage.consequence(target, moment.offsetMs + 2_000, "email_changed");
  const lostAt = moment.offsetMs + 10_000 + stage.random.exponential(delayMs);
  stage.consequence(target, lostAt, "factor_reset");
  if (stage.random.chance(0.6)) stage.consequence(target, lostAt + minuteMs, "password_reset");
}
