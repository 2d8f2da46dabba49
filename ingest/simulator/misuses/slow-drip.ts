/** Somebody takes a little more every day: never a day that stands out from the day before. */
import { minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import type { Story } from "../story.ts";
import { momentIn, searchFor, victims, view, wait } from "./moves.ts";

export const slowDrip: Story = {
  id: "slow-drip",
  title: "A few more records every day",
  naive: {
    doc: "An agent searches for and opens four more customers every shift than the shift before, without tickets, for twelve days.",
    accounts: 1,
    days: 12,
    play: (stage) => drip(stage, { first: 4, step: 4, searching: 0.7, citing: 0 }),
  },
  careful: {
    doc: "An agent opens one more record every shift than the shift before, between tickets, a fifth under the ticket at hand, for twenty days.",
    accounts: 1,
    days: 20,
    play: (stage) => drip(stage, { first: 1, step: 1, searching: 0, citing: 0.2 }),
  },
};

interface Drip {
  readonly first: number;
  readonly step: number;
  readonly searching: number;
  readonly citing: number;
}

function drip(stage: Stage, { first, step, searching, citing }: Drip): void {
  const { random, desk } = stage;
  for (const agent of stage.agents) {
    stage.shifts(agent).forEach((shift, index) => {
      for (const victim of victims(stage, desk.population.tenants, first + step * index)) {
        const moment = momentIn(stage, { shift, citing });
        if (random.chance(searching)) searchFor(stage, moment, victim);
        wait(moment, random.exponential(0.5 * minuteMs));
        view(stage, moment, victim);
      }
    });
  }
}
