/** The members of the simulated group: three places, in each one incarnation of a process after the other. */
import { membersMax } from "./act.ts";
import type { Mutation } from "./mutation.ts";
import { createSimulatedMember } from "./simulated-member.ts";
import { nameOf } from "./trace.ts";
import type { SimulatedMember, WorldServices } from "./world-services.ts";

export interface Crew {
  /** Dead ones included. */
  readonly all: () => readonly SimulatedMember[];
  readonly alive: () => readonly SimulatedMember[];
  readonly running: () => readonly SimulatedMember[];
  /** Into a place where nobody lives; without effect where all are taken. */
  readonly start: (process: { pick: number; scale: number; skew: number }) => void;
  /** Once it has drained, or has tried long enough. */
  readonly leave: (member: SimulatedMember) => void;
}

/** What `clockSkewMsMax` of intent.ts allows. */
const skewMsMax = 1_000;
/** As in consumer.ts: a drain that takes longer is cut off. */
const drainMsMax = 6_000;

export function createCrew(world: WorldServices, mutation: Mutation): Crew {
  const places: (SimulatedMember | undefined)[] = Array.from({ length: membersMax });
  let incarnations = 0;
  const all = (): SimulatedMember[] => places.filter((member) => member !== undefined);
  const alive = (): SimulatedMember[] => all().filter(({ status }) => !status.isDead);
  return {
    all,
    alive,
    running: () => alive().filter(({ status }) => !status.isStopped),
    start: ({ pick, scale, skew }) => {
      const free = places.flatMap((member, at) => (member?.status.isDead === false ? [] : [at]));
      const place = free[pick % free.length];
      if (place === undefined) return;
      const former = places[place];
      if (former !== undefined) world.coordinator.leave(former.key);
      incarnations += 1;
      const name = nameOf(place);
      const skewMs = skew * skewMsMax;
      const key = `${name}${incarnations}`;
      const member = createSimulatedMember({ name, key, world, mutation, scale, skewMs });
      places[place] = member;
      member.start();
    },
    leave: (member) => {
      const { hasDrained, drainingSince } = member.status;
      if (hasDrained || world.now() - drainingSince >= drainMsMax) member.leave();
    },
  };
}

export const isDraining = ({ status }: SimulatedMember): boolean =>
  status.drainingSince !== Number.POSITIVE_INFINITY;
