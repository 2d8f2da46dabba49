/**
 * Keeps turns apart: each records its inputs by an INSERT of its own, which costs as much as scoring some hundred
 * events, so turns that come one right after the other would mostly record. What arrives within `turnEveryMs`
 * makes one turn, unless it is much already or somebody waits for the end.
 */
import type { Clock } from "../../ingest/runtime/clock.ts";

/** Between the beginnings of two turns, milliseconds; an alert comes later by at most this. */
const turnEveryMs = 200;

export interface TurnPace {
  /** Resolves when the next turn may begin. `isUrgent`: at once. */
  readonly next: (isUrgent: boolean) => Promise<void>;
  /** Ends a wait that is under way. */
  readonly hurry: () => void;
}

export function createTurnPace(clock: Clock): TurnPace {
  let nextAt = 0;
  let hurry = (): void => undefined;
  return {
    next: async (isUrgent) => {
      const waitMs = Math.min(turnEveryMs, nextAt - clock.now());
      if (!isUrgent && waitMs > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, waitMs);
          hurry = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      nextAt = clock.now() + turnEveryMs;
    },
    hurry: () => hurry(),
  };
}
