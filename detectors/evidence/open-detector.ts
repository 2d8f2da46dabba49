/**
 * A detector with its parameters bound and its state type closed over, so that detectors of different types
 * stand in one list without a cast.
 */
import { ZodObject, type z } from "zod";
import type { ConsoleEvent } from "../../ingest/vocabulary/event.ts";
import type {
  Answer,
  Aspect,
  Count,
  Detector,
  DetectorMeta,
  ExposureSighting,
  Lists,
  PolicyFinding,
  PolicyState,
  Sighting,
  Trial,
  Watched,
} from "../detector.ts";

/** The policy part of a detector for all agents. */
export interface PolicyLane {
  /** Judges the event for `agent`, then learns. */
  readonly step: (agent: string, event: ConsoleEvent, lists: Lists) => readonly PolicyFinding[];
  /** The agent's state as JSON; `undefined`: still the initial one. */
  readonly save: (agent: string) => string | undefined;
  /** Throws ZodError if `json` is no state of this detector. */
  readonly load: (agent: string, json: string) => void;
  readonly forget: (agent: string) => void;
}

/** The counting part of a detector. */
export interface CountLane {
  readonly aspect: Aspect;
  readonly behaviour: string;
  readonly stake: number;
  readonly counts: readonly Count[];
  readonly trials: readonly Trial[];
  readonly tally: (sighting: ExposureSighting) => readonly number[];
  readonly ask: (sighting: Sighting) => readonly (Answer | undefined)[] | undefined;
}

export interface OpenDetector {
  readonly meta: DetectorMeta;
  readonly over: Watched;
  /** Shapes of its tunables by name. */
  readonly params: z.core.$ZodLooseShape;
  readonly policy: PolicyLane | undefined;
  readonly counting: CountLane | undefined;
}

/** Throws ZodError if `params` do not fit the detector. */
export function openDetector<State extends PolicyState, Params>(
  detector: Detector<State, Params>,
  params: unknown = {},
): OpenDetector {
  const parsed = detector.params.parse(params);
  const { counting } = detector;
  return {
    meta: detector.meta,
    over: detector.over ?? "agents",
    params: detector.params instanceof ZodObject ? detector.params.shape : {},
    policy: openPolicy(detector, parsed),
    counting:
      counting === undefined
        ? undefined
        : {
            aspect: counting.aspect,
            behaviour: counting.behaviour ?? detector.meta.id,
            stake: counting.stake,
            counts: counting.counts,
            trials: counting.trials,
            tally: (sighting) => counting.tally(sighting, parsed),
            ask: (sighting) => counting.ask(sighting, parsed),
          },
  };
}

/**
 * The detector kept running but silent: it learns and keeps its place in every snapshot, stakes nothing and
 * finds nothing. So switching it off or on again across a restart disturbs no other detector.
 */
export function silenced({ policy, counting, ...detector }: OpenDetector): OpenDetector {
  return {
    ...detector,
    counting: counting && { ...counting, stake: 0 },
    policy: policy && {
      ...policy,
      step: (agent, event, lists) => {
        policy.step(agent, event, lists);
        return [];
      },
    },
  };
}

function openPolicy<State extends PolicyState, Params>(
  detector: Detector<State, Params>,
  params: Params,
): PolicyLane | undefined {
  const { policy } = detector;
  if (policy === undefined) return undefined;
  const states = new Map<string, State>();
  return {
    step: (agent, event, lists) => {
      const before = states.get(agent) ?? policy.initial;
      const { state, findings } = policy.step(before, event, { lists, params });
      if (state !== before) states.set(agent, state);
      return findings;
    },
    save: (agent) => {
      const state = states.get(agent);
      return state === undefined ? undefined : JSON.stringify(state);
    },
    load: (agent, json) => {
      states.set(agent, policy.state.parse(JSON.parse(json)));
    },
    forget: (agent) => {
      states.delete(agent);
    },
  };
}
