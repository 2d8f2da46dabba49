/**
 * Hands one kind of statement over to detection, each once and in the order of its chain: what was recorded is known by
 * where the chain's recorded inputs end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../ingest/runtime/clock.ts";
import { errorFields, type Log } from "../../ingest/runtime/log.ts";
import type { EngineInput } from "../engine-input.ts";
import type { PlacedInput, StatementLog } from "../store/statement-log.ts";
import type { Segment } from "./runner.ts";

/** Between two looks at what was stated. Milliseconds. */
const pollMs = 2_000;
/** Statements read at a time. */
const statementsMax = 1_000;
/** A statement shows later than its own time by at most this: its write, and clocks that differ. Milliseconds. */
const lateMsMax = 3_600_000;

interface StatementFeedDeps {
  readonly statements: Pick<StatementLog, "since">;
  /** Under which they stand in the recorded order. */
  readonly partition: number;
  /** What was stated longer ago than this when it starts is not looked for. Milliseconds. */
  readonly reachMs: number;
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
  const { statements, partition, reachMs, clock, endOf, feed, log } = deps;
  let newestAt = 0;
  let looking: Promise<void> = Promise.resolve();
  let running: Promise<void> = Promise.resolve();
  const stopping = new AbortController();
  const takeAll = async (found: readonly PlacedInput[]): Promise<void> => {
    for (const { source, offset, inputs } of runsOf(inChainOrder(found))) {
      const skipped = Math.max(0, (endOf(source, partition) ?? 0) - offset);
      const events = inputs.slice(skipped);
      if (events.length === 0) continue;
      const [start, end] = [offset + skipped, offset + inputs.length];
      await feed({ source, partition, start, end, events, origin: "live" });
    }
    for (const { at } of found) newestAt = Math.max(newestAt, at);
  };
  const lookOnce = async (): Promise<void> => {
    newestAt ||= Math.max(0, clock.now() - reachMs);
    for (let from = Math.max(0, newestAt - lateMsMax); ; from = newestAt) {
      const found = await statements.since(from, statementsMax);
      await takeAll(found);
      // A page that is full of one moment has no next one.
      if (found.length < statementsMax || newestAt <= from) return;
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
