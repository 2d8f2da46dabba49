/**
 * Hands one kind of statement over to detection, each once and in the order of its chain: what was recorded is known by
 * where the chain's recorded inputs end.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../ingest/runtime/clock.ts";
import { grouped } from "../../ingest/runtime/grouped.ts";
import { errorFields, type Log } from "../../ingest/runtime/log.ts";
import type { EngineInput } from "../engine-input.ts";
import type {
  ChainRange,
  PlacedInput,
  StatementCursor,
  StatementLog,
} from "../store/statement-log.ts";
import type { Segment } from "./runner.ts";

/** Between two looks at what was stated. Milliseconds. */
const pollMs = 2_000;
/** Statements read at a time. */
const statementsMax = 1_000;
interface StatementFeedDeps {
  readonly statements: StatementLog;
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
  /** `since`: where the look began. */
  const takeAll = async (page: readonly PlacedInput[], since: number): Promise<void> => {
    const placed = [...page];
    for (const range of rangesIn(page, (source) => endOf(source, partition), since)) {
      placed.push(...(await beside(page, statements.within(range))));
    }
    for (const { source, offset, inputs } of runsOf(inChainOrder(placed))) {
      const skipped = Math.max(0, (endOf(source, partition) ?? 0) - offset);
      const events = inputs.slice(skipped);
      if (events.length === 0) continue;
      const [start, end] = [offset + skipped, offset + inputs.length];
      await feed({ source, partition, start, end, events, origin: "live" });
    }
  };
  const lookOnce = async (): Promise<void> => {
    const now = clock.now();
    // A clock that ran ahead must not hide what is stated once it is set right: never later than the present.
    newestAt = Math.min(newestAt || Math.max(0, now - reachMs), now);
    let newest = newestAt;
    const first = firstAt(newestAt - lateMsMax);
    let next: StatementCursor | undefined = first;
    while (next !== undefined && !stopping.signal.aborted) {
      const page = await statements.page(next, statementsMax);
      await takeAll(page.placed, first.at);
      for (const { at } of page.placed) newest = Math.max(newest, at);
      next = page.next;
    }
    newestAt = Math.min(newest, now);
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

/**
 * Of each chain of a page, from where it was taken in up to its last one there, if the page lacks some of that: a clock
 * that was set back dates them after others of their chain, on a later page, where they would seem to be taken in.
 */
function* rangesIn(
  page: readonly PlacedInput[],
  endOf: (source: string) => number | undefined,
  since: number,
): Generator<ChainRange> {
  for (const [source, own] of grouped(page, (placed) => placed.source)) {
    const known = endOf(source);
    const start = known ?? 0;
    const offsets = new Set(own.map(({ offset }) => offset).filter((offset) => offset >= start));
    const end = Math.max(start, ...offsets) + 1;
    // What an unknown chain has of a time before the look's is not looked for.
    if (offsets.size > 0 && offsets.size < end - start) {
      yield { source, start, end, since: known === undefined ? since : 0 };
    }
  }
}

/** Those that the page does not have. */
async function beside(
  page: readonly PlacedInput[],
  found: ReturnType<StatementLog["within"]>,
): Promise<readonly PlacedInput[]> {
  const places = new Set(page.map(({ source, offset }) => `${offset}@${source}`));
  return (await found).filter(({ source, offset }) => !places.has(`${offset}@${source}`));
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
