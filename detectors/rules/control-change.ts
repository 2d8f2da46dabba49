/**
 * control-change: an agent changes who reaches an account, or acts in its place, without own work.
 *
 * Counts, per session and per agent-day, subjects whose contact data or credentials the agent changed and
 * subjects whom it impersonated, both without own work; negative binomial around the agent's own past and its
 * peers. Asks which share of such changes lacked own work. O(1) time per event.
 */
import { z } from "zod";
import type { AccessEvent, FieldClass } from "../../ingest/vocabulary/event.ts";
import { answer, defineDetector, isOwnWork } from "../detector.ts";

/** Whoever holds these can take the account over. */
const controlFields: ReadonlySet<FieldClass> = new Set(["phone", "email", "credentials"]);

export const controlChange = defineDetector({
  meta: {
    id: "control-change",
    version: 1,
    title: "Control of accounts changed without work",
    description:
      "Counts accounts whose e-mail, telephone or credentials an agent changed, or in whose place it acted, without own work.",
    severity: "high",
    attack: ["T1098", "T1556"],
    falsePositives: ["A channel whose requests are not linked as tickets.", "A clean-up of data."],
    blindSpots: [
      "Changes under a ticket that the agent holds.",
      "Consoles that do not name the fields.",
    ],
    aggravating:
      "A factor reset or a re-registration of the same account within days makes it worse.",
    legitimate: "A request of the customer that was never linked would make it legitimate.",
    runbook: [
      "For each cited update list the subject's events of the following 3 days and the ticket of the customer, if any.",
      "Ask the customer over another channel than the changed one whether the change was asked for.",
    ],
    references: [
      "New York State Department of Financial Services, Twitter investigation report, 2020",
      "ATT&CK T1098, Account Manipulation",
    ],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    aspect: "reason",
    stake: 0.08,
    counts: [
      {
        id: "changed",
        unit: "subjects whose contact data were changed without own work",
        share: 0.4,
        peak: false,
      },
      {
        id: "impersonated",
        unit: "subjects in whose place the agent acted without own work",
        share: 0.3,
        peak: false,
      },
    ],
    trials: [{ id: "unexplained", unit: "changes of contact data lacked own work", share: 0.3 }],
    tally: ({ event, relation }) => {
      if (isOwnWork(relation)) return [0, 0];
      const many = event.subjects.length;
      return [changesControl(event) ? many : 0, event.action === "impersonate" ? many : 0];
    },
    ask: (sighting) => {
      if (sighting.kind !== "exposure" || !changesControl(sighting.event)) return undefined;
      return [answer(!isOwnWork(sighting.relation))];
    },
  },
});

const changesControl = ({ action, fields }: AccessEvent): boolean =>
  action === "update" && fields.some((field) => controlFields.has(field));
