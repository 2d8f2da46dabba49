/**
 * off-shift: an agent exposes subjects at hours at which it does not work.
 *
 * Counts subjects opened, and pages, at hours of the week (in the agent's own time zone) that make up less than
 * a fiftieth of its past; asks of every hour of a session whether it is such a one. Not asked before sixty hours
 * are known. O(1) time per event, 48 numbers per agent.
 */
import { z } from "zod";
import { answer, defineDetector, recordsOrPages } from "../detector.ts";

export const offShift = defineDetector({
  meta: {
    id: "off-shift",
    version: 1,
    title: "Records opened outside the agent's hours",
    description:
      "Counts what is exposed at hours of the week at which the agent hardly ever works, and how often it works then.",
    severity: "medium",
    attack: ["T1078"],
    falsePositives: ["A swapped shift, overtime or travel; it is learnt within weeks."],
    blindSpots: ["Misuse within the usual hours.", "Agents without regular hours."],
    aggravating: "A new device or network at that hour makes it worse.",
    legitimate:
      "A shift on the roster, on-call duty or announced overtime would make it legitimate.",
    runbook: [
      "Compare the times of the cited events with the agent's roster, leave and on-call events of that week.",
      "Compare session.ip and session.device_id with the agent's previous week.",
    ],
    references: ["ATT&CK T1078, Valid Accounts"],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "presence",
    stake: 0.08,
    counts: [
      {
        id: "subjects",
        unit: "records or pages opened at hours at which the agent hardly ever works",
        share: 0.6,
        peak: false,
      },
    ],
    trials: [
      {
        id: "hours",
        unit: "hours with work were hours at which the agent hardly ever works",
        share: 0.4,
      },
    ],
    tally: (sighting) => [sighting.isRareHour === true ? recordsOrPages(sighting) : 0],
    ask: (sighting) => {
      if (sighting.kind !== "exposure" || !sighting.isFirstOfHour) return undefined;
      return [answer(sighting.isRareHour)];
    },
  },
});
