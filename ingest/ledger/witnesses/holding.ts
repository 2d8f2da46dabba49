/** What every witness does that keeps notes itself: open, compare with the newest, keep. One offer at a time. */
import { openCheckpoint, type TrustedLog } from "../checkpoint.ts";
import {
  type Growth,
  type HoldResult,
  judge,
  type Unreachable,
  unreachable,
  type WitnessedCheckpoint,
  type WitnessedHead,
} from "./witness.ts";

export interface Offer {
  readonly note: string;
  readonly growth: Growth;
}

export interface HeadStore {
  readonly newest: () => Promise<WitnessedHead>;
  /** Undefined once the note is where a crash does not lose it. */
  readonly append: (
    offer: Offer,
    witnessed: WitnessedCheckpoint,
  ) => Promise<Unreachable | undefined>;
}

/** Offers that may wait for the one that is being kept. */
const waitingMax = 64;

/** Between what is compared and what is kept nothing else may happen, so offers take turns. */
export function createHolding(store: HeadStore, log: TrustedLog) {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return async (offer: Offer): Promise<HoldResult> => {
    if (waiting >= waitingMax) return unreachable("busy");
    waiting += 1;
    const turn = last.then(() => holdIn(store, log, offer));
    last = turn.catch(() => undefined);
    return turn.finally(() => {
      waiting -= 1;
    });
  };
}

async function holdIn(store: HeadStore, log: TrustedLog, offer: Offer): Promise<HoldResult> {
  const { note, growth } = offer;
  const opened = openCheckpoint(note, log);
  if (opened.kind === "refused") return opened;
  const newest = await store.newest();
  if (newest.kind === "unreachable") return newest;
  const { checkpoint } = opened;
  const verdict = judge("checkpoint" in newest ? newest.checkpoint : undefined, checkpoint, growth);
  if (verdict.kind === "conflict" || verdict.kind === "refused") return verdict;
  if (verdict.kind === "grown") {
    const failure = await store.append(offer, { checkpoint, note });
    if (failure !== undefined) return failure;
  }
  return { kind: "held", cosignatures: [] };
}
