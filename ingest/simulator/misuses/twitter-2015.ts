/**
 * 2014 and 2015: two employees of a social network look up the accounts of a government's critics, over months,
 * and pass on e-mail addresses, telephone numbers and addresses.
 */
import { minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import { pick } from "../random.ts";
import type { Story } from "../story.ts";
import type { WireSubjectRef } from "../wire-event.ts";
import { doNext, type Moment, moments, searchFor, victims, view, wait } from "./moves.ts";

export const twitter2015: Story = {
  id: "twitter-2015",
  title: "An insider looks up particular people for somebody else",
  naive: {
    doc: "An agent searches for some forty named people in five days, two of them on the watch list, opens and unmasks their records, and comes back to them.",
    accounts: 1,
    days: 7,
    play: (stage) => {
      const watched = stage.desk.config.watchlist_subjects.slice(0, 2);
      const targets = [...watched, ...victims(stage, homelands(stage), 38)];
      inspect(stage, targets, { count: 70, citing: 0, revealShare: 0.25 });
    },
  },
  careful: {
    doc: "An agent looks fourteen people up, one or two a day between tickets, half of the times under the number of a ticket at hand, and returns to each.",
    accounts: 1,
    days: 20,
    play: (stage) => {
      const targets = victims(stage, homelands(stage), 14);
      inspect(stage, targets, { count: 34, citing: 0.5, revealShare: 0.04 });
    },
  },
};

const homelands = ({ random, desk }: Stage) => [
  pick(random, desk.population.tenants),
  pick(random, desk.population.tenants),
];

interface Inspection {
  readonly count: number;
  readonly citing: number;
  readonly revealShare: number;
}

function inspect(stage: Stage, targets: readonly WireSubjectRef[], plan: Inspection): void {
  const [agent] = stage.agents;
  if (agent === undefined) return;
  moments(stage, agent, plan).forEach((moment, index) => {
    // Each once at first, then back to whoever there is news about.
    const target = targets[index] ?? pick(stage.random, targets);
    inspectOne(stage, moment, { target, revealShare: plan.revealShare });
  });
}

interface Inspected {
  readonly target: WireSubjectRef;
  readonly revealShare: number;
}

function inspectOne(stage: Stage, moment: Moment, { target, revealShare }: Inspected): void {
  if (stage.random.chance(0.8)) searchFor(stage, moment, target);
  view(stage, moment, target, ["name", "email", "phone", "address"]);
  if (!stage.random.chance(revealShare)) return;
  wait(moment, stage.random.between(0.2, 1) * minuteMs);
  doNext(stage, moment, { action: "reveal", subjects: [target], fields: ["message_body"] });
}
