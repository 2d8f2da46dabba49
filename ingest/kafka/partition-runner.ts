/**
 * One partition at work: performs the effects that the step asks for and hands their answers back to it.
 *
 * An answer counts only in the epoch in which it was asked for; what was lost meanwhile is dropped.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../runtime/clock.ts";
import { assertNever } from "../vocabulary/assert-never.ts";
import type { GroupReader } from "./group-reader.ts";
import { formatNote } from "./intent.ts";
import { KafkaError } from "./kafka-error.ts";
import type { KafkaRecord } from "./kafka-record.ts";
import type { TopicPartition } from "./membership.ts";
import { initialState } from "./range-buffer.ts";
import type { Effect, Hole, PartitionState, RangeEvent } from "./range-state.ts";
import { step } from "./range-step.ts";
import type { RangeWrite, WriteResult } from "./range-writer.ts";
import type { WriteTurns } from "./write-turns.ts";

export interface PartitionRunnerDeps {
  readonly at: TopicPartition;
  readonly reader: GroupReader;
  /** Writes of all partitions pass here one after another. */
  readonly write: (write: RangeWrite) => Promise<WriteResult>;
  /** The offset behind everything stored of the partition; never throws. */
  readonly storedEnd: (at: TopicPartition) => Promise<number>;
  /** The offset behind its last link; `undefined`: the store did not answer. */
  readonly linkedEnd: (at: TopicPartition) => Promise<number | undefined>;
  readonly turns: WriteTurns;
  readonly clock: Clock;
  readonly onGap: (at: TopicPartition, hole: Hole) => void;
  readonly onFallenBack: (at: TopicPartition, hole: Hole) => void;
  readonly onHalt: (at: TopicPartition) => void;
  readonly onFailure: (error: Error) => void;
  /** The seam for tests, which watch what is asked of the step and what it asks for. */
  readonly step?: typeof step;
}

export interface PartitionRunner {
  readonly at: TopicPartition;
  readonly dispatch: (event: PartitionEvent) => void;
  readonly state: () => PartitionState<KafkaRecord>;
  /** Resolves when a drain has ended. */
  readonly drained: Promise<void>;
}

type Untimed<Event> = Event extends unknown ? Omit<Event, "now"> : never;
export type PartitionEvent = Untimed<RangeEvent<KafkaRecord>>;

export function createPartitionRunner(deps: PartitionRunnerDeps): PartitionRunner {
  let state: PartitionState<KafkaRecord> = initialState();
  let resolveDrained = (): void => undefined;
  const drained = new Promise<void>((resolve) => {
    resolveDrained = resolve;
  });
  const stepOnce = deps.step ?? step;
  const dispatch = (event: PartitionEvent): void => {
    const { phase } = state;
    const limits = deps.turns.limitsFor(state, event.kind);
    const stepped = stepOnce(state, { ...event, now: deps.clock.now() }, limits);
    state = stepped.state;
    for (const effect of stepped.effects) {
      if (effect.kind === "drained") resolveDrained();
      else perform(deps, effect, dispatch);
    }
    deps.turns.moved(runner, phase, stepped.state.phase);
  };
  const runner = { at: deps.at, dispatch, state: () => state, drained };
  return runner;
}

const askAgainMs = 1_000;

type Performed = Exclude<Effect<KafkaRecord>, { readonly kind: "drained" }>;
type Dispatch = (event: PartitionEvent) => void;

function perform(deps: PartitionRunnerDeps, effect: Performed, dispatch: Dispatch): void {
  const { at, reader } = deps;
  const epoch = reader.epoch();
  const answer: Dispatch = (event) => {
    if (epoch !== 0 && reader.epoch() === epoch) dispatch(event);
  };
  switch (effect.kind) {
    case "pause":
      reader.pause(at);
      break;
    case "resume":
      reader.resume(at);
      break;
    case "seek":
      reader.seek(at, effect.offset);
      break;
    case "read_committed":
      void readCommitted(deps, epoch, answer);
      break;
    case "commit":
      void commit(deps, effect, { epoch, answer });
      break;
    case "write":
      void write(deps, effect, { epoch, answer });
      break;
    case "count_gap":
      deps.onGap(at, effect.hole);
      break;
    case "count_fallen_back":
      deps.onFallenBack(at, effect);
      break;
    case "halt":
      deps.onHalt(at);
      break;
    case "fail":
      deps.onFailure(failureOf(effect.code, at));
      break;
    default:
      assertNever(effect);
  }
}

async function readCommitted(
  { at, reader, storedEnd, linkedEnd }: PartitionRunnerDeps,
  epoch: number,
  answer: Dispatch,
): Promise<void> {
  const committed = await reader.committed(at, epoch);
  if (committed === undefined) return;
  const isConfirmed = committed.offset !== undefined;
  // Without an answer nothing could be written either.
  let end = await (isConfirmed ? linkedEnd(at) : storedEnd(at));
  while (end === undefined && reader.epoch() === epoch) {
    await wait(askAgainMs);
    end = await linkedEnd(at);
  }
  if (end !== undefined) answer({ kind: "committed", ...committed, storedEnd: end });
}

interface Asked {
  readonly epoch: number;
  readonly answer: Dispatch;
}

async function commit(
  { at, reader }: PartitionRunnerDeps,
  { offset, note }: Extract<Performed, { kind: "commit" }>,
  { epoch, answer }: Asked,
): Promise<void> {
  const outcome = await reader.commit({ ...at, offset, metadata: formatNote(note) }, epoch);
  answer(outcome === "accepted" ? { kind: "commit_accepted" } : { kind: "commit_failed", outcome });
}

async function write(
  { at, reader, write: writeRange }: PartitionRunnerDeps,
  effect: Extract<Performed, { kind: "write" }>,
  { epoch, answer }: Asked,
): Promise<void> {
  const isOurs = (): boolean => reader.epoch() === epoch;
  const result = await writeRange({ ...at, ...effect, isOurs });
  if (result === "written") answer({ kind: "written" });
  else if (result === "failed") answer({ kind: "write_failed" });
  else if (result === "deferred") answer({ kind: "write_deferred" });
  else if (result === "unstarted") answer({ kind: "write_unstarted" });
  else if (result === "refused") answer({ kind: "write_refused" });
}

const failureTexts = {
  "kafka.log_truncated": "lies behind a committed offset: was the topic deleted and made again?",
  "kafka.offsets_regressed": "went back to earlier offsets: was the topic deleted and made again?",
} as const;

const failureOf = (code: keyof typeof failureTexts, { topic, partition }: TopicPartition) =>
  new KafkaError(`partition ${partition} of ${topic} ${failureTexts[code]}`, { code });
