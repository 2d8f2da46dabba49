/** Stories of people whom an agent looks at for no reason of its own: returns, lists, guesses, changes. */
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { type Access, subject } from "../helpers/support-desk.ts";
import type { StoryPair } from "./detector-stories.ts";
import { dayMs, type HabitDeps, storyDesk } from "./story-desk.ts";

const inOrder = (events: readonly AccessEvent[]) => events.toSorted((a, b) => a.at - b.at);

export function reasonStories(deps: HabitDeps): Record<string, StoryPair> {
  const { work, later, series, tickets } = storyDesk(deps);
  const exact = { action: "search", search: { kind: "exact", field: "phone" } } as const;
  const dayBefore = (one: (n: number) => Partial<Access>) =>
    series(20, (n) => ({
      id: `day-before-${n}`,
      at: later - dayMs + n * 60_000,
      session: "day-before",
      ...one(n),
    }));
  const alsoBy = (agent: string, name: string) =>
    series(20, (n) => ({
      id: `${agent}-${n}`,
      agent,
      session: agent,
      at: later + n * 60_000 + 30_000,
      subjects: [subject(`${name}-${n}`)],
    }));
  const contact = { action: "update", fields: ["email"] } as const;
  return {
    "repeat-watch": {
      prelude: [...work, ...dayBefore(() => ({}))],
      misuse: {
        name: "twenty people of the day before opened again",
        events: series(20, () => ({})),
      },
      lookAlike: {
        name: "twenty people whom the agent had not opened",
        events: series(20, (n) => ({ subjects: [subject(`unseen-${n}`)] })),
      },
    },
    collusion: {
      prelude: work,
      misuse: {
        name: "two agents open the same twenty people within the hour",
        events: inOrder([...series(20, () => ({})), ...alsoBy("agent-7", "habit")]),
      },
      lookAlike: {
        name: "two agents open twenty people each within the hour",
        events: inOrder([...series(20, () => ({})), ...alsoBy("agent-7", "other")]),
      },
    },
    fishing: {
      prelude: [...work, ...dayBefore(() => exact)],
      misuse: {
        name: "twenty numbers searched that nobody has",
        events: series(20, () => ({ ...exact, outcome: "not_found" })),
      },
      lookAlike: { name: "twenty numbers searched and found", events: series(20, () => exact) },
    },
    enumeration: {
      prelude: work,
      misuse: {
        name: "twenty numbers of two tens in no order, without a ticket",
        events: series(20, (n) => ({ ...exact, neighbourhood: 7 + (n % 2) })),
      },
      lookAlike: {
        name: "the same twenty, each from a ticket of its own",
        events: [
          ...tickets(20),
          ...series(20, (n) => ({ ...exact, ticket: `ticket-${n}`, neighbourhood: 7 + (n % 2) })),
        ],
      },
    },
    "control-change": {
      prelude: work,
      misuse: {
        name: "twelve e-mail addresses changed without a ticket",
        events: series(12, () => contact),
      },
      lookAlike: {
        name: "twelve names corrected without a ticket",
        events: series(12, () => ({ ...contact, fields: ["name"] })),
      },
    },
  };
}
