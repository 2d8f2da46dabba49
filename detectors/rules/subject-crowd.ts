/**
 * subject-crowd: an agent joins others who looked at one subject without work of their own.
 *
 * Asks, of every record that the agent opened without own work, whether at least two other agents had done the
 * same with it within two weeks; binomial against the agent's usual share. Famous and feared people draw
 * crowds, tickets do not. O(1) time per event.
 */
import { z } from "zod";
import { answer, defineDetector, strayOpening } from "../detector.ts";

/** Other agents from whom on it is a crowd. */
const crowdMin = 2;

export const subjectCrowd = defineDetector({
  meta: {
    id: "subject-crowd",
    version: 1,
    title: "One of several who looked at the same person",
    description:
      "Compares how often an agent opened, without own work, a subject whom others had lately opened without own work with the usual share.",
    severity: "medium",
    attack: ["T1213.004"],
    falsePositives: ["A hard case that is passed around without being assigned."],
    blindSpots: [
      "A first or second curious agent.",
      "A crowd whose members all cite tickets of their own.",
    ],
    aggravating: "A subject on the watch list makes it worse.",
    legitimate: "A shared case or an incident around this subject would make it legitimate.",
    runbook: [
      "List all agents who opened the cited event's subject in the previous 14 days, with their justification.",
      "Check whether the subject was in the news or has an open dispute in that week.",
    ],
    references: ["UCLA Health, resolution agreement on snooping into patients' records, 2011"],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "reason",
    stake: 0.03,
    counts: [],
    trials: [
      {
        id: "crowd",
        unit: "subjects opened without own work had lately been opened so by two others or more",
        share: 1,
      },
    ],
    tally: () => [],
    ask: (sighting) => {
      const stray = strayOpening(sighting);
      return stray && [answer(stray.onlookers >= crowdMin)];
    },
  },
});
