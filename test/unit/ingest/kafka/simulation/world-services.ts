/** What members of the simulated world find around them, and what the world sees of a member. */
import type { step } from "../../../../../ingest/kafka/range-step.ts";
import type { Mutation } from "./mutation.ts";
import type { SimulatedCoordinator } from "./simulated-coordinator.ts";
import type { SimulatedDatabase } from "./simulated-database.ts";
import type { SimulatedLog } from "./simulated-log.ts";
import type { SimulatedNetwork } from "./simulated-network.ts";

export interface WorldServices {
  /** The clock of the database, epoch ms. */
  readonly now: () => number;
  readonly log: SimulatedLog;
  readonly coordinator: SimulatedCoordinator;
  readonly database: SimulatedDatabase;
  readonly network: SimulatedNetwork;
  /** Notes that a kind of fault occurred. */
  readonly count: (fault: string) => void;
  /** A member gave up, which nothing in this world is a reason for. */
  readonly fail: (code: string) => void;
  /** The production step, watched. */
  readonly stepOf: (member: string) => typeof step;
}

export interface MemberOptions {
  /** A, B or C. */
  readonly name: string;
  /** Names this incarnation among all. */
  readonly key: string;
  readonly world: WorldServices;
  readonly mutation: Mutation;
  /** Its limits are this many times the least ones. */
  readonly scale: number;
  /** Its clock minus the database's while nobody sets it, milliseconds. */
  readonly skewMs: number;
}

export interface SimulatedMember {
  readonly key: string;
  readonly name: string;
  readonly status: {
    isDead: boolean;
    isStopped: boolean;
    /** Epoch ms; infinite: it does not drain. */
    drainingSince: number;
    hasDrained: boolean;
    /** How far its clock is off what it showed at the start. */
    offMs: number;
  };
  readonly start: () => void;
  /** Whether the group has gone on without it. */
  readonly isStale: () => boolean;
  readonly rejoin: () => void;
  readonly dieAfter: (calls: number) => void;
  readonly owned: () => readonly number[];
  /** Whether anything was read. */
  readonly fetch: (partition: number, records: number) => Promise<boolean>;
  readonly tick: () => void;
  readonly drain: () => void;
  readonly leave: () => void;
}

export const freshStatus = (): SimulatedMember["status"] => ({
  isDead: false,
  isStopped: false,
  drainingSince: Number.POSITIVE_INFINITY,
  hasDrained: false,
  offMs: 0,
});
