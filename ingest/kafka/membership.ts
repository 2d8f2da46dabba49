/**
 * When a partition is ours, and the commit that belongs to that time.
 *
 * kafkajs' own `commitOffsets` repeats a refused commit under the next generation, when the partition may
 * belong to another member. Here a commit is tried once, under the generation that was current when its epoch
 * was checked: an epoch ends the moment a join begins (the assigner is asked for its protocol), and the next
 * one starts when the join has ended.
 */
import type { EachBatchPayload, KafkaMessage, PartitionAssigner } from "kafkajs";
import { grouped } from "../runtime/grouped.ts";
import { errorFields, type Log } from "../runtime/log.ts";

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** What one fetch brought of one partition. */
export interface ReadBatch extends TopicPartition {
  readonly messages: readonly KafkaMessage[];
  /** The offset after the last one of the batch, records of the broker's own included. */
  readonly end: number;
  /** The offset after the newest record of the partition. */
  readonly high: number;
}

export interface OffsetCommit extends TopicPartition {
  readonly offset: number;
  /** Kept beside the offset. */
  readonly metadata: string;
}

/** fenced: not ours any more. unknown: the broker may or may not have taken it. */
export type CommitOutcome = "accepted" | "fenced" | "unknown";

export interface MembershipEvents {
  /** A new epoch: exactly these partitions are ours. Called before anything of them is fetched. */
  readonly onAssigned: (partitions: readonly TopicPartition[]) => void;
  /** A join has begun: nothing is ours any more. */
  readonly onLost: () => void;
  /** Keep it short: the next fetch waits for it. */
  readonly onBatch: (batch: ReadBatch) => Promise<void>;
}

export interface Membership {
  /** Counts assignments; 0 while nothing is ours. */
  readonly epoch: () => number;
  readonly joined: (partitions: readonly TopicPartition[]) => void;
  readonly lose: () => void;
  /** The client starts over: the commit of the former run is worthless. */
  readonly crashed: () => void;
  /** No partition is taken from here on. */
  readonly end: () => void;
  readonly canCommit: () => boolean;
  readonly deliver: (payload: EachBatchPayload) => Promise<void>;
  /** One attempt under the epoch `asked`; never throws. */
  readonly commit: (commit: OffsetCommit, asked: number) => Promise<CommitOutcome>;
}

type CommitOnce = EachBatchPayload["commitOffsetsIfNecessary"];

export function createMembership(events: MembershipEvents, log: Log): Membership {
  let joins = 0;
  let isJoined = false;
  let hasEnded = false;
  let commitOnce: CommitOnce | undefined;
  const epoch = (): number => (isJoined ? joins : 0);
  const lose = (): void => {
    if (isJoined) events.onLost();
    isJoined = false;
  };
  const commit = createCommits({ epoch, commitOnce: () => commitOnce, log });
  return {
    epoch,
    lose,
    crashed: () => {
      commitOnce = undefined;
      lose();
    },
    end: () => {
      hasEnded = true;
      lose();
    },
    joined: (partitions) => {
      if (hasEnded) return;
      joins += 1;
      isJoined = true;
      events.onAssigned(partitions);
    },
    canCommit: () => isJoined && commitOnce !== undefined,
    deliver: async (payload) => {
      commitOnce = payload.commitOffsetsIfNecessary;
      const { batch } = payload;
      const last = batch.messages.at(-1);
      if (last === undefined || !isJoined || payload.isStale()) return;
      const { topic, partition, messages } = batch;
      const end = Number(batch.lastOffset()) + 1;
      await events.onBatch({ topic, partition, messages, end, high: Number(batch.highWatermark) });
      payload.resolveOffset(last.offset);
    },
    commit,
  };
}

interface AskedCommit {
  readonly commit: OffsetCommit;
  readonly asked: number;
  readonly resolve: (outcome: CommitOutcome) => void;
}

interface CommitDeps {
  readonly epoch: () => number;
  readonly commitOnce: () => CommitOnce | undefined;
  readonly log: Log;
}

/** What is asked for at one go goes out as one request: the coordinator takes all of it or none. */
function createCommits({ epoch, commitOnce, log }: CommitDeps): Membership["commit"] {
  let asking: AskedCommit[] = [];
  const send = async (): Promise<void> => {
    const asked = asking;
    asking = [];
    // Nothing may be awaited between this check and the call that sends the commits.
    const now = epoch();
    const ours = asked.filter((one) => one.asked === now && now !== 0);
    answer(
      asked.filter((one) => !ours.includes(one)),
      "fenced",
    );
    if (ours.length === 0) return;
    const commits = ours.map(({ commit }) => commit);
    const once = commitOnce();
    answer(ours, once === undefined ? "unknown" : await sendOnce(once, commits, log));
  };
  return (commit, asked) =>
    new Promise((resolve) => {
      asking.push({ commit, asked, resolve });
      if (asking.length === 1) queueMicrotask(() => void send());
    });
}

function answer(asked: readonly AskedCommit[], outcome: CommitOutcome): void {
  for (const { resolve } of asked) resolve(outcome);
}

const fencedErrors = [
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "REBALANCE_IN_PROGRESS",
  "FENCED_INSTANCE_ID",
];

async function sendOnce(
  commitOnce: CommitOnce,
  commits: readonly OffsetCommit[],
  log: Log,
): Promise<CommitOutcome> {
  const topics = [...grouped(commits, ({ topic }) => topic)].map(([topic, own]) => ({
    topic,
    partitions: own.map(({ partition, offset, metadata }) => ({
      partition,
      offset: String(offset),
      metadata,
    })),
  }));
  try {
    await commitOnce({ topics });
    return "accepted";
  } catch (error) {
    const type = error instanceof Error && "type" in error ? String(error.type) : "";
    const places = commits.map(({ topic, partition }) => `${topic}:${partition}`);
    log.warn({ places, type, ...errorFields(error) }, "offset commit refused");
    return fencedErrors.includes(type) ? "fenced" : "unknown";
  }
}

/** An assigner is asked for its protocol exactly when a join begins. */
export const noticingAssigner =
  (create: PartitionAssigner, onJoin: () => void): PartitionAssigner =>
  (context) => {
    const assigner = create(context);
    return {
      name: assigner.name,
      version: assigner.version,
      assign: (group) => assigner.assign(group),
      protocol: (subscription) => {
        onJoin();
        return assigner.protocol(subscription);
      },
    };
  };
