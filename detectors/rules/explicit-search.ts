/**
 * explicit-search: an agent looks for particular people that no ticket led to.
 *
 * Counts the distinct subjects of exact searches, found or not, that name no ticket, queue item, call or
 * chat; scored per session (total and ten-minute peak) and per agent-day as the upper tail of a negative
 * binomial around the agent's own past and its peers. Three names typed on purpose weigh more than a page
 * of fifty that came up. Learnt only up to the predicted 99.9 % quantile. O(1) time and memory per event.
 */
import { z } from "zod";
import { defineDetector } from "../detector.ts";

export const explicitSearch = defineDetector({
  meta: {
    id: "explicit-search",
    version: 1,
    title: "Particular people searched without a ticket",
    description:
      "Counts exact searches that no ticket, queue, call or chat explains and compares them with the agent's own past and its peers.",
    severity: "medium",
    attack: ["T1213.004"],
    falsePositives: [
      "A channel whose tickets are not linked, such as a phone line outside the console.",
      "A fraud investigation that follows a chain of accounts.",
    ],
    blindSpots: [
      "Searches for which the intruder types in any ticket number.",
      "People reached through a page or a free-text search instead of an exact one.",
    ],
    aggravating:
      "A reveal, a change of contact data or a take-over right after the search makes it worse.",
    legitimate:
      "A call or an investigation that was never linked as a ticket would make it legitimate.",
    runbook: [
      "List the searched subjects of the window with search.field and result, and look for tickets of the same subjects within 24 hours.",
      "Check subject events (re-registration, e-mail or factor change) of these subjects in the following 7 days.",
      "Ask the agent which request led to the searches between the first and the last cited event.",
    ],
    references: [
      "ATT&CK T1213.004, Data from Information Repositories: Customer Relationship Management Software",
    ],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "amount",
    stake: 0.12,
    counts: [
      {
        id: "searched",
        unit: "subjects searched by name or number without a ticket",
        share: 1,
        peak: true,
      },
    ],
    trials: [],
    tally: ({ exposure, relation, freshInKind }) => [
      exposure === "searched" && relation === "none" ? freshInKind : 0,
    ],
    ask: () => undefined,
  },
});
