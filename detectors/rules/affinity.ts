/**
 * affinity: an agent works on organisations or for teams that are not its own.
 *
 * Asks which share of the subjects opened without own work belongs to a customer organisation, and which was opened on behalf of
 * a team, that makes up less than a twentieth of the agent's past. Not asked before twenty subjects are known.
 * O(1) time per event, two mixes of at most 24 entries per agent.
 */
import { z } from "zod";
import { answer, defineDetector, isOwnWork, recordsOrPages } from "../detector.ts";

export const affinity = defineDetector({
  meta: {
    id: "affinity",
    version: 2,
    title: "Customers or teams that are not the agent's own",
    description:
      "Compares the share of rare organisations and rare teams among subjects opened without own work with the agent's usual share.",
    severity: "medium",
    attack: ["T1199", "T1213.004"],
    falsePositives: ["A move to another team or client; it is learnt within days."],
    blindSpots: [
      "An agent who serves everybody alike, and misuse inside the usual clientele or under tickets of its own.",
    ],
    aggravating: "One single organisation or a network new to the agent makes it worse.",
    legitimate: "A transfer, a stand-in or a new client would make it legitimate.",
    runbook: [
      "List tenant and agent.team of the cited events and of the agent's previous 4 weeks.",
      "Ask the agent's lead whether it stood in for somebody in that week.",
    ],
    references: ["ATT&CK T1199, Trusted Relationship"],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "reason",
    stake: 0.06,
    counts: [],
    trials: [
      {
        id: "tenant",
        unit: "subjects opened without own work belong to customers whom the agent rarely serves",
        share: 0.6,
      },
      {
        id: "team",
        unit: "subjects opened without own work were handled for teams that the agent rarely works for",
        share: 0.4,
      },
    ],
    tally: () => [],
    ask: (sighting) => {
      if (sighting.kind !== "exposure") return undefined;
      const { relation, freshSubjects, isRareTenant, isRareTeam } = sighting;
      if (freshSubjects === 0 || isOwnWork(relation)) return undefined;
      const asked = recordsOrPages(sighting);
      return [answer(isRareTenant, asked), answer(isRareTeam, asked)];
    },
  },
});
