/**
 * Where agents are kept: who was seen lately at hand as an object, everybody else at rest in packed form, a tenth of
 * the size. An agent's events come in bursts, so few events find it at rest.
 */
import { packAgent, unpackAgent } from "./agent-snapshot.ts";
import { type AgentState, newAgent } from "./agent-state.ts";
import { createPacker, createUnpacker, formsOf } from "./packing.ts";

/** Agents at hand; beyond it the one that was seen longest ago is packed. One event touches 25 at most. */
const atHandMaxDefault = 2_048;

interface AtHand {
  readonly agent: AgentState;
  readonly order: number;
}

export interface AtRest {
  readonly packed: string;
  /** Place in the order of last use, for eviction after a restart. */
  readonly order: number;
}

export interface AgentShelf {
  /** The agent's state, created if need be; it is then the most recently seen. */
  readonly touch: (agentId: string) => AgentState;
  /** To look at: what is changed in it may be lost. */
  readonly peek: (agentId: string) => AgentState | undefined;
  readonly atHand: () => Iterable<AgentState>;
  /** Ids of all agents at hand and of those at rest whose state mentions the text. */
  readonly mentioning: (text: string) => readonly string[];
  readonly packedOf: (agentId: string) => AtRest | undefined;
  /** The agent that was seen longest ago. */
  readonly oldest: () => string | undefined;
  readonly remove: (agentId: string) => void;
  /** Throws RangeError, SyntaxError or ZodError if it is no agent. */
  readonly check: (state: AtRest) => void;
  readonly put: (agentId: string, state: AtRest) => void;
  /** To be called after the last `put`: puts agents in the order of their last use. */
  readonly settle: () => void;
  readonly size: () => number;
}

export function createAgentShelf(atHandMax = atHandMaxDefault): AgentShelf {
  const packer = createPacker();
  const unpacker = createUnpacker();
  const atHand = new Map<string, AtHand>();
  // Whoever is packed was seen before everybody at hand, so both are in the order of last use.
  let atRest = new Map<string, AtRest>();
  let order = 0;

  const putOldestToRest = (): void => {
    for (const [oldest, { agent, order: place }] of atHand) {
      atHand.delete(oldest);
      atRest.set(oldest, { packed: packAgent(packer, agent), order: place });
      break;
    }
  };
  const take = (agentId: string): AgentState => {
    const known = atHand.get(agentId);
    if (known !== undefined) {
      atHand.delete(agentId);
      return known.agent;
    }
    const resting = atRest.get(agentId);
    if (resting === undefined) return newAgent();
    atRest.delete(agentId);
    return unpackAgent(unpacker, resting.packed);
  };
  return {
    touch: (agentId) => {
      const agent = take(agentId);
      order += 1;
      atHand.set(agentId, { agent, order });
      if (atHand.size > atHandMax) putOldestToRest();
      return agent;
    },
    peek: (agentId) => {
      const resting = atRest.get(agentId);
      return resting === undefined
        ? atHand.get(agentId)?.agent
        : unpackAgent(unpacker, resting.packed);
    },
    atHand: function* () {
      for (const { agent } of atHand.values()) yield agent;
    },
    mentioning: (text) => {
      const forms = formsOf(text);
      const resting = [...atRest].filter(([, { packed }]) =>
        forms.some((form) => packed.includes(form)),
      );
      return [...resting.map(([agentId]) => agentId), ...atHand.keys()];
    },
    packedOf: (agentId) => {
      const known = atHand.get(agentId);
      if (known === undefined) return atRest.get(agentId);
      return { packed: packAgent(packer, known.agent), order: known.order };
    },
    oldest: () => {
      const [oldest] = atRest.size > 0 ? atRest.keys() : atHand.keys();
      return oldest;
    },
    remove: (agentId) => {
      if (!atRest.delete(agentId)) atHand.delete(agentId);
    },
    check: ({ packed }) => {
      unpackAgent(unpacker, packed);
    },
    put: (agentId, state) => {
      atRest.set(agentId, state);
    },
    settle: () => {
      atRest = new Map([...atRest].sort(([, a], [, b]) => a.order - b.order));
      order = 0;
      for (const { order: place } of atRest.values()) order = Math.max(order, place);
    },
    size: () => atHand.size + atRest.size,
  };
}
