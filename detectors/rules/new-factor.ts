/**
 * new-factor: a session enrols an authentication factor from no network of the agent's and then exposes subjects.
 *
 * Asks once per session whether a factor was enrolled in it away from the networks that are known of the agent;
 * binomial against the agent's usual share, peers as prior. Whoever gets a new phone enrols it where they work.
 * O(1) time and memory per event.
 */
import { z } from "zod";
import { defineDetector } from "../detector.ts";

export const newFactor = defineDetector({
  meta: {
    id: "new-factor",
    version: 1,
    title: "New factor, then console use",
    description:
      "Compares how often an agent's sessions enrol an authentication factor from no network that is known of it with the usual share.",
    severity: "medium",
    attack: ["T1098.005", "T1556"],
    falsePositives: ["A new phone that is enrolled on a journey."],
    blindSpots: [
      "A factor that is enrolled outside the console, at the identity provider.",
      "A factor that is enrolled on the company's network or at the agent's home.",
      "An intruder who needs no factor of their own.",
    ],
    aggravating: "Many subjects, secrets or an unusual hour in the same session make it worse.",
    legitimate: "A phone that the agent reported as lost or replaced would make it legitimate.",
    runbook: [
      "Ask the identity provider which factor was enrolled within an hour of the cited events, and from which session.ip.",
      "Ask the agent by telephone whether the factor is theirs, and revoke it within the hour if not.",
    ],
    references: [
      "ATT&CK T1556, Modify Authentication Process",
      "Signal Foundation, Twilio incident: what Signal users need to know, 2022",
    ],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "presence",
    stake: 0.05,
    counts: [],
    trials: [
      {
        id: "factor",
        unit: "sessions enrolled a new factor from no network of the agent's",
        share: 1,
      },
    ],
    tally: () => [],
    ask: (sighting) => {
      if (sighting.kind !== "sign-in") return undefined;
      const { isFirst, hasEnrolled, isOnKnownNetwork } = sighting;
      return [{ asked: isFirst ? 1 : 0, yes: hasEnrolled && !isOnKnownNetwork ? 1 : 0 }];
    },
  },
});
