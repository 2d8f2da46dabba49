/**
 * ticketless: subjects are opened that no work of the agent explains.
 *
 * Counts, per session and per agent-day: subjects opened without work (no ticket, a dead one, one about
 * somebody else) and through tickets that others work on; scored as the upper tail of a negative binomial around
 * the agent's own past and its peers. Asks which share of the subjects opened that is, and which share was
 * reached through tickets that the agent opened itself and nobody else touched. O(1) time and memory per event.
 */
import { z } from "zod";
import { isOpening } from "../../ingest/vocabulary/exposure.ts";
import { answer, defineDetector } from "../detector.ts";

export const ticketless = defineDetector({
  meta: {
    id: "ticketless",
    version: 1,
    title: "Subjects opened without work of the agent's own",
    description:
      "Counts subjects that were opened without a live ticket, through tickets in the hands of others, or through tickets that the agent opened only for itself.",
    severity: "medium",
    attack: ["T1213.004"],
    falsePositives: [
      "A colleague helps out on the tickets of another team without being assigned.",
      "A channel whose tickets are linked late or not at all.",
    ],
    blindSpots: [
      "An insider who looks only at subjects of tickets that were assigned to it.",
      "Desks that send no ticket events: every named ticket explains there.",
    ],
    aggravating: "Subjects never met before, secrets or an unusual hour make it worse.",
    legitimate:
      "Help that another team asked for, or a ticket linked late, would make it legitimate.",
    runbook: [
      "For each cited event compare justification.ticket_id with the ticket's assigned and replied events of the 7 days before.",
      "Ask the teams that hold the tickets whether this agent was asked to help at that hour.",
    ],
    references: [
      "Fabbri and LeFevre, Explanation-based auditing, VLDB 2011",
      "ATT&CK T1213.004, Data from Information Repositories: Customer Relationship Management Software",
    ],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "reason",
    stake: 0.18,
    counts: [
      {
        id: "unexplained",
        unit: "subjects opened without a ticket that anybody works on",
        share: 0.25,
        peak: true,
      },
      {
        id: "foreign",
        unit: "subjects opened through tickets that others work on",
        share: 0.25,
        peak: true,
      },
    ],
    trials: [
      {
        id: "unexplained",
        unit: "subjects opened had no ticket that anybody works on",
        share: 0.15,
      },
      {
        id: "foreign",
        unit: "subjects opened were reached through tickets that others work on",
        share: 0.15,
      },
      {
        id: "self-opened",
        unit: "subjects opened were reached through tickets that only the agent itself has touched",
        share: 0.1,
      },
      {
        id: "mislinked",
        unit: "subjects opened were reached through tickets about somebody else",
        share: 0.1,
      },
    ],
    tally: ({ event, relation, freshSubjects }) => {
      const opened = isOpening(event) ? freshSubjects : 0;
      return [relation === "none" ? opened : 0, relation === "foreign" ? opened : 0];
    },
    ask: (sighting) => {
      if (sighting.kind !== "exposure" || !isOpening(sighting.event)) return undefined;
      const { relation, isSelfOpened, isMislinked, freshSubjects: asked } = sighting;
      if (asked === 0) return undefined;
      return [
        answer(relation === "none", asked),
        answer(relation === "foreign", asked),
        answer(isSelfOpened, asked),
        answer(isMislinked, asked),
      ];
    },
  },
});
