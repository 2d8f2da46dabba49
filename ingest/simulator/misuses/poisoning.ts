/** Somebody teaches the monitoring that much is normal, step by step, and then takes much. */
import { minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import type { Story } from "../story.ts";
import type { WorkedShift } from "../worklog.ts";
import { momentIn, searchFor, victims, view, wait } from "./moves.ts";

export const poisoning: Story = {
  id: "poisoning",
  title: "A baseline is raised before the taking",
  naive: {
    doc: "An agent pads eight shifts with ever more needless views, up to forty, then searches for and opens 130 customers in one shift.",
    accounts: 1,
    days: 12,
    play: (stage) => {
      for (const agent of stage.agents) {
        const shifts = stage.shifts(agent).slice(0, 9);
        shifts.forEach((shift, index) => {
          const taking = index === shifts.length - 1;
          pad(stage, shift, { count: taking ? 130 : 5 + 5 * index, citing: 0, searches: taking });
        });
      }
    },
  },
  careful: {
    doc: "An agent pads ten shifts by two more views each, a third under tickets, then takes 35 records in each of the next four.",
    accounts: 1,
    days: 20,
    play: (stage) => {
      for (const agent of stage.agents) {
        const shifts = stage.shifts(agent).slice(0, 14);
        shifts.forEach((shift, index) => {
          const count = index < shifts.length - 4 ? 2 + 2 * index : 35;
          pad(stage, shift, { count, citing: 0.35, searches: false });
        });
      }
    },
  },
};

interface Padding {
  readonly count: number;
  readonly citing: number;
  readonly searches: boolean;
}

function pad(stage: Stage, shift: WorkedShift, { count, citing, searches }: Padding): void {
  for (const victim of victims(stage, stage.desk.population.tenants, count)) {
    const moment = momentIn(stage, { shift, citing });
    wait(moment, stage.random.exponential(2 * minuteMs));
    if (searches && stage.random.chance(0.5)) searchFor(stage, moment, victim);
    view(stage, moment, victim, ["name", "email", "payment"]);
  }
}
