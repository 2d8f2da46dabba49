/**
 * One misuse and one look-alike for every detector, played after three weeks of ordinary work. A detector
 * without a pair of stories does not pass the contract.
 */
import { agentId, epochMs, eventId, ticketId } from "../../ingest/vocabulary/brand.ts";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import { type Access, access, deskStart, subject } from "../helpers/support-desk.ts";
import { habitStories } from "./habit-stories.ts";
import { reasonStories } from "./reason-stories.ts";

export const canarySubject = subject("canary");
export const watchedSubject = subject("watched");
export const storyAt = deskStart + 22 * 86_400_000 + 9 * 3_600_000;
export const storyAgent = "agent-2";

export interface StoryPair {
  /** Played before either, after the ordinary work. */
  readonly prelude?: readonly ConsoleEvent[];
  readonly misuse: Story;
  readonly lookAlike: Story;
}

interface Story {
  readonly name: string;
  readonly events: readonly ConsoleEvent[];
}

const series = (count: number, one: (n: number) => Partial<Access>): ConsoleEvent[] =>
  Array.from({ length: count }, (_, n) =>
    access({
      id: `story-${n}`,
      at: storyAt + n * 20_000,
      agent: storyAgent,
      session: "story",
      subjects: [subject(`story-${n}`)],
      ...one(n),
    }),
  );

const leaving: ConsoleEvent = {
  kind: "agent",
  eventId: eventId("leaving"),
  at: epochMs(storyAt - 3_600_000),
  type: "terminated",
  agentId: agentId(storyAgent),
  team: undefined,
  role: undefined,
};

const opened = (n: number): ConsoleEvent => ({
  kind: "ticket",
  eventId: eventId(`opened-${n}`),
  at: epochMs(storyAt - 86_400_000),
  type: "opened",
  ticketId: ticketId(`ticket-${n}`),
  agentId: undefined,
  channel: undefined,
  subjects: [],
});

const exact = { action: "search", search: { kind: "exact", field: "phone" } } as const;
const reveal = { action: "reveal", fields: ["sms_code"] } as const;

export const stories: Readonly<Record<string, StoryPair>> = {
  ...habitStories({ storyAt, storyAgent }),
  ...reasonStories({ storyAt, storyAgent }),
  breadth: {
    misuse: { name: "ninety strangers opened in half an hour", events: series(90, () => ({})) },
    lookAlike: {
      name: "one record opened ninety times",
      events: series(90, () => ({ subjects: [subject("story")] })),
    },
  },
  watcher: {
    misuse: { name: "ninety people asked about in half an hour", events: series(90, () => ({})) },
    lookAlike: {
      name: "one of them asked about ninety times",
      events: series(90, () => ({ subjects: [subject("story")] })),
    },
  },
  "explicit-search": {
    misuse: { name: "fifteen people searched without a ticket", events: series(15, () => exact) },
    lookAlike: {
      name: "the same searches, each from a ticket opened the day before",
      events: [
        ...Array.from({ length: 15 }, (_, n) => opened(n)),
        ...series(15, (n) => ({ ...exact, ticket: `ticket-${n}` })),
      ],
    },
  },
  "secret-reveal": {
    misuse: { name: "codes of fifteen people revealed", events: series(15, () => reveal) },
    lookAlike: {
      name: "fifteen reveals that were denied",
      events: series(15, () => ({ ...reveal, outcome: "denied" })),
    },
  },
  canary: {
    misuse: {
      name: "a canary searched for, though not found",
      events: series(1, () => ({ ...exact, subjects: [canarySubject], outcome: "not_found" })),
    },
    lookAlike: {
      name: "a view of a canary that was denied",
      events: series(1, () => ({ subjects: [canarySubject], outcome: "denied" })),
    },
  },
  terminated: {
    misuse: { name: "a view one hour after leaving", events: [leaving, ...series(1, () => ({}))] },
    lookAlike: {
      name: "a sign-in after leaving that was denied",
      events: [leaving, ...series(1, () => ({ action: "login", subjects: [], outcome: "denied" }))],
    },
  },
};
