/**
 * new-network: a session comes from a network that was never seen of the agent.
 *
 * Asks once per session, and again whenever its device or network changes, whether the network's operator and
 * country (or else the address) are new; binomial against the agent's usual share, peers as prior. Not asked
 * before three sessions are known. O(1) time per event, at most 12 networks per agent.
 */
import { z } from "zod";
import { answer, defineDetector } from "../detector.ts";

export const newNetwork = defineDetector({
  meta: {
    id: "new-network",
    version: 1,
    title: "Network never seen of the agent",
    description:
      "Compares how often an agent's sessions come from a network that was never seen of it with the usual share.",
    severity: "medium",
    attack: ["T1078", "T1539"],
    falsePositives: ["Travel, a hotel, a changed provider or a VPN exit in another country."],
    blindSpots: [
      "An intruder behind the agent's own provider or the company's exit.",
      "Producers that name no address.",
    ],
    aggravating: "Many subjects, secrets or an unusual hour in the same session make it worse.",
    legitimate: "Announced travel or a changed provider would make it legitimate.",
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
      { id: "network", unit: "sign-ins came from a network that was new to the agent", share: 0.4 },
      {
        id: "unshared",
        unit: "sign-ins came from a network on which nobody else was seen and the agent not before this week",
        share: 0.3,
      },
      {
        id: "elsewhere",
        unit: "sign-ins came from a new network while the agent was at work from a known one",
        share: 0.3,
      },
    ],
    tally: () => [],
    ask: (sighting) => {
      if (sighting.kind !== "sign-in") return undefined;
      const { isNewNetwork, isNewToAll, isElsewhere } = sighting;
      return [answer(isNewNetwork), answer(isNewToAll), answer(isNewNetwork && isElsewhere)];
    },
  },
});
