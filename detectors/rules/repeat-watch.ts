/**
 * repeat-watch: an agent keeps coming back to people for whom it has no work.
 *
 * Asks of every single subject that was opened without own work whether the agent had opened the same subject
 * without own work on an earlier day of the last thirty; beta-binomial against the agent's usual share, peers
 * as prior. O(24) time per event, the shared memory of look-ups.
 */
import { z } from "zod";
import { answer, defineDetector, strayOpening } from "../detector.ts";

export const repeatWatch = defineDetector({
  meta: {
    id: "repeat-watch",
    version: 1,
    title: "Back to the same people without work",
    description:
      "Compares how often an agent returns on another day to a subject that it had already opened without own work with the usual share.",
    severity: "medium",
    attack: ["T1213.004"],
    falsePositives: [
      "A case that is followed up by telephone and never linked to a ticket.",
      "An account that agents use for training.",
    ],
    blindSpots: ["Somebody who looks at everyone only once, or returns after more than a month."],
    aggravating: "Particular searches for these people or secrets revealed make it worse.",
    legitimate: "A long case whose ticket was never linked would make it legitimate.",
    runbook: [
      "List all accesses of the agent to the cited events' subjects in the previous 30 days, with justification.ticket_id.",
      "Look for tickets of these subjects on the days of the visits, and ask the agent what brought it back.",
    ],
    references: [
      "United States v. Abouammo, N.D. Cal. 2019: employees who watched accounts for months",
    ],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "reason",
    stake: 0.06,
    counts: [],
    trials: [
      {
        id: "return",
        unit: "subjects opened without own work had been opened so by the agent on an earlier day",
        share: 1,
      },
    ],
    tally: () => [],
    ask: (sighting) => {
      const stray = strayOpening(sighting);
      return stray && [answer(stray.isReturn)];
    },
  },
});
