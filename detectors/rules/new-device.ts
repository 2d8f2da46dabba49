/**
 * new-device: a session comes from a device that was never seen of the agent, and from no network of its own.
 *
 * Asks once per session, and again whenever its device or network changes, whether the device (or else the
 * browser) is new and the network not known of the agent: a new device on a known network is a replaced laptop, and
 * far more common than an intruder who sits there. Binomial against the agent's usual share, peers as prior. Not asked before three sessions are
 * known. O(1) time per event, at most 12 devices per agent.
 */
import { z } from "zod";
import { answer, defineDetector } from "../detector.ts";

export const newDevice = defineDetector({
  meta: {
    id: "new-device",
    version: 1,
    title: "Device never seen of the agent, from no network of its own",
    description:
      "Compares how often an agent's sessions come from a device that was never seen of it, and from no network that was, with the usual share.",
    severity: "medium",
    attack: ["T1078", "T1539"],
    falsePositives: ["A new laptop that is first used on a journey."],
    blindSpots: [
      "A stolen session on the agent's own machine.",
      "A foreign device on the company's network or at the agent's home.",
      "Producers that name neither device nor browser.",
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
    aspect: "presence",
    stake: 0.05,
    counts: [],
    trials: [
      {
        id: "device",
        unit: "sign-ins came from a device that was new to the agent, and from no network of its own",
        share: 1,
      },
    ],
    tally: () => [],
    ask: (sighting) => {
      if (sighting.kind !== "sign-in") return undefined;
      const { isNewDevice, isOnKnownNetwork } = sighting;
      return [answer(isNewDevice && !isOnKnownNetwork)];
    },
  },
});
