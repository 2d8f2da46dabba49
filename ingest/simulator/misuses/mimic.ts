/** Somebody copies the rhythm of a colleague's work: the right hours, the right pace, the wrong people. */
import { hourMs, minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import { pick } from "../random.ts";
import type { Story } from "../story.ts";
import type { WorkedShift } from "../worklog.ts";
import { doNext, type Moment, momentIn, searchFor, victims, view, wait } from "./moves.ts";

export const mimic: Story = {
  id: "mimic",
  title: "Work that looks like a colleague's, for nobody's ticket",
  naive: {
    doc: "An agent repeats one of a colleague's shifts contact by contact, under ticket numbers that nobody ever opened.",
    accounts: 1,
    days: 2,
    play: (stage) => {
      for (const agent of stage.agents) {
        const [shift] = stage.shifts(agent);
        if (shift === undefined) continue;
        const contacts = Math.max(40, colleagueShift(stage, shift).tickets.length);
        const pauseMs = (0.9 * (shift.until - shift.from)) / contacts;
        for (let contact = 0; contact < contacts; contact += 1) {
          const offsetMs = shift.from - stage.at + (contact + stage.random.next()) * pauseMs;
          const ticketId = `TK-${stage.random.below(900_000_000) + 100_000_000}`;
          pretend(stage, { actor: shift.actor, offsetMs, ticketId }, false);
        }
      }
    },
  },
  careful: {
    doc: "An agent adds six contacts a shift that look like work, under tickets that were finished hours before, for ten days.",
    accounts: 1,
    days: 10,
    play: (stage) => {
      for (const agent of stage.agents) {
        for (const shift of stage.shifts(agent)) {
          const lastMs = shift.until - stage.at - 10 * minuteMs;
          for (let contact = 0; contact < 6; contact += 1) {
            const moment = momentIn(stage, { shift, citing: 0.8 });
            wait(moment, stage.random.between(1, 3) * hourMs);
            pretend(stage, { ...moment, offsetMs: Math.min(moment.offsetMs, lastMs) }, true);
          }
        }
      }
    },
  },
};

/** The shift that is copied: the longest list of tickets of a few other agents, or the own. */
function colleagueShift(stage: Stage, own: WorkedShift): WorkedShift {
  const colleagues = Array.from({ length: 5 }, () => pick(stage.random, stage.desk.agents));
  const known = colleagues
    .filter(({ ref }) => ref.id !== own.actor.agent.id)
    .flatMap((agent) => stage.shifts(agent).slice(0, 1));
  return known.reduce(
    (best, shift) => (shift.tickets.length > best.tickets.length ? shift : best),
    own,
  );
}

/** One contact as ordinary work makes it, down to the change at its end. */
function pretend(stage: Stage, moment: Moment, isSubtle: boolean): void {
  const { random, desk } = stage;
  for (const victim of victims(stage, desk.population.tenants, 1)) {
    if (random.chance(isSubtle ? 0.1 : 0.3)) searchFor(stage, moment, victim);
    for (let views = 1 + random.geometric(0.4); views > 0; views -= 1) view(stage, moment, victim);
    if (random.chance(0.1)) {
      doNext(stage, moment, { action: "update", subjects: [victim], fields: ["name"] });
    }
    wait(moment, random.exponential(minuteMs));
  }
}
