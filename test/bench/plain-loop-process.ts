/**
 * What a team writes in an afternoon, to compare with: kafkajs in, JSON.parse, one insert per fetched batch into
 * the same embedded engine, then the commit. Argument: `PlainTask` as JSON. Prints how many records it has had so
 * far, one number a line.
 */
import kafkajs from "kafkajs";
import { openStore } from "../../ingest/clickhouse/client.ts";
import { createKafka } from "../../ingest/kafka/client.ts";
import { eventTopics } from "../../ingest/kafka/topics.ts";
import { createLog } from "../../ingest/runtime/log.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { testStoreOptions } from "../helpers/store.ts";

export interface PlainTask {
  readonly config: Config;
  readonly groupId: string;
  readonly dataDir: string;
  /** consume: nothing is done with the records, not even parsing; insert: the loop as a team writes it. */
  readonly mode: "consume" | "insert";
}

const table = `CREATE TABLE IF NOT EXISTS plain_events (
  event_id String, kind LowCardinality(String), at DateTime64(3, 'UTC'), agent_id String, body String CODEC(ZSTD(1))
) ENGINE = MergeTree ORDER BY (kind, at)`;

interface Parsed {
  readonly event_id: string;
  readonly kind: string;
  readonly time: string;
  readonly agent?: { readonly id: string };
}

const task = JSON.parse(process.argv[2] ?? "{}") as PlainTask;
const log = createLog({ logLevel: "silent" });

async function openInsert() {
  const store = await openStore(testStoreOptions(task.dataDir));
  await store.writer.command(table);
  return (values: readonly string[]) =>
    store.writer.insertRows(
      "plain_events",
      values.map((body) => {
        const { event_id, kind, time, agent } = JSON.parse(body) as Parsed;
        return { event_id, kind, at: Date.parse(time), agent_id: agent?.id ?? "", body };
      }),
    );
}

async function main(): Promise<void> {
  const insert = task.mode === "insert" ? await openInsert() : async () => undefined;
  const consumer = createKafka(task.config, log).consumer({
    groupId: task.groupId,
    sessionTimeout: task.config.kafkaSessionMs,
    partitionAssigners: [kafkajs.PartitionAssigners.roundRobin],
  });
  let had = 0;
  await consumer.connect();
  const topics = [...new Set(Object.values(eventTopics(task.config)))];
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch: { topic, partition, messages, lastOffset } }) => {
      const isWorking = task.mode === "insert";
      if (isWorking) await insert(messages.map(({ value }) => value?.toString() ?? ""));
      had += messages.length;
      const offset = String(Number(messages.at(-1)?.offset ?? lastOffset()) + 1);
      if (isWorking) await consumer.commitOffsets([{ topic, partition, offset }]);
      process.stdout.write(`${had}\n`);
    },
  });
}

void main();
