/** All agents in memory, bounded, with what is dirty of them printed one key an agent. */
import { z } from "zod";
import type { Metrics } from "../../ingest/runtime/metrics.ts";
import type { OpenDetector } from "../evidence/open-detector.ts";
import { createAgentShelf } from "./agent-shelf.ts";
import type { AgentState } from "./agent-state.ts";
import { printDense, readDense } from "./printed-state.ts";

/** Agents in memory. Beyond it the one that was seen longest ago is forgotten, and counted. */
export const agentsMax = 50_000;

/** Agents that are printed at one go. */
const agentsPerPiece = 8;

/** The label under which agents are counted in metrics. */
const label = { detector: "agents" };

export interface AgentBook {
  /** The agent's state, created if need be, good for this event; it is then the most recently seen and dirty. */
  readonly touch: (agentId: string) => AgentState;
  /** To look at, without touching it. */
  readonly peek: (agentId: string) => AgentState | undefined;
  /** Those that were seen lately. */
  readonly atHand: () => Iterable<AgentState>;
  /** The first agent that holds the alert and of whom `isWanted` holds, touched. O(agents). */
  readonly holding: (
    alertId: string,
    isWanted: (agent: AgentState) => boolean,
  ) => AgentState | undefined;
  /** Whether there is one, untouched. O(agents). */
  readonly hasHolder: (alertId: string, isWanted: (agent: AgentState) => boolean) => boolean;
  /**
   * Of what changed since the last call, as it is now: whoever is touched before its piece is taken is printed first.
   * Throws Error while pieces of the call before are left.
   */
  readonly saveDirty: () => Iterable<{ key: string; state: string }[]>;
  /** Throws RangeError, SyntaxError or ZodError if `state` is no agent; `isChecked`: another has taken it already. */
  readonly load: (agentId: string, state: string, isChecked: boolean) => void;
  /** To be called after the last `load`: puts agents in the order of their last use. */
  readonly settle: () => void;
}

const printedSchema = z.object({
  order: z.number(),
  packed: z.string(),
  /** Policy states by detector, as JSON. */
  policy: z.record(z.string(), z.string()),
});

export function createAgentBook(
  detectors: readonly OpenDetector[],
  metrics: Pick<Metrics, "count" | "gauge"> | undefined,
  atHandMax: number | undefined,
): AgentBook {
  const shelf = createAgentShelf(atHandMax);
  const dirty = new Set<string>();
  const printing = createPrinting();

  const policyStates = (agentId: string): Record<string, string> => {
    const states: Record<string, string> = {};
    for (const { meta, policy } of detectors) {
      const state = policy?.save(agentId);
      if (state !== undefined) states[meta.id] = state;
    }
    return states;
  };
  const printed = (agentId: string): { key: string; state: string }[] => {
    const state = shelf.packedOf(agentId);
    if (state === undefined) return [];
    const { order, packed } = state;
    const row = { order, packed: printDense(packed), policy: policyStates(agentId) };
    return [{ key: `agent/${agentId}`, state: JSON.stringify(row) }];
  };
  const evict = (): void => {
    const oldest = shelf.oldest();
    if (oldest === undefined) return;
    printing.before(oldest, printed);
    shelf.remove(oldest);
    dirty.delete(oldest);
    for (const { policy } of detectors) policy?.forget(oldest);
    metrics?.count("deskwatch_detect_state_evictions_total", label);
  };
  const touch = (agentId: string): AgentState => {
    printing.before(agentId, printed);
    dirty.add(agentId);
    return shelf.touch(agentId);
  };
  return {
    touch: (agentId) => {
      const agent = touch(agentId);
      if (shelf.size() > agentsMax) evict();
      return agent;
    },
    peek: shelf.peek,
    atHand: shelf.atHand,
    holding: (alertId, isWanted) => {
      for (const agentId of shelf.mentioning(alertId)) {
        const agent = shelf.peek(agentId);
        if (agent === undefined || !isWanted(agent)) continue;
        return touch(agentId);
      }
      return undefined;
    },
    hasHolder: (alertId, isWanted) =>
      shelf.mentioning(alertId).some((agentId) => {
        const agent = shelf.peek(agentId);
        return agent !== undefined && isWanted(agent);
      }),
    saveDirty: () => {
      printing.begin(dirty);
      dirty.clear();
      metrics?.gauge("deskwatch_detect_state_keys", label, shelf.size());
      return printing.pieces(printed);
    },
    load: (agentId, state, isChecked) => {
      const { order, packed, policy } = printedSchema.parse(JSON.parse(state));
      const resting = { order, packed: readDense(packed) };
      if (!isChecked) shelf.check(resting);
      shelf.put(agentId, resting);
      for (const { meta, policy: lane } of detectors) {
        const saved = policy[meta.id];
        if (saved !== undefined) lane?.load(agentId, saved);
      }
    },
    settle: shelf.settle,
  };
}

type Rows = { key: string; state: string }[];
type Print = (agentId: string) => Rows;

/** What is still to be printed of a snapshot while scoring goes on. */
function createPrinting() {
  const left = new Set<string>();
  let early: Rows = [];
  return {
    begin: (agentIds: Iterable<string>): void => {
      if (left.size + early.length > 0) throw new Error("the snapshot before is not taken whole");
      for (const agentId of agentIds) left.add(agentId);
    },
    /** To be called before the agent changes. */
    before: (agentId: string, print: Print): void => {
      if (left.delete(agentId)) early.push(...print(agentId));
    },
    pieces: function* (print: Print): Generator<Rows> {
      while (left.size + early.length > 0) {
        const rows = early;
        early = [];
        for (const agentId of left) {
          if (rows.length >= agentsPerPiece) break;
          left.delete(agentId);
          rows.push(...print(agentId));
        }
        yield rows;
      }
    },
  };
}
