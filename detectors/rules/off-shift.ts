/**
 * off-shift: an agent exposes subjects at hours at which it does not work.
 *
 * Asks of every hour of a session whether it is one of the week (in the agent's own time zone) that makes up less than
 * a fiftieth of the agent's past. What is exposed then is not counted: whoever swaps a shift exposes as much as on any
 * other, so nearly always nothing and now and then a shift's worth, which says no more than the hour does. Not asked
 * before sixty hours and a week are known. O(1) time per event, 49 numbers per agent.
 */
import { z } from "zod";
import { answer, defineDetector } from "../detector.ts";

export const offShift = defineDetector({
  meta: {
    id: "off-shift",
    version: 2,
    title: "Records opened outside the agent's hours",
    description:
      "Compares how many of an agent's hours with work are hours of the week at which it hardly ever works with the usual share.",
    severity: "medium",
    attack: ["T1078"],
    falsePositives: ["A swapped shift, overtime or travel; it is learnt within weeks."],
    blindSpots: [
      "Misuse within the usual hours.",
      "Agents without regular hours.",
      "By itself a single hour, whatever is exposed in it: it adds to what else is unusual.",
    ],
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
    counts: [],
    trials: [
      {
        id: "hours",
        unit: "hours with work were hours at which the agent hardly ever works",
        share: 1,
      },
    ],
    tally: () => [],
    ask: (sighting) => {
      if (sighting.kind !== "exposure" || !sighting.isFirstOfHour) return undefined;
      return [answer(sighting.isRareHour)];
    },
  },
});
