/**
 * fishing: somebody tries identifiers out.
 *
 * Asks of every exact search whether it found nobody, one question for searches that the agent's own work
 * explains and one for the others; beta-binomial against the agent's usual share, peers as prior. Counts the
 * searches without own work that found nobody. O(1) time per event.
 */
import { z } from "zod";
import type { AccessEvent } from "../../ingest/vocabulary/event.ts";
import { answer, defineDetector, isOwnWork } from "../detector.ts";

export const fishing = defineDetector({
  meta: {
    id: "fishing",
    version: 1,
    title: "Identifiers tried out",
    description:
      "Compares how many of an agent's exact searches find nobody with the usual share, and counts those without own work.",
    severity: "medium",
    attack: ["T1589", "T1213.004"],
    falsePositives: [
      "Customers who misspell their number on the telephone.",
      "A migration after which old identifiers are not found any more.",
    ],
    blindSpots: [
      "Somebody who holds a list of identifiers that exist.",
      "Consoles that do not report searches without a result.",
    ],
    aggravating: "Neighbouring identifiers or records opened right after a hit make it worse.",
    legitimate:
      "A batch of misspelt or outdated identifiers from one source would make it legitimate.",
    runbook: [
      "List the agent's searches of the window with search.field and outcome, and those of its team in the same hour.",
      "Ask the agent where the identifiers came from; check which of them were opened after a hit.",
    ],
    references: ["ATT&CK T1589, Gather Victim Identity Information"],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "reason",
    behaviour: "guessing",
    stake: 0.03,
    counts: [
      {
        id: "missed",
        unit: "searches without own work that found nobody",
        share: 0.4,
        peak: true,
      },
    ],
    trials: [
      { id: "explained", unit: "searches from the agent's own work found nobody", share: 0.2 },
      { id: "unexplained", unit: "searches without own work found nobody", share: 0.4 },
    ],
    tally: ({ event, relation }) => [isOwnWork(relation) || !isMiss(event) ? 0 : 1],
    ask: (sighting) => {
      if (sighting.kind !== "exposure" || !isExact(sighting.event)) return undefined;
      const own = answer(isMiss(sighting.event));
      return isOwnWork(sighting.relation) ? [own, undefined] : [undefined, own];
    },
  },
});

const isExact = ({ action, search }: AccessEvent): boolean =>
  action === "search" && search?.kind === "exact";
const isMiss = (event: AccessEvent): boolean =>
  isExact(event) && (event.outcome === "not_found" || event.resultCount === 0);
