/**
 * away: an account exposes subjects while its agent is on leave, or after a silence such as it never kept before.
 *
 * Counts records opened, and pages, in sessions that the roster's leave covers or that end a silence of thirty days
 * or more, the longest of the account so far; asks of every hour of a session whether it is such a one. Both happen in
 * ordinary work (people look something up while on leave, and come back from a long one), so they are held against the
 * usual share. A silence is not asked about before three sessions are known. O(1) time per event, 2 numbers per agent.
 */
import { z } from "zod";
import { isOpening } from "../../ingest/vocabulary/exposure.ts";
import { defineDetector } from "../detector.ts";

export const away = defineDetector({
  meta: {
    id: "away",
    version: 1,
    title: "Account used while its agent was away",
    description:
      "Counts what is exposed while the roster has the agent on leave or after a silence longer than any before, and how often it works then.",
    severity: "medium",
    attack: ["T1078"],
    falsePositives: [
      "An end of leave that the roster told late, or somebody who helps out while on leave.",
      "Somebody who comes back from a leave that the roster did not tell.",
    ],
    blindSpots: [
      "Leave that the roster does not report, if it is shorter than the silence that counts.",
      "An account that was never used, or fell silent within its first sessions.",
      "Whoever signs in once without harm and waits for the next session.",
    ],
    aggravating: "A new device or network in the same session makes it worse.",
    legitimate:
      "An end of leave that the roster told late, or work agreed during the leave, would make it legitimate.",
    runbook: [
      "Compare the times of the cited events with the leave_started and leave_ended events of agent.id of the previous 60 days.",
      "Compare session.ip and session.device_id with the agent's last sessions before the silence, and ask the agent through its lead.",
    ],
    references: ["ATT&CK T1078, Valid Accounts"],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "presence",
    stake: 0.04,
    counts: [
      {
        id: "subjects",
        unit: "records or pages opened while the agent was on leave or after a long silence",
        share: 0.6,
        peak: false,
      },
    ],
    trials: [
      {
        id: "hours",
        unit: "hours with work fell into a leave or ended a long silence",
        share: 0.4,
      },
    ],
    tally: ({ event, isAway, freshSubjects }) => {
      if (isAway !== true) return [0];
      return [isOpening(event) ? freshSubjects : Math.min(1, freshSubjects)];
    },
    ask: (sighting) => {
      if (sighting.kind !== "exposure" || !sighting.isFirstOfHour) return undefined;
      const { isAway } = sighting;
      return isAway === undefined ? undefined : [{ asked: 1, yes: isAway ? 1 : 0 }];
    },
  },
});
