/**
 * Carriers' shops and call centres, many cases since 2018: an agent is paid by the number to find customers out
 * and to help their numbers onto another SIM; their accounts are emptied soon after.
 */
import { hourMs, minuteMs } from "../calendar.ts";
import type { Stage } from "../misuse.ts";
import type { Story } from "../story.ts";
import type { WireSubjectRef } from "../wire-event.ts";
import { doNext, type Moment, moments, searchFor, victims, view, wait } from "./moves.ts";

export const simSwapInsider: Story = {
  id: "sim-swap-insider",
  title: "Customers lose their numbers soon after a look-up",
  naive: {
    doc: "An agent searches for ten customers in two days, unmasks a code or a document, and each loses the number within twenty minutes.",
    accounts: 1,
    days: 3,
    play: (stage) => {
      play(stage, { count: 10, citing: 0, revealShare: 1, delayMs: 10 * minuteMs });
    },
  },
  careful: {
    doc: "An agent opens seven customers in two weeks, mostly under the ticket at hand, unmasks few, and the numbers move hours later.",
    accounts: 1,
    days: 15,
    play: (stage) => {
      play(stage, { count: 7, citing: 0.6, revealShare: 0.3, delayMs: 3 * hourMs });
    },
  },
};

interface Swaps {
  readonly count: number;
  readonly citing: number;
  readonly revealShare: number;
  readonly delayMs: number;
}

function play(stage: Stage, swaps: Swaps): void {
  const targets = victims(stage, stage.desk.population.tenants, swaps.count);
  for (const agent of stage.agents) {
    moments(stage, agent, swaps).forEach((moment, index) => {
      const target = targets[index];
      if (target !== undefined) swap(stage, moment, { target, ...swaps });
    });
  }
}

function swap(
  stage: Stage,
  moment: Moment,
  { target, revealShare, delayMs }: Swaps & { readonly target: WireSubjectRef },
): void {
  const { random } = stage;
  searchFor(stage, moment, target);
  view(stage, moment, target, ["name", "phone", "call_log"]);
  if (random.chance(revealShare)) {
    const fields = [random.chance(0.5) ? "sms_code" : "id_document"] as const;
    doNext(stage, moment, { action: "reveal", subjects: [target], fields });
  }
  wait(moment, random.exponential(minuteMs));
  const lostAt = moment.offsetMs + delayMs * random.between(0.4, 2);
  stage.consequence(target, lostAt, random.chance(0.8) ? "sim_changed" : "device_added");
  if (random.chance(0.7)) stage.consequence(target, lostAt + 3 * minuteMs, "reregistered");
}
