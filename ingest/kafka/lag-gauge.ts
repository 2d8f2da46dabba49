/** How far storing is behind each partition's newest record; asked of the broker, so it is true when reading stalls. */
import { errorFields, type Log } from "../runtime/log.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { GroupReader } from "./group-reader.ts";
import type { TopicPartition } from "./membership.ts";
import type { PartitionRunner } from "./partition-runner.ts";

export interface LagGaugeDeps {
  readonly reader: Pick<GroupReader, "bounds">;
  readonly topics: readonly string[];
  readonly metrics: Metrics;
  readonly log: Log;
  readonly runners: () => readonly PartitionRunner[];
}

export interface LagGauge {
  /** What a fetch said about the end of a partition. */
  readonly note: (at: TopicPartition & { readonly high: number }) => void;
  /** Asks the broker for all ends and sets the gauges; never throws. */
  readonly poll: () => Promise<void>;
}

export function createLagGauge(deps: LagGaugeDeps): LagGauge {
  const set = ({ at, state }: PartitionRunner, high: number): void => {
    const labels = { topic: at.topic, partition: String(at.partition) };
    const lag = Math.max(0, high - state().position);
    deps.metrics.gauge("deskwatch_ingest_lag_records", labels, lag);
  };
  const pollTopic = async (topic: string): Promise<void> => {
    const bounds = await deps.reader.bounds(topic);
    for (const runner of deps.runners()) {
      const bound = runner.at.topic === topic ? bounds.get(runner.at.partition) : undefined;
      if (bound !== undefined) set(runner, bound.high);
    }
  };
  return {
    note: ({ topic, partition, high }) => {
      const runner = deps
        .runners()
        .find(({ at }) => at.topic === topic && at.partition === partition);
      if (runner !== undefined) set(runner, high);
    },
    poll: async () => {
      try {
        for (const topic of deps.topics) await pollTopic(topic);
      } catch (error) {
        deps.log.warn(errorFields(error), "lag not answered");
      }
    },
  };
}
