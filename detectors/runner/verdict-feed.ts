/**
 * Hands what analysts decide over to detection, each decision once and in the order of its chain: what was recorded
 * is known by where the chain's recorded inputs end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { errorFields, type Log } from "../../ingest/runtime/log.ts";
import type { PlacedVerdict, VerdictLog } from "../store/verdict-log.ts";
import type { Segment } from "./runner.ts";

/** Between two looks at what was decided. Milliseconds. */
const pollMs = 2_000;
/** Decisions read at a time. */
const verdictsMax = 1_000;
/** A decision shows later than its own time by at most this: its write, and clocks that differ. Milliseconds. */
const lateMsMax = 3_600_000;

interface VerdictFeedDeps {
  readonly verdicts: Pick<VerdictLog, "since">;
  readonly endOf: (source: string, partition: number) => number | undefined;
  readonly feed: (segment: Segment) => Promise<void>;
  readonly log: Log;
}

export interface VerdictFeed {
  /** Takes in what was decided since; rejects when the store or detection fails. */
  readonly look: () => Promise<void>;
  /** Looks again and again. */
  readonly start: () => void;
  /** Resolves after the look that is under way. */
  readonly stop: () => Promise<void>;
}

const partition = 0;

export function createVerdictFeed({ verdicts, endOf, feed, log }: VerdictFeedDeps): VerdictFeed {
  let newestAt = 0;
  let looking: Promise<void> = Promise.resolve();
  let running: Promise<void> = Promise.resolve();
  const stopping = new AbortController();
  const take = async ({ source, offset, at, verdict }: PlacedVerdict): Promise<void> => {
    newestAt = Math.max(newestAt, at);
    if ((endOf(source, partition) ?? 0) > offset) return;
    const place = { source, partition, start: offset, end: offset + 1 };
    await feed({ ...place, events: [verdict], origin: "live" });
  };
  const lookOnce = async (): Promise<void> => {
    for (let from = Math.max(0, newestAt - lateMsMax); ; from = newestAt) {
      const found = await verdicts.since(from, verdictsMax);
      for (const placed of inChainOrder(found)) await take(placed);
      // A page that is full of one moment has no next one.
      if (found.length < verdictsMax || newestAt <= from) return;
    }
  };
  const look = (): Promise<void> => {
    const turn = looking.then(lookOnce);
    looking = turn.catch(() => undefined);
    return turn;
  };
  const lookForEver = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => {
        log.error(errorFields(error), "verdicts not taken in");
      });
      await sleep(pollMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  return {
    look,
    start: () => {
      running = lookForEver();
    },
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

/** By time, but never a later one of a chain before an earlier one: a clock may have been set back. */
export function inChainOrder(found: readonly PlacedVerdict[]): readonly PlacedVerdict[] {
  const chains = new Map<string, PlacedVerdict[]>();
  for (const placed of found.toSorted((a, b) => a.offset - b.offset)) {
    chains.set(placed.source, [...(chains.get(placed.source) ?? []), placed]);
  }
  return found.flatMap(({ source }) => chains.get(source)?.shift() ?? []);
}
