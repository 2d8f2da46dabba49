/** What the group coordinator and the logs say: committed offsets with their metadata, first and last offsets. */
import type { Kafka } from "kafkajs";
import { parseNote } from "./intent.ts";
import type { Committed } from "./range-state.ts";

/** First offset that the broker still has, and the one after its last. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface TopicOffsets {
  readonly connect: () => Promise<void>;
  readonly disconnect: () => Promise<void>;
  readonly bounds: (topic: string) => Promise<ReadonlyMap<number, Bounds>>;
  /**
   * Of one partition of ours. `epoch` keeps answers apart that were asked for before and after a join: an older
   * answer may lack what the former owner committed last.
   */
  readonly committed: (
    at: { readonly topic: string; readonly partition: number },
    epoch: number,
  ) => Promise<Committed>;
}

const nothing: Committed = {
  offset: undefined,
  intent: undefined,
  doubt: undefined,
  wasReset: false,
  low: 0,
  high: 0,
};

/** What kafkajs commits (the beginning of the log) when the broker no longer has an offset; -1: no commit. */
const resetOffset = -2;

/** Questions about partitions of one topic that come at once share one answer. */
export function createTopicOffsets(kafka: Kafka, groupId: string): TopicOffsets {
  const admin = kafka.admin();
  const pending = new Map<string, Promise<ReadonlyMap<number, Committed>>>();
  const bounds = async (topic: string): Promise<ReadonlyMap<number, Bounds>> => {
    const partitions = await admin.fetchTopicOffsets(topic);
    return new Map(
      partitions.map(({ partition, low, high }) => [
        partition,
        { low: Number(low), high: Number(high) },
      ]),
    );
  };
  const committedOf = async (topic: string): Promise<ReadonlyMap<number, Committed>> => {
    const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
    // Asked for second: the log's end only grows, so an honest commit never lies beyond it.
    const limits = await bounds(topic);
    return new Map(
      (answer?.partitions ?? []).map(({ partition, offset, metadata }) => {
        const { low, high } = limits.get(partition) ?? { low: 0, high: 0 };
        const committed = Number(offset) < 0 ? undefined : Number(offset);
        const wasReset = Number(offset) === resetOffset;
        const note = parseNote(metadata);
        return [partition, { offset: committed, ...note, wasReset, low, high }];
      }),
    );
  };
  return {
    connect: () => admin.connect(),
    disconnect: () => admin.disconnect(),
    bounds,
    committed: async ({ topic, partition }, epoch) => {
      const key = `${epoch}:${topic}`;
      const asked = pending.get(key) ?? committedOf(topic).finally(() => pending.delete(key));
      pending.set(key, asked);
      return (await asked).get(partition) ?? nothing;
    },
  };
}
