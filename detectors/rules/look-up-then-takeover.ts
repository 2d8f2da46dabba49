/**
 * look-up-then-takeover: accounts change hands after an agent looked at them.
 *
 * Asks of every subject that an agent searched, revealed or opened whether a re-registration, SIM, device,
 * e-mail, password or factor change followed within three days; one question for look-ups that the agent's own
 * work explains, one for the others, because people who lose their phone call support. Binomial against
 * the agent's usual share, peers as prior. O(1) time per event.
 */
import { z } from "zod";
import { isOpening } from "../../ingest/vocabulary/exposure.ts";
import { defineDetector, isOwnWork } from "../detector.ts";

export const lookUpThenTakeover = defineDetector({
  meta: {
    id: "look-up-then-takeover",
    version: 1,
    title: "Accounts changed hands after a look-up",
    description:
      "Compares how many of the subjects that an agent looked at re-registered or changed device, factor or e-mail within three days with the usual share.",
    severity: "high",
    attack: ["T1098.005", "T1111"],
    falsePositives: ["A team that handles lost phones and account recovery."],
    blindSpots: [
      "Take-overs more than three days after the look-up.",
      "Subjects that only came up on a page.",
    ],
    aggravating: "Secrets revealed before the change make it worse.",
    legitimate: "Customers who asked for the change themselves would make it legitimate.",
    runbook: [
      "For each cited look-up list the subject's events of the following 3 days and the ticket of the customer, if any.",
      "Call the subjects whose account changed and ask whether they did it.",
    ],
    references: ["ATT&CK T1098.005, Account Manipulation: Device Registration"],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "reason",
    stake: 0.1,
    counts: [],
    trials: [
      {
        id: "explained",
        unit: "subjects looked at through the agent's own work changed hands within three days",
        share: 0.3,
      },
      {
        id: "unexplained",
        unit: "subjects looked at without own work changed hands within three days",
        share: 0.7,
      },
    ],
    tally: () => [],
    ask: (sighting) => {
      if (sighting.kind === "sign-in") return undefined;
      const isOwn = isOwnWork(sighting.relation);
      const place = (answer: { asked: number; yes: number }) =>
        isOwn ? [answer, undefined] : [undefined, answer];
      if (sighting.kind === "aftermath") return place({ asked: 0, yes: 1 });
      const { event, freshSubjects } = sighting;
      const isSingle = isOpening(event) && event.subjects.length === 1 && freshSubjects === 1;
      return isSingle ? place({ asked: 1, yes: 0 }) : undefined;
    },
  },
});
