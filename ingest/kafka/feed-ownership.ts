/**
 * Whether the partitions of detection are this process's, and have been all along.
 *
 * Whoever was silent for a session may have been replaced meanwhile: its state is then behind the recorded order, and
 * it must not go on with it even when it gets the partitions back.
 */
import type { Clock } from "../runtime/clock.ts";
import type { SignsOfLife } from "./group-reader.ts";

export interface FeedOwnership {
  /** Asked when a join begins: whether it owns the partitions and may keep them. */
  readonly stays: () => boolean;
  /** A join has begun. */
  readonly suspend: () => void;
  /** A join has ended with so many partitions. lost: it owned them, and is to end. */
  readonly assigned: (partitions: number) => "owner" | "standby" | "lost";
  /** Whether it has ever got them. */
  readonly isOwner: () => boolean;
  /** Whether they are its own at present, as far as it has heard. */
  readonly isAssigned: () => boolean;
}

interface OwnershipDeps {
  readonly signsOfLife: () => SignsOfLife;
  readonly sessionMs: number;
  readonly clock: Clock;
}

export function createFeedOwnership(deps: OwnershipDeps): FeedOwnership {
  let isOwner = false;
  let hasStayed = false;
  let isAssigned = false;
  return {
    stays: () => {
      hasStayed = isOwner && deps.clock.now() <= deps.signsOfLife().beatAt + deps.sessionMs;
      return hasStayed;
    },
    suspend: () => {
      isAssigned = false;
    },
    assigned: (partitions) => {
      if (isOwner && (partitions === 0 || !hasStayed)) return "lost";
      if (partitions === 0) return "standby";
      isOwner = true;
      isAssigned = true;
      return "owner";
    },
    isOwner: () => isOwner,
    isAssigned: () => isAssigned,
  };
}
