/**
 * code-race: a secret is read while a code that was just issued to the subject is valid.
 *
 * Asks, of every subject whose secret was revealed, whether one of its codes was valid: binomial against the
 * agent's usual share. Not asked where no codes are reported. O(1) time and memory per event.
 */
import { z } from "zod";
import { answer, defineDetector } from "../detector.ts";

export const codeRace = defineDetector({
  meta: {
    id: "code-race",
    version: 1,
    title: "Secrets read while a code was valid",
    description:
      "Compares how often a revealed secret belonged to a subject with a code still valid with the agent's usual share.",
    severity: "high",
    attack: ["T1111"],
    falsePositives: ["A channel that reads codes out to customers who cannot receive them."],
    blindSpots: ["A code that the producer does not report as issued."],
    aggravating: "A re-registration or a factor change right after the reveal makes it worse.",
    legitimate: "A customer on the line who could not receive the code would make it legitimate.",
    runbook: [
      "For each cited reveal list subject events from 15 minutes before to 24 hours after it.",
      "Look for a call or chat of the same subject within 30 minutes; if there is none, lock the account.",
    ],
    references: ["ATT&CK T1111, Multi-Factor Authentication Interception"],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "reason",
    stake: 0.05,
    counts: [],
    trials: [
      {
        id: "live-code",
        unit: "secrets revealed belonged to a subject whose code was still valid",
        share: 1,
      },
    ],
    tally: () => [],
    ask: (sighting) => {
      if (sighting.kind !== "exposure" || sighting.exposure !== "revealed") return undefined;
      const { hasLiveCode, freshInKind: asked } = sighting;
      return asked === 0 ? undefined : [answer(hasLiveCode, asked)];
    },
  },
});
