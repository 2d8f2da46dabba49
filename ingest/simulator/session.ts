/** One sign-in of one agent: where from, on which machine. */
import { dayMs } from "./calendar.ts";
import type { EventMint } from "./event-mint.ts";
import { pick, type Random } from "./random.ts";
import type { DeskAgent } from "./roster.ts";
import type { Actor, WireSession } from "./wire-event.ts";

/** A network that no agent of the desk uses by habit. */
export interface Network {
  readonly ip: string;
  readonly country: string;
  readonly asn: number;
}

/** The company's own exits abroad: unusual, and harmless. */
export const vpnExits: readonly Network[] = [
  { ip: "203.0.113.200", country: "NL", asn: 64_499 },
  { ip: "198.51.100.200", country: "SG", asn: 64_499 },
];

/** The browser of the day: a release every four weeks, as its vendor ships them. */
export function userAgentOf(platform: string, at: number): string {
  const release = 120 + Math.floor((at - Date.UTC(2024, 0, 1)) / (28 * dayMs));
  return `Mozilla/5.0 (${platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${release}.0.0.0 Safari/537.36`;
}

interface SignIn {
  readonly random: Random;
  readonly mint: EventMint;
  readonly at: number;
  /** Share of sign-ins through the company's exits abroad. Default: one in 250. */
  readonly vpnShare?: number;
}

/** Signs `agent` in on the usual machine, from the office, from home, or seldom through a VPN. */
export function signIn(agent: DeskAgent, { random, mint, at, vpnShare }: SignIn): Actor {
  const network = usualNetwork(agent, random, vpnShare ?? 1 / 250);
  return { agent: agent.ref, session: sessionOf(agent, mint.id("ss-"), { at, ...network }) };
}

/** Signs in as `agent` from a machine and a network that are not the agent's. */
export function foreignSignIn(agent: DeskAgent, { mint, at }: SignIn, network: Network): Actor {
  const session = sessionOf(agent, mint.id("ss-"), { at, ...network });
  const machine = {
    device_id: mint.id("dv-"),
    user_agent: userAgentOf("X11; Linux x86_64", at - 60 * dayMs),
  };
  return { agent: agent.ref, session: { ...session, ...machine } };
}

/** Signs in as `agent` from a network that is not the agent's, with the agent's machine copied. */
export function clonedSignIn(agent: DeskAgent, { mint, at }: SignIn, network: Network): Actor {
  return { agent: agent.ref, session: sessionOf(agent, mint.id("ss-"), { at, ...network }) };
}

function usualNetwork(agent: DeskAgent, random: Random, vpnShare: number): Network {
  if (random.chance(vpnShare)) return pick(random, vpnExits);
  const country = agent.site.country;
  if (random.chance(agent.homeShare)) return { ip: agent.homeIp, country, asn: agent.homeAsn };
  return { ip: pick(random, agent.site.officeIps), country, asn: agent.site.officeAsn };
}

function sessionOf(agent: DeskAgent, id: string, use: Network & { at: number }): WireSession {
  return {
    id,
    ip: use.ip,
    user_agent: userAgentOf(agent.platform, use.at),
    device_id: agent.deviceId,
    country: use.country,
    asn: use.asn,
    auth_factor: agent.authFactor,
  };
}
