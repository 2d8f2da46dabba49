/**
 * enumeration: somebody tries neighbouring numbers.
 *
 * Asks of every further subject that is opened or searched without own work whether its identifier differs in the
 * last digit only from those of `neighbours.others_min` others among the last 48 such subjects of the agent, found or
 * not, in whatever order, within `neighbours.days`: two of one ten meet by chance now and then, three hardly ever.
 * Beta-binomial against the agent's usual share, peers as prior, so that numbers that are dealt out densely say less
 * than sparse ones. O(1) time per event, at most 48 × 8 bytes per agent, which it shares with collusion.
 */
import { z } from "zod";
import { answer, defineDetector } from "../detector.ts";

export const enumeration = defineDetector({
  meta: {
    id: "enumeration",
    version: 1,
    title: "Neighbouring numbers tried out",
    description:
      "Compares how many of the subjects that an agent opened or searched without own work are numbered right beside others of them with the usual share.",
    severity: "medium",
    attack: ["T1589", "T1213.004"],
    falsePositives: [
      "One company's block of extensions, handled without tickets.",
      "Numbers dealt out in order, in the days in which a new block is first handled.",
    ],
    blindSpots: [
      "Numbers with a check digit at the end, at most two of each ten, and identifiers that end in no number.",
      "An agent who comes back to the same ten numbers only after a week or 48 other subjects.",
      "Numbers tried from tickets of the agent's own or of its team.",
    ],
    aggravating:
      "Numbers that nobody has among them, and records opened right after a hit, make it worse.",
    legitimate: "One customer's block of numbers under repair would make it legitimate.",
    runbook: [
      "List the agent's searches of the window with search.field and outcome, and reveal the cited subjects: are they one block?",
      "Check session.ip and session.device_id of the cited events against the agent's previous week.",
      "Ask the agent who named these numbers, and whether there is a ticket about them.",
    ],
    references: [
      "ATT&CK T1589, Gather Victim Identity Information",
      "OWASP Web Security Testing Guide, Testing for Insecure Direct Object References",
    ],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "reason",
    behaviour: "guessing",
    stake: 0.03,
    counts: [],
    trials: [
      {
        id: "neighbours",
        unit: "subjects looked up without own work were numbered right beside others of them",
        share: 1,
      },
    ],
    tally: () => [],
    ask: (sighting) => {
      if (sighting.kind !== "exposure") return undefined;
      const { isNeighbour, freshSubjects } = sighting;
      return freshSubjects === 0 ? undefined : [answer(isNeighbour)];
    },
  },
});
