/** All agents in memory, the least recently seen first; bounded, and printed one key an agent. */
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { OpenDetector } from "../evidence/open-detector.ts";
import { printAgent, readAgent } from "./agent-snapshot.ts";
import { type AgentState, newAgent } from "./agent-state.ts";

/** Agents in memory. Beyond it the one that was seen longest ago is forgotten, and counted. */
export const agentsMax = 50_000;

/** The label under which agents are counted in metrics. */
const label = { detector: "agents" };

export interface AgentBook {
  /** The agent's state, created if need be; it is then the most recently seen and dirty. */
  readonly touch: (agentId: string) => AgentState;
  /** Without touching it. */
  readonly peek: (agentId: string) => AgentState | undefined;
  readonly all: () => Iterable<AgentState>;
  /** The first agent of whom `isWanted` holds, dirty then; its place in the order stays. O(agents). */
  readonly find: (isWanted: (agent: AgentState) => boolean) => AgentState | undefined;
  readonly saveDirty: () => { key: string; state: string }[];
  readonly load: (agentId: string, state: string) => void;
  /** To be called after the last `load`: puts agents in the order of their last use. */
  readonly settle: () => void;
}

interface Entry {
  readonly agent: AgentState;
  order: number;
}

export function createAgentBook(
  detectors: readonly OpenDetector[],
  metrics: Pick<Metrics, "count" | "gauge"> | undefined,
): AgentBook {
  let entries = new Map<string, Entry>();
  const dirty = new Set<string>();
  let order = 0;

  const evict = (): void => {
    for (const oldest of entries.keys()) {
      entries.delete(oldest);
      dirty.delete(oldest);
      for (const { policy } of detectors) policy?.forget(oldest);
      metrics?.count("deskwatch_detect_state_evictions_total", label);
      break;
    }
  };
  const policyStates = (agentId: string): Record<string, string> => {
    const states: Record<string, string> = {};
    for (const { meta, policy } of detectors) {
      const state = policy?.save(agentId);
      if (state !== undefined) states[meta.id] = state;
    }
    return states;
  };
  return {
    touch: (agentId) => {
      const entry = entries.get(agentId) ?? { agent: newAgent(), order: 0 };
      order += 1;
      entry.order = order;
      entries.delete(agentId);
      entries.set(agentId, entry);
      dirty.add(agentId);
      if (entries.size > agentsMax) evict();
      return entry.agent;
    },
    peek: (agentId) => entries.get(agentId)?.agent,
    all: function* () {
      for (const { agent } of entries.values()) yield agent;
    },
    find: (isWanted) => {
      for (const [agentId, { agent }] of entries) {
        if (!isWanted(agent)) continue;
        dirty.add(agentId);
        return agent;
      }
      return undefined;
    },
    saveDirty: () => {
      const rows = [...dirty].map((agentId) => {
        const { agent, order: place } = entries.get(agentId) ?? { agent: newAgent(), order: 0 };
        const policy = policyStates(agentId);
        return { key: `agent/${agentId}`, state: printAgent({ agent, order: place, policy }) };
      });
      dirty.clear();
      metrics?.gauge("deskwatch_detect_state_keys", label, entries.size);
      return rows;
    },
    load: (agentId, state) => {
      const { agent, order: place, policy } = readAgent(state);
      entries.set(agentId, { agent, order: place });
      for (const { meta, policy: lane } of detectors) {
        const saved = policy[meta.id];
        if (saved !== undefined) lane?.load(agentId, saved);
      }
    },
    settle: () => {
      entries = new Map([...entries].sort(([, a], [, b]) => a.order - b.order));
      order = Math.max(0, ...[...entries.values()].map((entry) => entry.order));
    },
  };
}
