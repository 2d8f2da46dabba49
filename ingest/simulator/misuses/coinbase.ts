/**
 * Winter 2024 to spring 2025: bribed agents abroad photograph customers' records, name, address, bank and document,
 * for months, until 69,000 are taken; nothing is exported, no ticket moves.
 */
import { minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import { pickWeighted } from "../random.ts";
import type { Story } from "../story.ts";
import { doNext, momentIn, moments, victims, view, wait } from "./moves.ts";

export const coinbase: Story = {
  id: "coinbase",
  title: "Bribed agents copy records slowly",
  naive: {
    doc: "Three agents open sixty wealthy customers' records each on four days, minutes apart and without any work, and unmask some documents.",
    accounts: 3,
    days: 5,
    play: (stage) => {
      for (const agent of stage.agents) {
        for (const shift of stage.shifts(agent).slice(0, 4)) {
          const moment = momentIn(stage, { shift, citing: 0 });
          copyRecords(stage, moment, { count: 60, pauseMinutes: 1.5, revealShare: 0.12 });
        }
      }
    },
  },
  careful: {
    doc: "Three agents open five more records a shift than their work needs, between tickets, a third under the ticket at hand, for eighteen days.",
    accounts: 3,
    days: 18,
    play: (stage) => {
      for (const agent of stage.agents) {
        const count = 5 * stage.shifts(agent).length;
        for (const moment of moments(stage, agent, { count, citing: 0.35 })) {
          copyRecords(stage, moment, { count: 1, pauseMinutes: 1, revealShare: 0.01 });
        }
      }
    },
  },
};

interface Copying {
  readonly count: number;
  readonly pauseMinutes: number;
  readonly revealShare: number;
}

const pages = [
  { fields: ["name", "address", "payment"], weight: 7 },
  { fields: ["name", "phone", "address"], weight: 3 },
] as const;

function copyRecords(stage: Stage, moment: Parameters<typeof view>[1], copying: Copying): void {
  for (const victim of victims(stage, stage.desk.population.tenants, copying.count)) {
    view(stage, moment, victim, pickWeighted(stage.random, pages).fields);
    if (stage.random.chance(copying.revealShare)) {
      doNext(stage, moment, { action: "reveal", subjects: [victim], fields: ["id_document"] });
    }
    wait(moment, stage.random.exponential(copying.pauseMinutes * minuteMs));
  }
}
