/**
 * views-without-work: records are opened and nothing is done with them.
 *
 * Asks, of every access to one record, whether it only looked (a view, an exact search, a reveal) rather than
 * changed anything; binomial against the agent's usual share. Screens are photographed: no export needs to
 * exist. O(1) time and memory per event.
 */
import { z } from "zod";
import { isOpening } from "../../ingest/vocabulary/exposure.ts";
import { answer, defineDetector } from "../detector.ts";

export const viewsWithoutWork = defineDetector({
  meta: {
    id: "views-without-work",
    version: 1,
    title: "Records opened and nothing done",
    description:
      "Compares the share of accesses that only looked at a record with the agent's usual share.",
    severity: "medium",
    attack: ["T1213.004"],
    falsePositives: ["Research days, quality review, training."],
    blindSpots: [
      "Desks whose consoles record no updates.",
      "An insider who writes a note on every record.",
    ],
    aggravating: "Subjects never met before, without work of the agent's own, make it worse.",
    legitimate: "A review or an investigation that needs no change would make it legitimate.",
    runbook: [
      "List the agent's update events between the first and the last cited event.",
      "Ask what the cited subjects have in common: one customer, one street, one name?",
    ],
    references: ["Coinbase, Protecting our customers: standing up to extortionists, 2025"],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "reason",
    stake: 0.06,
    counts: [],
    trials: [{ id: "only-looked", unit: "accesses to one record only looked at it", share: 1 }],
    tally: () => [],
    ask: (sighting) => {
      if (sighting.kind !== "exposure" || !isOpening(sighting.event)) return undefined;
      return [answer(sighting.event.action !== "update")];
    },
  },
});
