/**
 * watcher: somebody with a key of this service asks about more people than its own past and its peers' explain.
 *
 * Counts, of what is asked through the API: subjects looked up by their identifier, and the distinct names asked about,
 * of agents, sessions, subjects and tenants; asks of every hour with a question whether it is a rare one of the key's week. Scored per session
 * and day as any other detector, but in an engine of its own, so that who investigates the desk moves no expectation of
 * it. Reading an alert or an incident is work, and counts nothing. O(1) time and memory per question.
 */
import { z } from "zod";
import { answer, defineDetector } from "../detector.ts";

export const watcher = defineDetector({
  meta: {
    id: "watcher",
    version: 1,
    title: "Unusually many people asked about here",
    description:
      "Counts whom a key of this service asks about, and compares it with the key's own past and other keys of its role.",
    severity: "medium",
    attack: ["T1213", "T1078"],
    falsePositives: [
      "The days of an incident, when everybody asks about everybody.",
      "A script or an audit that begins to use a person's key.",
    ],
    blindSpots: [
      "Questions about few people, however wrong they are: who asked about one subject is listed by GET /v1/reads.",
      "How many subjects an answer lists: all of a tenant, or of a time, count as one.",
      "The queue of alerts, and what commands of a store at rest and its database show.",
      "Several people who share one key.",
    ],
    aggravating:
      "Look-ups by identifier, and questions about subjects that no alert names, make it worse.",
    legitimate:
      "An incident, an audit or a case that the key's holder works on would make it legitimate.",
    runbook: [
      "List GET /v1/reads with principal and the alert's time range, and compare agent_ids and subject_tokens with the alerts that were open then.",
      "Ask the holder of the key, named by GET /v1/keys, what led to the questions between the first and the last cited one.",
      "If nobody can say, revoke the key: DELETE /v1/keys/<key_id>.",
    ],
    references: [
      "ATT&CK T1213, Data from Information Repositories",
      "ATT&CK T1078, Valid Accounts",
    ],
    stateBytesMax: 0,
  },
  over: "readers",
  params: z.object({}),
  counting: {
    aspect: "amount",
    stake: 0.1,
    counts: [
      {
        id: "searched",
        unit: "subjects looked up by their identifier",
        share: 0.35,
        peak: true,
      },
      {
        id: "asked",
        unit: "names asked about",
        share: 0.45,
        peak: true,
      },
    ],
    trials: [
      {
        id: "hours",
        unit: "hours with questions were hours at which the key is hardly ever used",
        share: 0.2,
      },
    ],
    tally: ({ exposure, freshSubjects, freshInKind }) => [
      exposure === "searched" ? freshInKind : 0,
      freshSubjects,
    ],
    ask: (sighting) => {
      if (sighting.kind !== "exposure" || !sighting.isFirstOfHour) return undefined;
      return [answer(sighting.isRareHour)];
    },
  },
});
