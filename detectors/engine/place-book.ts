/**
 * The networks that the organisation's agents come from. One that is new to an agent is often a colleague's;
 * one that nobody ever came from is where intruders and travellers are.
 */
import { z } from "zod";

/** Networks that are remembered, the latest seen. */
const placesMax = 4_096;
/** Sign-ins after which a network that nobody was seen on is a new one. */
const signInsMin = 50;
/** How long a network that only one agent was seen on is a new one. */
const newMs = 7 * 86_400_000;

const bookSchema = z.object({
  signIns: z.number(),
  /** Network, the agent that was seen on it or 0 once there are two, and since when. */
  places: z.array(z.tuple([z.number(), z.number(), z.number()])),
});

export interface PlaceBook {
  /** Whether nobody but the agent, and that lately, was seen on the network; undefined: too little is known. */
  readonly isNew: (network: number, sighted: Sighted) => boolean | undefined;
  readonly note: (network: number, sighted: Sighted) => void;
  readonly save: () => string;
  /** Throws ZodError or SyntaxError if `state` is no book of places. */
  readonly load: (state: string) => void;
}

export interface Sighted {
  /** Fingerprint. */
  readonly agent: number;
  readonly at: number;
}

const several = 0;

export function createPlaceBook(): PlaceBook {
  let signIns = 0;
  /** Latest last. */
  const places = new Map<number, Sighted>();
  return {
    isNew: (network, { agent, at }) => {
      if (signIns < signInsMin) return undefined;
      const known = places.get(network);
      return known === undefined || (known.agent === agent && at - known.at <= newMs);
    },
    note: (network, { agent, at }) => {
      signIns += 1;
      const known = places.get(network) ?? { agent, at };
      places.delete(network);
      places.set(network, { agent: known.agent === agent ? agent : several, at: known.at });
      if (places.size <= placesMax) return;
      for (const oldest of places.keys()) {
        places.delete(oldest);
        break;
      }
    },
    save: () => JSON.stringify({ signIns, places: [...places].map(printed) }),
    load: (state) => {
      const saved = bookSchema.parse(JSON.parse(state));
      signIns = saved.signIns;
      places.clear();
      for (const [network, agent, at] of saved.places) places.set(network, { agent, at });
    },
  };
}

const printed = ([network, { agent, at }]: readonly [number, Sighted]) => [network, agent, at];
