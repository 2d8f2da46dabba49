/** `deskwatch kafka`: a single-node broker for development and tests. */
import { homedir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { startLocalBroker } from "../../ingest/kafka/local-broker.ts";
import { makeFolder } from "../../ingest/runtime/place.ts";
import { CommandError } from "../command-error.ts";
import { untilSignalled } from "../context.ts";
import type { Output } from "../output.ts";

interface KafkaOptions {
  readonly port: string;
  readonly data: string;
}

export function kafkaCommand(output: Output): Command {
  return new Command("kafka")
    .description("Starts a single-node Kafka for development; needs Java 17 and Maven.")
    .option("--port <port>", "0 picks a free one", "9092")
    .option("--data <folder>", "where the broker keeps its log", "data/kafka")
    .action((options: KafkaOptions) => run(output, options));
}

async function run(output: Output, options: KafkaOptions): Promise<void> {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CommandError("--port: expected a number from 0 to 65535", 2);
  }
  makeFolder("--data", options.data);
  const broker = await startLocalBroker({
    dataDir: options.data,
    port,
    cacheDir: join(homedir(), ".cache"),
    onProgress: (message) => output.note(message),
  });
  output.line(`KAFKA_BROKERS=${broker.brokers.join(",")}`);
  output.note("Ctrl-C stops it");
  const ended = broker.ended.then(() => "ended" as const);
  const reason = await Promise.race([untilSignalled(), ended]);
  await broker.stop();
  if (reason === "ended") throw new CommandError("the broker ended by itself", 1);
}
