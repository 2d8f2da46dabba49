/**
 * breadth: an agent exposes more distinct subjects than its work explains.
 *
 * Counts, per session and per agent-day: subjects opened without own work that the agent had not met before, for a
 * recall list that is worked off from a queue is nothing but strangers; pages and files of further subjects. Asks how many of the subjects opened had not been met. Each is scored as the upper tail of a
 * negative binomial around the agent's own past and its peers, as a total and as the peak of ten minutes.
 * A page of fifty rows is one act, fifty opened records are fifty: so pages never drown the opened ones.
 * Nothing is learnt beyond the predicted 99.9 % quantile. O(1) time and memory per event.
 */
import { z } from "zod";
import { isOpening } from "../../ingest/vocabulary/exposure.ts";
import { defineDetector, isOwnWork } from "../detector.ts";

const rowsPerPage = 50;

/**
 * A page is one act however many rows it has, a file of four hundred is eight: rows themselves are too bursty
 * to be counted. A single row is no page.
 */
function pagesOf(freshSubjects: number): number {
  return freshSubjects > 1 ? Math.ceil(freshSubjects / rowsPerPage) : 0;
}

export const breadth = defineDetector({
  meta: {
    id: "breadth",
    version: 2,
    title: "Unusually many data subjects",
    description:
      "Counts the distinct subjects that a session or a day exposes, and how many were strangers, and compares them with the agent's own past and its peers.",
    severity: "medium",
    attack: ["T1213.004"],
    falsePositives: [
      "A recall, migration or clean-up that an agent works through on purpose.",
      "A new assignment with a much larger clientele; it is learnt within days.",
    ],
    blindSpots: [
      "An intruder who stays within the agent's usual number of subjects.",
      "An insider who opens many subjects, each from a ticket of its own that somebody else has opened.",
      "Subjects that the producer did not list because it truncated a page.",
    ],
    aggravating:
      "Secret fields, exports, one single tenant or a network new to the agent make it worse.",
    legitimate: "An announced recall, migration or queue clean-up would make it legitimate.",
    runbook: [
      "Read the cited events of the alert's window and compare session.ip and session.device_id with the agent's previous week.",
      "Check how many of the subjects had a ticket assigned to this agent in the 24 hours before.",
      "Ask the agent's lead whether a recall or clean-up was under way in that hour.",
    ],
    references: [
      "ATT&CK T1213.004, Data from Information Repositories: Customer Relationship Management Software",
      "Signal Foundation, Twilio incident: what Signal users need to know, 2022",
    ],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "amount",
    stake: 0.3,
    counts: [
      {
        id: "unknown",
        unit: "subjects opened without own work that the agent had never met",
        share: 0.35,
        peak: true,
      },
      { id: "pages", unit: "pages of up to fifty further subjects", share: 0.4, peak: true },
    ],
    trials: [
      {
        id: "unknown",
        unit: "subjects opened had never been met by the agent",
        share: 0.25,
      },
    ],
    tally: ({ event, relation, freshSubjects, unknownSubjects }) => {
      if (!isOpening(event)) return [0, pagesOf(freshSubjects)];
      const unknown = Math.min(unknownSubjects, freshSubjects);
      return isOwnWork(relation) ? [0, 0] : [unknown, 0];
    },
    ask: (sighting) => {
      if (sighting.kind !== "exposure" || !isOpening(sighting.event)) return undefined;
      const { freshSubjects, unknownSubjects } = sighting;
      if (freshSubjects === 0) return undefined;
      return [{ asked: freshSubjects, yes: Math.min(unknownSubjects, freshSubjects) }];
    },
  },
});
