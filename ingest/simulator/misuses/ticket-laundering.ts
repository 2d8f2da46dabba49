/** Somebody who must have a ticket to look makes one: opened by the agent, answered by nobody, closed at once. */
import { hourMs, minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import type { Story } from "../story.ts";
import type { WireSubjectRef } from "../wire-event.ts";
import { doNext, type Moment, momentIn, moments, searchFor, victims, view } from "./moves.ts";

export const ticketLaundering: Story = {
  id: "ticket-laundering",
  title: "Tickets opened only to look",
  naive: {
    doc: "An agent opens an own ticket for each of thirty customers in one shift, opens the record seconds later and closes the ticket.",
    accounts: 1,
    days: 2,
    play: (stage) => {
      for (const agent of stage.agents) {
        const [shift] = stage.shifts(agent);
        if (shift === undefined) continue;
        for (const victim of victims(stage, stage.desk.population.tenants, 30)) {
          const moment = momentIn(stage, { shift, citing: 0 });
          launder(stage, moment, { victim, leadMs: 20_000, openMs: 1.5 * minuteMs });
        }
      }
    },
  },
  careful: {
    doc: "An agent opens three own tickets a shift for two weeks, looks minutes later, replies, and closes them hours later.",
    accounts: 1,
    days: 14,
    play: (stage) => {
      for (const agent of stage.agents) {
        const count = 3 * stage.shifts(agent).length;
        const targets = victims(stage, stage.desk.population.tenants, count);
        moments(stage, agent, { count, citing: 0 }).forEach((moment, index) => {
          const victim = targets[index];
          if (victim === undefined) return;
          launder(stage, moment, { victim, leadMs: 12 * minuteMs, openMs: 3 * hourMs });
        });
      }
    },
  },
};

interface Laundering {
  readonly victim: WireSubjectRef;
  /** From the ticket to the look, about. */
  readonly leadMs: number;
  /** From the look to the ticket's end, about. */
  readonly openMs: number;
}

function launder(stage: Stage, { actor, offsetMs }: Moment, plan: Laundering): void {
  const { random } = stage;
  const { victim, leadMs, openMs } = plan;
  const ticketId = `TK-${random.below(0x1_0000_0000).toString(16)}${random.below(0x1_0000_0000).toString(16)}`;
  const ticket = { ticket_id: ticketId, agent_id: actor.agent.id, channel: "internal" } as const;
  stage.ticket(offsetMs, { type: "opened", ...ticket, subjects: [victim] });
  stage.ticket(offsetMs + 1_000, { type: "assigned", ...ticket });
  const looking = { actor, offsetMs: offsetMs + leadMs * random.between(0.4, 1.6), ticketId };
  if (random.chance(0.3)) searchFor(stage, looking, victim);
  view(stage, looking, victim, ["name", "address", "payment"]);
  if (random.chance(0.1)) {
    doNext(stage, looking, { action: "reveal", subjects: [victim], fields: ["id_document"] });
  }
  const closedAt = looking.offsetMs + openMs * random.between(0.4, 1.6);
  if (openMs > hourMs) stage.ticket(looking.offsetMs + openMs / 4, { type: "replied", ...ticket });
  stage.ticket(closedAt, { type: "closed", ...ticket });
}
