/**
 * new-device: a session comes from a device or network that was never seen of the agent, or enrols a factor.
 *
 * Asks once per session, and again whenever its device or network changes, whether each was seen before, and
 * whether a factor was enrolled; binomial against the agent's usual share, peers as prior. Not asked before
 * three sessions are known. O(1) time per event, at most 12 devices and networks per agent.
 */
import { z } from "zod";
import { defineDetector } from "../detector.ts";

export const newDevice = defineDetector({
  meta: {
    id: "new-device",
    version: 1,
    title: "New device, network or factor",
    description:
      "Compares how often an agent's sessions come from new devices and networks or enrol a factor with the usual share.",
    severity: "medium",
    attack: ["T1078", "T1539", "T1098.005"],
    falsePositives: ["A new laptop, a hotel or a changed provider; a VPN exit in another country."],
    blindSpots: [
      "A stolen session on the agent's own machine.",
      "Producers that name no device and no address.",
    ],
    aggravating: "Many subjects, secrets or an unusual hour in the same session make it worse.",
    legitimate:
      "A device that the organisation issued, or announced travel, would make it legitimate.",
    runbook: [
      "Compare session.device_id, session.ip, session.asn and session.country with the agent's sessions of the previous 4 weeks.",
      "Ask the identity provider for the sign-in that began the session and for factors enrolled within an hour of it.",
    ],
    references: [
      "ATT&CK T1539, Steal Web Session Cookie",
      "Signal Foundation, Twilio incident: what Signal users need to know, 2022",
    ],
    stateBytesMax: 0,
  },
  params: z.object({}),
  counting: {
    stake: 0.1,
    counts: [],
    trials: [
      { id: "device", unit: "sign-ins came from a device that was new to the agent", share: 0.35 },
      {
        id: "network",
        unit: "sign-ins came from a network that was new to the agent",
        share: 0.35,
      },
      { id: "factor", unit: "sessions enrolled a new factor", share: 0.3 },
    ],
    tally: () => [],
    ask: (sighting) => {
      if (sighting.kind !== "sign-in") return undefined;
      const { isNewDevice, isNewNetwork, hasEnrolled, isFirst } = sighting;
      const answer = (isYes: boolean | undefined) =>
        isYes === undefined ? undefined : { asked: 1, yes: isYes ? 1 : 0 };
      const factor = { asked: isFirst ? 1 : 0, yes: hasEnrolled ? 1 : 0 };
      return [answer(isNewDevice), answer(isNewNetwork), factor];
    },
  },
});
