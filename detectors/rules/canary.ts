/**
 * canary: a record that no work can lead to was touched.
 *
 * Policy: every exposing access whose subjects hold a configured canary is a finding, an exact search that
 * found nothing included. Nothing is learnt. O(subjects of the event) time, no memory.
 */
import { z } from "zod";
import { exposureKindOf } from "../../ingest/vocabulary/exposure.ts";
import { defineDetector } from "../detector.ts";

export const canary = defineDetector({
  meta: {
    id: "canary",
    version: 1,
    title: "Canary record touched",
    description:
      "An agent exposed a record that was planted so that nobody has a reason to open it.",
    severity: "high",
    attack: ["T1213.004"],
    falsePositives: [
      "A page that lists canaries among real records: the agent did not ask for it by itself.",
      "Whoever maintains the canaries opens one.",
    ],
    blindSpots: ["An intruder who knows the canaries or never meets one."],
    aggravating:
      "Several canaries, or one that was searched for or opened by itself, make it worse.",
    legitimate: "Maintenance of the canaries themselves would make it legitimate.",
    runbook: [
      "Read the session's events from one hour before the canary was touched: was it a page, or was the canary opened by itself?",
      "Compare session.ip, session.device_id and session.auth_factor with the agent's previous week.",
    ],
    references: ["Spitzner, Honeytokens: the other honeypot, 2003"],
    stateBytesMax: 2,
  },
  params: z.object({}),
  policy: {
    state: z.object({}),
    initial: {},
    step: (state, event, { lists }) => {
      if (event.kind !== "access") return { state, findings: [] };
      const exposure = exposureKindOf(event);
      if (exposure === undefined) return { state, findings: [] };
      const touched = event.subjects.filter((subject) => lists.canaries.has(subject)).length;
      if (touched === 0) return { state, findings: [] };
      const finding = {
        at: event.at,
        eventId: event.eventId,
        observed: touched,
        unit: "touches of canary records",
        summary: `${touched === 1 ? "A canary record was" : `${touched} canary records were`} ${exposure}; no work leads to ${touched === 1 ? "it" : "them"}.`,
      };
      return { state, findings: [finding] };
    },
  },
});
