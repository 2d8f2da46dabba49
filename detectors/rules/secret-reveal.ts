/**
 * secret-reveal: an agent unmasks codes, identity documents, credentials or messages.
 *
 * Counts the distinct subjects whose secrets were revealed, all and those without a ticket, queue item, call
 * or chat; scored per session and per agent-day as the upper tail of a negative binomial around the agent's
 * own past and its peers. Reveals without a ticket are ordinary at many desks, so they are no fact by
 * themselves; a secret of a watch-listed subject without one is (policy). Learnt only up to the predicted
 * 99.9 % quantile. O(1) time and memory per event.
 */
import { z } from "zod";
import { type AccessEvent, secretFieldClasses } from "../../ingest/vocabulary/event.ts";
import { isJustified } from "../../ingest/vocabulary/justification.ts";
import { defineDetector } from "../detector.ts";

/** A successful reveal of a secret; a reveal that names no field classes is taken as one. */
function revealsSecret(event: AccessEvent): boolean {
  if (event.action !== "reveal" || event.outcome !== "success") return false;
  return event.fields.length === 0 || event.fields.some((field) => secretFieldClasses.has(field));
}

export const secretReveal = defineDetector({
  meta: {
    id: "secret-reveal",
    version: 1,
    title: "Secrets unmasked",
    description:
      "Counts revealed secrets and compares them with the agent's own past and its peers; a watch-listed subject's secret without a ticket is a fact.",
    severity: "high",
    attack: ["T1111", "T1213.004"],
    falsePositives: [
      "Customers who cannot receive codes and ask an agent to read them out.",
      "A wave of identity checks after an incident of the customer's own.",
    ],
    blindSpots: [
      "A single reveal of a subject that nobody put on the watch list.",
      "Secrets that the console shows without a reveal.",
    ],
    aggravating: "A code issued or an account re-registered around the reveal makes it worse.",
    legitimate:
      "A customer on the line who asked for it, with a call or ticket to show, would make it legitimate.",
    runbook: [
      "For each revealed subject list subject events (code_issued, reregistered, factor_reset) from one hour before to 24 hours after the reveal.",
      "Look for a ticket or call of the same subject within two hours of the reveal.",
      "If a code was revealed within its validity and none exists, lock the account and call the customer.",
    ],
    references: [
      "ATT&CK T1111, Multi-Factor Authentication Interception",
      "Signal Foundation, Twilio incident: what Signal users need to know, 2022",
    ],
    stateBytesMax: 2,
  },
  params: z.object({}),
  policy: {
    state: z.object({}),
    initial: {},
    step: (state, event, { lists }) => {
      if (event.kind !== "access" || !revealsSecret(event) || isJustified(event)) {
        return { state, findings: [] };
      }
      const watched = event.subjects.filter((subject) => lists.watchlist.has(subject)).length;
      if (watched === 0) return { state, findings: [] };
      const finding = {
        at: event.at,
        eventId: event.eventId,
        observed: watched,
        unit: "secrets of watch-listed subjects revealed without a ticket",
        summary: `A secret of ${watched === 1 ? "a watch-listed subject" : `${watched} watch-listed subjects`} was revealed and no ticket, queue item, call or chat is named.`,
      };
      return { state, findings: [finding] };
    },
  },
  counting: {
    aspect: "amount",
    stake: 0.16,
    counts: [
      { id: "revealed", unit: "subjects whose secrets were revealed", share: 0.5, peak: true },
      {
        id: "unexplained",
        unit: "subjects whose secrets were revealed without a ticket",
        share: 0.5,
        peak: true,
      },
    ],
    trials: [],
    tally: ({ event, relation, freshInKind }) => {
      const revealed = revealsSecret(event) ? freshInKind : 0;
      return [revealed, relation === "none" || relation === "foreign" ? revealed : 0];
    },
    ask: () => undefined,
  },
});
