/** Two agents work one list of targets, so that neither looks at too many and each can vouch for the other. */
import type { Stage } from "../misuse.ts";
import type { Story } from "../story.ts";
import type { WireSubjectRef } from "../wire-event.ts";
import { type Moment, momentIn, moments, searchFor, victims, view } from "./moves.ts";

export const collusion: Story = {
  id: "collusion",
  title: "Two agents share a list of targets",
  naive: {
    doc: "Two agents search for the same forty customers and open them, without tickets, within two working days.",
    accounts: 2,
    days: 4,
    play: (stage) => {
      const targets = victims(stage, stage.desk.population.tenants, 40);
      for (const agent of stage.agents) {
        const shifts = stage.shifts(agent).slice(0, 2);
        targets.forEach((target, index) => {
          const shift = shifts[index % Math.max(1, shifts.length)];
          if (shift !== undefined) lookUp(stage, momentIn(stage, { shift, citing: 0 }), target);
        });
      }
    },
  },
  careful: {
    doc: "Two agents open the same 24 customers in two weeks, one from the front of the list and one from its end, a third under the ticket at hand.",
    accounts: 2,
    days: 14,
    play: (stage) => {
      const targets = victims(stage, stage.desk.population.tenants, 24);
      stage.agents.forEach((agent, index) => {
        const own = index % 2 === 0 ? targets : targets.toReversed();
        const plan = { count: own.length, citing: 0.35 };
        moments(stage, agent, plan).forEach((moment, place) => {
          const target = own[place];
          if (target !== undefined) view(stage, moment, target);
        });
      });
    },
  },
};

function lookUp(stage: Stage, moment: Moment, target: WireSubjectRef): void {
  if (stage.random.chance(0.7)) searchFor(stage, moment, target);
  view(stage, moment, target);
}
