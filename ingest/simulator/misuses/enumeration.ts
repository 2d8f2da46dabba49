/** Somebody counts account numbers up: those that exist show a record, the others say so. */
import { minuteMs } from "../calendar.ts";
import { identifierOf } from "../identity.ts";
import type { Stage } from "../misuse.ts";
import { pick } from "../random.ts";
import type { Story } from "../story.ts";
import type { WireSubjectRef } from "../wire-event.ts";
import { doNext, type Moment, momentIn, moments, view, wait } from "./moves.ts";

export const enumeration: Story = {
  id: "enumeration",
  title: "Neighbouring account numbers are tried out",
  naive: {
    doc: "An agent tries 200 account numbers in a row in one shift, half a minute apart, and opens whatever exists.",
    accounts: 1,
    days: 2,
    play: (stage) => {
      for (const agent of stage.agents) {
        const [shift] = stage.shifts(agent);
        if (shift === undefined) continue;
        const moment = momentIn(stage, { shift, citing: 0 });
        for (const number of block(stage, 200)) {
          tryNumber(stage, moment, number);
          wait(moment, stage.random.exponential(15_000));
        }
      }
    },
  },
  careful: {
    doc: "An agent tries the numbers of one block in random order, five a shift between tickets, some under the ticket at hand, for two weeks.",
    accounts: 1,
    days: 14,
    play: (stage) => {
      for (const agent of stage.agents) {
        const count = 5 * stage.shifts(agent).length;
        const numbers = shuffled(stage, block(stage, 2 * count));
        moments(stage, agent, { count, citing: 0.3 }).forEach((moment, index) => {
          wait(moment, stage.random.exponential(minuteMs));
          tryNumber(stage, moment, numbers[index] ?? 0);
        });
      }
    },
  },
};

/** Subject numbers of one tenant, neighbours; whoever is an account among them has the number in its id. */
function block(stage: Stage, count: number): readonly number[] {
  const { random, desk } = stage;
  const tenant = pick(random, desk.population.tenants.slice(0, 10));
  const first = tenant.firstSubject + random.below(Math.max(1, tenant.subjects - count));
  return Array.from({ length: count }, (_, index) => first + index);
}

function shuffled({ random }: Stage, numbers: readonly number[]): readonly number[] {
  return numbers
    .map((number) => ({ number, order: random.next() }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ number }) => number);
}

function tryNumber(stage: Stage, moment: Moment, number: number): void {
  const asked: WireSubjectRef = { type: "account", id: `AC${45_000_000 + number}` };
  const found = identifierOf(number);
  const exists = found.type === "account";
  doNext(stage, moment, {
    action: "search",
    ...(exists ? {} : { outcome: "not_found" as const }),
    search: { kind: "exact", field: "account" },
    subjects: [asked],
    result_count: exists ? 1 : 0,
  });
  if (exists) view(stage, moment, { ...asked, ...tenantOf(stage, number) });
}

function tenantOf({ desk }: Stage, number: number): { readonly tenant?: string } {
  const owner = desk.population.tenants.find(
    ({ firstSubject, subjects }) => number >= firstSubject && number < firstSubject + subjects,
  );
  return owner === undefined ? {} : { tenant: owner.id };
}
