/**
 * collusion: two agents look at the same people, and neither has work on them.
 *
 * Counts the subjects that two agents both opened without own work within thirty days, among the latest 48 of
 * the one who looks; whenever the number grows it is held against the numbers to which pairs of this
 * organisation grow (peaks over threshold). It finds the pair, which no share of one agent shows. Asks besides which
 * share of the records that an agent opened without own work somebody else had lately opened so. O(48 · 24) time when
 * the agent meets somebody, O(1) otherwise.
 */
import { z } from "zod";
import { answer, defineDetector, strayOpening } from "../detector.ts";

export const collusion = defineDetector({
  meta: {
    id: "collusion",
    version: 1,
    title: "Two agents with one list of people",
    description:
      "Counts the subjects that the same two agents opened without own work and compares it with what pairs of the organisation usually share.",
    severity: "medium",
    attack: ["T1213.004"],
    falsePositives: [
      "Two colleagues who share a case load outside the ticket system.",
      "A trainee who sits beside an agent and opens the same records.",
    ],
    blindSpots: [
      "Accomplices who divide the list and never open the same record.",
      "Three or more who pass a list round, unless two of them overlap enough.",
      "An accomplice who works through an account that runs day and night: a robot meets nobody.",
    ],
    aggravating:
      "Searches for the same people or secrets revealed by one of the two make it worse.",
    legitimate: "A shared project or training on these records would make it legitimate.",
    runbook: [
      "List both agents' accesses to the cited events' subjects in the previous 30 days, with justification.ticket_id and time.",
      "Ask both leads separately whether the two worked on a common task in these weeks.",
    ],
    references: [
      "Chen and Malin, Detection of anomalous insiders in collaborative environments, IEEE TDSC 2012",
    ],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "reason",
    stake: 0.03,
    counts: [],
    trials: [
      {
        id: "met",
        unit: "subjects opened without own work had lately been opened so by somebody else",
        share: 1,
      },
    ],
    tally: () => [],
    ask: (sighting) => {
      const stray = strayOpening(sighting);
      return stray && [answer(stray.onlookers > 0)];
    },
  },
});
