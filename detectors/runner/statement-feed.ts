/**
 * Hands one kind of statement over to detection, each once and in the order of its chain: what was recorded is known by
 * where the chain's recorded inputs end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../ingest/runtime/clock.ts";
import { errorFields, type Log } from "../../ingest/runtime/log.ts";
import type { EngineInput } from "../engine-input.ts";
import type { PlacedInput, StatementCursor, StatementLog } from "../store/statement-log.ts";
import type { Segment } from "./runner.ts";

/** Between two looks at what was stated. Milliseconds. */
const pollMs = 2_000;
/** Statements read at a time. */
const statementsMax = 1_000;
interface StatementFeedDeps {
  readonly statements: Pick<StatementLog, "page">;
  /** Under which they stand in the recorded order. */
  readonly partition: number;
  /** What was stated longer ago than this when it starts is not looked for. Milliseconds. */
  readonly reachMs: number;
  /** A statement shows later than its own time by at most this: its write, and clocks that differ. Milliseconds. */
  readonly lateMsMax: number;
  readonly clock: Clock;
  readonly endOf: (source: string, partition: number) => number | undefined;
  readonly feed: (segment: Segment) => Promise<void>;
  readonly log: Log;
}

export interface StatementFeed {
  /** Takes in what was stated since; rejects when the store or detection fails. */
  readonly look: () => Promise<void>;
  /** Looks again and again. */
  readonly start: () => void;
  /** Resolves after the look that is under way. */
  readonly stop: () => Promise<void>;
}

export function createStatementFeed(deps: StatementFeedDeps): StatementFeed {
  const { statements, partition, reachMs, lateMsMax, clock, endOf, feed, log } = deps;
  let newestAt = 0;
  let looking: Promise<void> = Promise.resolve();
  let running: Promise<void> = Promise.resolve();
  const stopping = new AbortController();
  const takeAll = async (placed: readonly PlacedInput[]): Promise<void> => {
    for (const { source, offset, inputs } of runsOf(inChainOrder(placed))) {
      const skipped = Math.max(0, (endOf(source, partition) ?? 0) - offset);
      const events = inputs.slice(skipped);
      if (events.length === 0) continue;
      const [start, end] = [offset + skipped, offset + inputs.length];
      await feed({ source, partition, start, end, events, origin: "live" });
    }
  };
  const lookOnce = async (): Promise<void> => {
    newestAt ||= Math.max(0, clock.now() - reachMs);
    let newest = newestAt;
    let next: StatementCursor | undefined = firstAt(newestAt - lateMsMax);
    while (next !== undefined && !stopping.signal.aborted) {
      const page = await statements.page(next, statementsMax);
      await takeAll(page.placed);
      for (const { at } of page.placed) newest = Math.max(newest, at);
      next = page.next;
    }
    newestAt = newest;
  };
  const look = (): Promise<void> => {
    const turn = looking.then(lookOnce);
    looking = turn.catch(() => undefined);
    return turn;
  };
  const lookForEver = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => {
        log.error(errorFields(error), "statements not taken in");
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

/** Before whatever was stated at the time or later. */
const firstAt = (at: number): StatementCursor => ({ at: Math.max(0, at), source: "", offset: 0 });

/** By time, but never a later one of a chain before an earlier one: a clock may have been set back. */
export function inChainOrder(found: readonly PlacedInput[]): readonly PlacedInput[] {
  const chains = new Map<string, PlacedInput[]>();
  for (const placed of found.toSorted((a, b) => a.offset - b.offset)) {
    chains.set(placed.source, [...(chains.get(placed.source) ?? []), placed]);
  }
  return found.flatMap(({ source }) => chains.get(source)?.shift() ?? []);
}

interface Run {
  readonly source: string;
  /** Of the first. */
  readonly offset: number;
  readonly inputs: EngineInput[];
}

/** Neighbours of one chain are recorded as one. */
function runsOf(placed: readonly PlacedInput[]): readonly Run[] {
  const runs: Run[] = [];
  for (const { source, offset, input } of placed) {
    const last = runs.at(-1);
    if (last?.source === source && last.offset + last.inputs.length === offset) {
      last.inputs.push(input);
    } else {
      runs.push({ source, offset, inputs: [input] });
    }
  }
  return runs;
}
