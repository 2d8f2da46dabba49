/**
 * away: an account exposes subjects while its agent is on leave, or after a silence such as it never kept before.
 *
 * Asks of every hour of a session whether the roster's leave covers it, or whether the session ends a silence of thirty
 * days or more, the longest of the account so far. Both happen in ordinary work (people look something up while on
 * leave, and rosters tell its end late), so the answers are held against the usual share. Records opened, and pages,
 * are counted after a silence and not on leave: where every end of a leave is told a day late, a count would alert on
 * all of them. A silence is not told before three sessions are known. O(1) time per event, 2 numbers per agent.
 */
import { z } from "zod";
import { answer, defineDetector, recordsOrPages } from "../detector.ts";

export const away = defineDetector({
  meta: {
    id: "away",
    version: 1,
    title: "Account used while its agent was away",
    description:
      "Compares how many of an agent's hours with work fall into a leave of the roster or end a silence longer than any before with the usual share, and counts what is exposed after such a silence.",
    severity: "medium",
    attack: ["T1078"],
    falsePositives: [
      "An end of leave that the roster told late, or somebody who helps out while on leave.",
      "Somebody who comes back from a leave that the roster did not tell.",
    ],
    blindSpots: [
      "Leave that the roster does not report, if it is shorter than the silence that counts.",
      "An account that was never used, or fell silent within its first sessions.",
      "Whoever exposes somebody once after a silence and goes on in the next session.",
      "By itself a single hour on leave: it adds to what else is unusual.",
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
        unit: "records or pages opened in a session that ended a long silence",
        share: 0.5,
        peak: false,
      },
    ],
    trials: [
      {
        id: "hours",
        unit: "hours with work fell into a leave or ended a long silence",
        share: 0.5,
      },
    ],
    tally: (sighting) => [sighting.absence === "silence" ? recordsOrPages(sighting) : 0],
    ask: (sighting) => {
      if (sighting.kind !== "exposure" || !sighting.isFirstOfHour) return undefined;
      const { absence } = sighting;
      return absence && [answer(absence !== "none")];
    },
  },
});
