/**
 * A story is a breach or misuse as the public knows it, told twice: naive, as somebody in a hurry does it, and
 * careful, as somebody does it who knows which reports a support desk reads.
 */
import { type Misuse, type Stage, type Variant, variants } from "./misuse.ts";

/** Every story of the benchmark, each to be played as `<id>-naive` and `<id>-careful`. */
export const storyIds = [
  "twilio-2022",
  "twitter-2015",
  "twitter-2020",
  "okta-sitel",
  "mailchimp",
  "robinhood",
  "coinbase",
  "cash-app",
  "celebrity",
  "sim-swap-insider",
  "slow-drip",
  "collusion",
  "mimic",
  "poisoning",
  "ticket-laundering",
  "enumeration",
] as const;
export type StoryId = (typeof storyIds)[number];

/** One way of doing it. */
export interface Telling {
  /** What happens, in one sentence. */
  readonly doc: string;
  /** How many agents' accounts take part. */
  readonly accounts: number;
  /** Days that it needs, the last one included. */
  readonly days: number;
  readonly play: (stage: Stage) => void;
}

export interface Story {
  readonly id: StoryId;
  readonly title: string;
  /** Former agents act, rather than agents at work. */
  readonly formerAgents?: boolean;
  readonly naive: Telling;
  readonly careful: Telling;
}

const misuseIdOf = (scenario: StoryId, variant: Variant) => `${scenario}-${variant}`;

/** Both tellings of a story, as the catalogue lists them. */
export function misusesOf(story: Story): readonly Misuse[] {
  return variants.map((variant) => ({
    id: misuseIdOf(story.id, variant),
    scenario: story.id,
    variant,
    title: story.title,
    formerAgents: story.formerAgents ?? false,
    ...story[variant],
  }));
}
